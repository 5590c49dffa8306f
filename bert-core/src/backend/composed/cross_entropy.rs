//! Softmax cross entropy.

use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::{Int, Tensor, backend::Backend};

use crate::backend::shapes;

/// See [`BertBackend::cross_entropy`](crate::backend::BertBackend::cross_entropy).
pub fn forward<B: Backend>(logits: Tensor<B, 2>, labels: Tensor<B, 1, Int>) -> Tensor<B, 1> {
    shapes::cross_entropy(&logits, &labels);
    let [rows, _] = logits.dims();
    let picked = log_softmax(logits, 1).gather(1, labels.reshape([rows, 1]));
    picked.mean().neg()
}

/// See [`BertBackend::cross_entropy_backward`](crate::backend::BertBackend::cross_entropy_backward).
pub fn backward<B: Backend>(
    logits: Tensor<B, 2>,
    labels: Tensor<B, 1, Int>,
    grad: Tensor<B, 1>,
) -> Tensor<B, 2> {
    shapes::cross_entropy_backward(&logits, &labels, &grad);
    let [rows, classes] = logits.dims();
    let label: Tensor<B, 2> = labels.one_hot::<2>(classes).float();
    let difference = softmax(logits, 1) - label;
    difference * grad.mul_scalar(1.0 / rows as f64).unsqueeze()
}
