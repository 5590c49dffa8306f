//! Dense layers.

use burn::tensor::{Tensor, backend::Backend, module};

use crate::backend::{DenseGradients, QkvGradients, shapes};

/// See [`BertBackend::dense`](crate::backend::BertBackend::dense).
pub fn forward<B: Backend>(
    x: Tensor<B, 2>,
    weight: Tensor<B, 2>,
    bias: Option<Tensor<B, 1>>,
) -> Tensor<B, 2> {
    shapes::dense(&x, &weight, bias.as_ref());
    module::linear(x, weight, bias)
}

/// See [`BertBackend::dense_backward`](crate::backend::BertBackend::dense_backward).
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

/// See [`BertBackend::qkv`](crate::backend::BertBackend::qkv).
pub fn qkv<B: Backend>(
    x: Tensor<B, 2>,
    weights: [Tensor<B, 2>; 3],
    biases: [Tensor<B, 1>; 3],
) -> Tensor<B, 2> {
    shapes::qkv(&x, &weights, &biases);
    let (weights, biases) = (Vec::from(weights), Vec::from(biases));
    forward(x, Tensor::cat(weights, 1), Some(Tensor::cat(biases, 0)))
}

/// See [`BertBackend::qkv_backward`](crate::backend::BertBackend::qkv_backward).
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
