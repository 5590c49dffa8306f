//! Dense layers.

use burn::tensor::{Tensor, backend::Backend, module};

use crate::backend::prepared::PreparedWeight;
use crate::backend::{BertBackend, DenseGradients, PreparedDense, QkvGradients, shapes};
use crate::config::HiddenAct;

/// See [`BertBackend::dense`].
pub fn forward<B: Backend>(
    x: Tensor<B, 2>,
    weight: Tensor<B, 2>,
    bias: Option<Tensor<B, 1>>,
) -> Tensor<B, 2> {
    shapes::dense(&x, &weight, bias.as_ref());
    module::linear(x, weight, bias)
}

/// See [`BertBackend::prepare_dense`].
pub fn prepare<B: Backend>(weight: Tensor<B, 2>, bias: Option<Tensor<B, 1>>) -> PreparedDense<B> {
    shapes::prepare_dense(&weight, bias.as_ref());
    PreparedDense::plain(weight, bias)
}

/// See [`BertBackend::prepared_dense`].
pub fn prepared<B: BertBackend>(
    x: Tensor<B, 2>,
    layer: &PreparedDense<B>,
    activation: Option<HiddenAct>,
) -> Tensor<B, 2> {
    shapes::prepared_dense(&x, layer);
    let weight = match &layer.weight {
        PreparedWeight::Plain(weight) => weight.clone(),
        #[cfg(feature = "cpu")]
        PreparedWeight::Packed(_) => unreachable!("packed by the backend that multiplies with it"),
    };
    match (activation, &layer.bias) {
        // The bias is left to the second operation, which passes over the product anyway.
        (Some(activation), Some(bias)) => {
            let product = B::dense(x, weight, None);
            B::bias_activation(product, bias.clone(), activation)
        }
        (Some(activation), None) => {
            let product = B::dense(x, weight, None);
            let bias = Tensor::zeros([product.dims()[1]], (&product.device(), product.dtype()));
            B::bias_activation(product, bias, activation)
        }
        (None, bias) => B::dense(x, weight, bias.clone()),
    }
}

/// See [`BertBackend::dense_backward`].
pub fn backward<B: Backend>(
    x: Tensor<B, 2>,
    weight: Tensor<B, 2>,
    grad: Tensor<B, 2>,
    [of_x, of_weight, of_bias]: [bool; 3],
) -> DenseGradients<B> {
    shapes::dense_backward(&x, &weight, &grad);
    DenseGradients {
        x: of_x.then(|| grad.clone().matmul(weight.transpose())),
        weight: of_weight.then(|| x.transpose().matmul(grad.clone())),
        bias: of_bias.then(|| grad.sum_dim(0).squeeze_dim(0)),
    }
}

/// See [`BertBackend::qkv`].
pub fn qkv<B: Backend>(
    x: Tensor<B, 2>,
    weights: [Tensor<B, 2>; 3],
    biases: [Tensor<B, 1>; 3],
) -> Tensor<B, 2> {
    shapes::qkv(&x, &weights, &biases);
    let (weights, biases) = (Vec::from(weights), Vec::from(biases));
    forward(x, Tensor::cat(weights, 1), Some(Tensor::cat(biases, 0)))
}

/// See [`BertBackend::qkv_backward`].
pub fn qkv_backward<B: Backend>(
    x: Tensor<B, 2>,
    weights: [Tensor<B, 2>; 3],
    grad: Tensor<B, 2>,
) -> QkvGradients<B> {
    shapes::qkv_backward(&x, &weights, &grad);
    let hidden = x.dims()[1];
    let weight = Tensor::cat(Vec::from(weights), 1);
    let sums = grad.clone().sum_dim(0).squeeze_dim::<1>(0);
    let weight_grad = x.transpose().matmul(grad.clone());
    let part = |i: usize| i * hidden..(i + 1) * hidden;
    QkvGradients {
        x: grad.matmul(weight.transpose()),
        weights: [0, 1, 2].map(|i| weight_grad.clone().slice_dim(1, part(i))),
        biases: [0, 1, 2].map(|i| sums.clone().slice_dim(0, part(i))),
    }
}
