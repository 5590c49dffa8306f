//! LayerNorm by libtorch, with the dropout and the sum before it.

use burn::backend::LibTorch;
use burn::backend::libtorch::TchElement;
use burn::tensor::Tensor;
use tch::Tensor as Torch;

use super::{burn, column_sums, dropout, save, torch};
use crate::backend::composed::layer_norm::normalize_backward;
use crate::backend::{AddLayerNormGradients, LayerNormParameters, LayerNormSpec, Saved, shapes};

pub(super) fn add_forward<E: TchElement>(
    x: Tensor<LibTorch<E>, 2>,
    bias: Tensor<LibTorch<E>, 1>,
    residual: Tensor<LibTorch<E>, 2>,
    norm: LayerNormParameters<LibTorch<E>>,
    spec: LayerNormSpec,
) -> (Tensor<LibTorch<E>, 2>, Saved<LibTorch<E>>) {
    shapes::add_layer_norm(&x, &bias, &residual, &norm);
    let (x, mask) = dropout(torch(x) + torch(bias), spec.dropout.prob);
    let sum = x + torch(residual);
    let (output, saved) = layer_norm::<E>(&sum, norm, spec.eps);
    (burn(output), save::<E, 2>(saved, mask))
}

pub(super) fn add_backward<E: TchElement>(
    mut saved: Saved<LibTorch<E>>,
    weight: Tensor<LibTorch<E>, 1>,
    grad: Tensor<LibTorch<E>, 2>,
    spec: LayerNormSpec,
) -> AddLayerNormGradients<LibTorch<E>> {
    shapes::add_layer_norm_backward(&weight, &grad);
    let mask = saved.pop_mask::<2>(spec.dropout).map(torch);
    let (residual, norm) = normalize_backward(saved, weight, grad);
    let residual = torch(residual);
    let x = match &mask {
        Some(mask) => {
            Torch::native_dropout_backward(&residual, mask, f64::from(spec.dropout.scale()))
        }
        None => residual.copy(),
    };
    AddLayerNormGradients {
        bias: burn(column_sums(&x)),
        x: burn(x),
        residual: burn(residual),
        norm,
    }
}

/// The result, and the normalised rows and their scales for the backward pass, as
/// [`composed::layer_norm`] has them. (The bindings lack libtorch's own backward pass.)
pub(super) fn layer_norm<E: TchElement>(
    x: &Torch,
    norm: LayerNormParameters<LibTorch<E>>,
    eps: f64,
) -> (Torch, Saved<LibTorch<E>>) {
    let hidden = *x.size().last().expect("two dimensions");
    let (normed, _, scale) = x.native_layer_norm([hidden], None::<Torch>, None, eps);
    let output = torch(norm.bias).addcmul(&normed, &torch(norm.weight));
    let saved = Saved::new()
        .with(burn::<E, 2>(normed))
        .with(burn::<E, 2>(scale));
    (output, saved)
}
