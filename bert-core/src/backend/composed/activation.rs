//! Bias and activation.

use burn::tensor::{Tensor, backend::Backend};

use crate::backend::shapes;
use crate::config::HiddenAct;

/// See [`BertBackend::bias_activation`](crate::backend::BertBackend::bias_activation).
pub fn forward<B: Backend>(
    x: Tensor<B, 2>,
    bias: Tensor<B, 1>,
    activation: HiddenAct,
) -> Tensor<B, 2> {
    shapes::bias_activation(&x, &bias);
    activation.forward(x + bias.unsqueeze())
}

/// See [`BertBackend::bias_activation_backward`](crate::backend::BertBackend::bias_activation_backward).
pub fn backward<B: Backend>(
    x: Tensor<B, 2>,
    bias: Tensor<B, 1>,
    grad: Tensor<B, 2>,
    activation: HiddenAct,
) -> (Tensor<B, 2>, Tensor<B, 1>) {
    shapes::bias_activation_backward(&x, &bias, &grad);
    let d_x = grad * activation.derivative(x + bias.unsqueeze());
    let d_bias = d_x.clone().sum_dim(0).squeeze_dim(0);
    (d_x, d_bias)
}
