//! LayerNorm over the last dimension, with what stands before it.

use burn::tensor::{Tensor, backend::Backend};

use super::{apply, mask};
use crate::backend::{AddLayerNormGradients, LayerNormParameters, LayerNormSpec, Saved, shapes};

/// See [`BertBackend::add_layer_norm_saving`](crate::backend::BertBackend::add_layer_norm_saving).
pub fn add_forward<B: Backend>(
    x: Tensor<B, 2>,
    bias: Tensor<B, 1>,
    residual: Tensor<B, 2>,
    norm: LayerNormParameters<B>,
    spec: LayerNormSpec,
) -> (Tensor<B, 2>, Saved<B>) {
    let mask = mask(x.dims(), spec.dropout, &x.device());
    add_forward_with(x, bias, residual, norm, spec, mask)
}

/// With a given mask on `x + bias`, `[rows, hidden]`.
pub fn add_forward_with<B: Backend>(
    x: Tensor<B, 2>,
    bias: Tensor<B, 1>,
    residual: Tensor<B, 2>,
    norm: LayerNormParameters<B>,
    spec: LayerNormSpec,
    mask: Option<Tensor<B, 2>>,
) -> (Tensor<B, 2>, Saved<B>) {
    shapes::add_layer_norm(&x, &bias, &residual, &norm);
    let sum = apply(x + bias.unsqueeze(), mask.clone()) + residual;
    let (output, saved) = normalize(sum, norm, spec.eps);
    (output, saved.with_some(mask))
}

/// See [`BertBackend::add_layer_norm_backward`](crate::backend::BertBackend::add_layer_norm_backward).
pub fn add_backward<B: Backend>(
    mut saved: Saved<B>,
    weight: Tensor<B, 1>,
    grad: Tensor<B, 2>,
    spec: LayerNormSpec,
) -> AddLayerNormGradients<B> {
    shapes::add_layer_norm_backward(&weight, &grad);
    let mask = saved.pop_mask(spec.dropout);
    let (residual, norm) = normalize_backward(saved, weight, grad);
    let x = apply(residual.clone(), mask);
    AddLayerNormGradients {
        bias: x.clone().sum_dim(0).squeeze_dim(0),
        x,
        residual,
        norm,
    }
}

/// `(x - mean) / sqrt(variance + eps) * weight + bias`, and the normalised x and the reciprocal of
/// the root for the backward pass.
pub(super) fn normalize<B: Backend>(
    x: Tensor<B, 2>,
    norm: LayerNormParameters<B>,
    eps: f64,
) -> (Tensor<B, 2>, Saved<B>) {
    let centered = x.clone() - x.mean_dim(1);
    let variance = (centered.clone() * centered.clone()).mean_dim(1);
    let root = variance.add_scalar(eps).sqrt();
    let normed = centered / root.clone();
    let output = normed.clone() * norm.weight.unsqueeze() + norm.bias.unsqueeze();
    (output, Saved::new().with(normed).with(root.recip()))
}

/// The gradients of [`normalize`]: of x, and of weight and bias.
pub(in crate::backend) fn normalize_backward<B: Backend>(
    mut saved: Saved<B>,
    weight: Tensor<B, 1>,
    grad: Tensor<B, 2>,
) -> (Tensor<B, 2>, LayerNormParameters<B>) {
    let [rows, hidden] = grad.dims();
    let operation = "the gradient of a LayerNorm";
    let scale = shapes::saved(operation, "the scale", &mut saved, [rows, 1]);
    let normed: Tensor<B, 2> = shapes::saved(operation, "x", &mut saved, [rows, hidden]);
    let d_norm = LayerNormParameters {
        weight: (grad.clone() * normed.clone()).sum_dim(0).squeeze_dim(0),
        bias: grad.clone().sum_dim(0).squeeze_dim(0),
    };
    let d_normed = grad * weight.unsqueeze();
    let along = (d_normed.clone() * normed.clone()).mean_dim(1);
    let d_x = (d_normed.clone() - d_normed.mean_dim(1) - normed * along) * scale;
    (d_x, d_norm)
}
