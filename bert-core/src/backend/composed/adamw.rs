//! AdamW on one parameter.

use burn::tensor::{Tensor, backend::Backend};

use crate::backend::{AdamWStep, Moments, shapes};

/// See [`BertBackend::adamw`](crate::backend::BertBackend::adamw).
pub fn step<B: Backend, const D: usize>(
    parameter: Tensor<B, D>,
    grad: Tensor<B, D>,
    moments: Option<Moments<B, D>>,
    step: AdamWStep,
) -> (Tensor<B, D>, Moments<B, D>) {
    shapes::adamw(&parameter, &grad, moments.as_ref());
    let squared = grad.clone() * grad.clone();
    let first = grad.mul_scalar(1.0 - step.beta1);
    let second = squared.mul_scalar(1.0 - step.beta2);
    let moments = match moments {
        None => Moments { first, second },
        Some(old) => Moments {
            first: old.first.mul_scalar(step.beta1) + first,
            second: old.second.mul_scalar(step.beta2) + second,
        },
    };
    let root = moments.second.clone().sqrt();
    let denominator = root.mul_scalar(step.second_scale).add_scalar(step.epsilon);
    let update = (moments.first.clone() / denominator).mul_scalar(step.rate);
    let decayed = if step.decay == 1.0 {
        parameter
    } else {
        parameter.mul_scalar(step.decay)
    };
    (decayed - update, moments)
}
