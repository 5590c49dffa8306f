//! [`BertBackend`] for every backend that takes all of its operations from here.

use burn::tensor::{Int, Tensor};

use super::host::{Host, Read, give, ids, take};
use super::matmul::{Matrix, product, product_plus};
use super::reduce::column_sums;
use super::{activation, adamw, cross_entropy, operations, reduce};
use crate::backend::{
    AdamWStep, AddLayerNormGradients, AttentionSpec, BertBackend, DenseGradients, EmbeddingTables,
    EmbeddingsGradients, EmbeddingsSpec, LayerNormParameters, LayerNormSpec, Moments, QkvGradients,
    Saved,
};
use crate::config::HiddenAct;

/// A [`Host`] without products or functions of its own that would be worth calling: the kernels of
/// this folder are its [`BertBackend`].
pub trait HostBackend: Host {}

impl<B: HostBackend> BertBackend for B {
    fn dense(
        x: Tensor<Self, 2>,
        weight: Tensor<Self, 2>,
        bias: Option<Tensor<Self, 1>>,
    ) -> Tensor<Self, 2> {
        let ([rows, d_in], [_, d_out]) = (x.dims(), weight.dims());
        let device = x.device();
        let (x, weight, bias) = (Read::new(x), Read::new(weight), bias.map(Read::new));
        let (x, weight) = (x.elements(), weight.elements());
        let (x, weight) = (
            Matrix::new(&x, rows, d_in),
            Matrix::new(&weight, d_in, d_out),
        );
        let values = match bias {
            Some(bias) => product_plus(x, weight, &bias.elements()),
            None => product(x, weight),
        };
        give(values, [rows, d_out], &device)
    }

    fn dense_backward(
        x: Tensor<Self, 2>,
        weight: Tensor<Self, 2>,
        grad: Tensor<Self, 2>,
        [of_x, of_weight, of_bias]: [bool; 3],
    ) -> DenseGradients<Self> {
        let ([rows, d_in], [_, d_out]) = (x.dims(), weight.dims());
        let device = x.device();
        let (x, weight, grad) = (Read::new(x), Read::new(weight), Read::new(grad));
        let (x, weight, grad) = (x.elements(), weight.elements(), grad.elements());
        let grad_matrix = Matrix::new(&grad, rows, d_out);
        DenseGradients {
            x: of_x.then(|| {
                let weight = Matrix::new(&weight, d_in, d_out).transposed();
                give(product(grad_matrix, weight), [rows, d_in], &device)
            }),
            weight: of_weight.then(|| {
                let x = Matrix::new(&x, rows, d_in).transposed();
                give(product(x, grad_matrix), [d_in, d_out], &device)
            }),
            bias: of_bias.then(|| give(column_sums(&grad, d_out), [d_out], &device)),
        }
    }

    fn qkv(
        x: Tensor<Self, 2>,
        weights: [Tensor<Self, 2>; 3],
        biases: [Tensor<Self, 1>; 3],
    ) -> Tensor<Self, 2> {
        let ([rows, d_in], [_, hidden]) = (x.dims(), weights[0].dims());
        let device = x.device();
        let biases = side_by_side(&biases.map(Read::new), hidden);
        let weights = side_by_side(&weights.map(Read::new), hidden);
        let x = Read::new(x);
        let x = x.elements();
        let values = product_plus(
            Matrix::new(&x, rows, d_in),
            Matrix::new(&weights, d_in, 3 * hidden),
            &biases,
        );
        give(values, [rows, 3 * hidden], &device)
    }

    fn qkv_backward(
        x: Tensor<Self, 2>,
        weights: [Tensor<Self, 2>; 3],
        grad: Tensor<Self, 2>,
    ) -> QkvGradients<Self> {
        let ([rows, d_in], [_, hidden]) = (x.dims(), weights[0].dims());
        let device = x.device();
        let weights = side_by_side(&weights.map(Read::new), hidden);
        let (x, grad) = (Read::new(x), Read::new(grad));
        let (x, grad) = (x.elements(), grad.elements());

        let grad_matrix = Matrix::new(&grad, rows, 3 * hidden);
        let d_x = product(
            grad_matrix,
            Matrix::new(&weights, d_in, 3 * hidden).transposed(),
        );
        let x = Matrix::new(&x, rows, d_in).transposed();
        let weight = |which: usize| {
            let part = &grad[which * hidden..];
            let part = Matrix::strided(part, rows, hidden, 3 * hidden);
            give(product(x, part), [d_in, hidden], &device)
        };
        let sums = column_sums(&grad, 3 * hidden);
        let bias = |which: usize| {
            let part = sums[which * hidden..][..hidden].to_vec();
            give(part, [hidden], &device)
        };
        QkvGradients {
            x: give(d_x, [rows, d_in], &device),
            weights: [weight(0), weight(1), weight(2)],
            biases: [bias(0), bias(1), bias(2)],
        }
    }

    fn self_attention_saving(
        qkv: Tensor<Self, 2>,
        spec: &AttentionSpec<Self>,
    ) -> (Tensor<Self, 2>, Saved<Self>) {
        operations::self_attention_saving(qkv, spec)
    }

    fn self_attention_backward(
        qkv: Tensor<Self, 2>,
        saved: Saved<Self>,
        grad: Tensor<Self, 2>,
        spec: &AttentionSpec<Self>,
    ) -> Tensor<Self, 2> {
        operations::self_attention_backward(qkv, saved, grad, spec)
    }

    fn add_layer_norm_saving(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        residual: Tensor<Self, 2>,
        norm: LayerNormParameters<Self>,
        spec: LayerNormSpec,
    ) -> (Tensor<Self, 2>, Saved<Self>) {
        operations::add_layer_norm_saving(x, bias, residual, norm, spec)
    }

    fn add_layer_norm_backward(
        saved: Saved<Self>,
        weight: Tensor<Self, 1>,
        grad: Tensor<Self, 2>,
        spec: LayerNormSpec,
    ) -> AddLayerNormGradients<Self> {
        operations::add_layer_norm_backward(saved, weight, grad, spec)
    }

    fn bias_activation(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        activation: HiddenAct,
    ) -> Tensor<Self, 2> {
        let (shape, device) = (x.dims(), x.device());
        let (x, bias) = (Read::new(x), Read::new(bias));
        let values = activation::forward(&x.elements(), &bias.elements(), activation);
        give(values, shape, &device)
    }

    fn bias_activation_backward(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        grad: Tensor<Self, 2>,
        activation: HiddenAct,
    ) -> (Tensor<Self, 2>, Tensor<Self, 1>) {
        let (shape, device) = (x.dims(), x.device());
        let mut x = take(x);
        let (bias, grad) = (Read::new(bias), Read::new(grad));
        let d_bias = activation::backward(&mut x, &bias.elements(), &grad.elements(), activation);
        (give(x, shape, &device), give(d_bias, [shape[1]], &device))
    }

    fn embeddings_saving(
        tables: EmbeddingTables<Self>,
        norm: LayerNormParameters<Self>,
        input_ids: Tensor<Self, 2, Int>,
        token_type_ids: Tensor<Self, 2, Int>,
        spec: LayerNormSpec,
    ) -> (Tensor<Self, 2>, Saved<Self>) {
        operations::embeddings_saving(tables, norm, input_ids, token_type_ids, spec)
    }

    fn embeddings_backward(
        saved: Saved<Self>,
        weight: Tensor<Self, 1>,
        input_ids: Tensor<Self, 2, Int>,
        token_type_ids: Tensor<Self, 2, Int>,
        grad: Tensor<Self, 2>,
        spec: EmbeddingsSpec,
    ) -> EmbeddingsGradients<Self> {
        operations::embeddings_backward(saved, weight, input_ids, token_type_ids, grad, spec)
    }

    fn cross_entropy(logits: Tensor<Self, 2>, labels: Tensor<Self, 1, Int>) -> Tensor<Self, 1> {
        let device = logits.device();
        let logits = Read::new(logits);
        let loss = cross_entropy::forward(&logits.elements(), &ids(labels));
        give(vec![loss], [1], &device)
    }

    fn cross_entropy_backward(
        logits: Tensor<Self, 2>,
        labels: Tensor<Self, 1, Int>,
        grad: Tensor<Self, 1>,
    ) -> Tensor<Self, 2> {
        let (shape, device) = (logits.dims(), logits.device());
        let mut logits = take(logits);
        cross_entropy::backward(&mut logits, &ids(labels), take(grad)[0]);
        give(logits, shape, &device)
    }

    fn adamw<const D: usize>(
        parameter: Tensor<Self, D>,
        grad: Tensor<Self, D>,
        moments: Option<Moments<Self, D>>,
        step: AdamWStep,
    ) -> (Tensor<Self, D>, Moments<Self, D>) {
        let (shape, device) = (parameter.dims(), parameter.device());
        let mut parameter = take(parameter);
        let (mut first, mut second) = match moments {
            Some(moments) => (take(moments.first), take(moments.second)),
            None => (vec![0.0; parameter.len()], vec![0.0; parameter.len()]),
        };
        let grad = Read::new(grad);
        adamw::step(
            &mut parameter,
            &grad.elements(),
            &mut first,
            &mut second,
            step,
        );
        let moments = Moments {
            first: give(first, shape, &device),
            second: give(second, shape, &device),
        };
        (give(parameter, shape, &device), moments)
    }

    fn sum_of_squares<const D: usize>(x: Tensor<Self, D>) -> Tensor<Self, 1> {
        let device = x.device();
        let x = Read::new(x);
        give(vec![reduce::sum_of_squares(&x.elements())], [1], &device)
    }
}

/// Three matrices `[rows, width]` side by side: `[rows, 3 * width]`.
fn side_by_side<B: Host>(parts: &[Read<B>; 3], width: usize) -> Vec<f32> {
    let parts = parts.each_ref().map(Read::elements);
    let len = parts[0].len();
    let mut all = Vec::with_capacity(3 * len);
    for row in (0..len).step_by(width) {
        for part in &parts {
            all.extend_from_slice(&part[row..row + width]);
        }
    }
    all
}
