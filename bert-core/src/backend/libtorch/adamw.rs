//! AdamW on libtorch's tensors, in place.

use burn::backend::LibTorch;
use burn::backend::libtorch::TchElement;
use burn::tensor::Tensor;

use super::host::elements_mut;
use super::{burn, owned, torch};
use crate::backend::cpu::{self, Host};
use crate::backend::{AdamWStep, Moments, shapes};

type Stepped<E, const D: usize> = (Tensor<LibTorch<E>, D>, Moments<LibTorch<E>, D>);

/// In one pass, on the CPU.
pub(super) fn on_slices<E: TchElement, const D: usize>(
    parameter: Tensor<LibTorch<E>, D>,
    grad: Tensor<LibTorch<E>, D>,
    moments: Moments<LibTorch<E>, D>,
    step: AdamWStep,
) -> Stepped<E, D> {
    shapes::adamw(&parameter, &grad, Some(&moments));
    let [mut parameter, mut first, mut second] =
        [parameter, moments.first, moments.second].map(|tensor| owned(tensor).contiguous());
    let grad = grad.into_primitive().tensor();
    // SAFETY: `owned` gave three tensors that nothing else holds, and a copy of what was not.
    let [parameter_in, first_in, second_in] =
        unsafe { [&mut parameter, &mut first, &mut second].map(|tensor| elements_mut(tensor)) };
    cpu::adamw::step(
        parameter_in,
        &LibTorch::<E>::elements(&grad),
        first_in,
        second_in,
        step,
    );
    let moments = Moments {
        first: burn(first),
        second: burn(second),
    };
    (burn(parameter), moments)
}

/// In libtorch's operations.
pub(super) fn step<E: TchElement, const D: usize>(
    parameter: Tensor<LibTorch<E>, D>,
    grad: Tensor<LibTorch<E>, D>,
    moments: Moments<LibTorch<E>, D>,
    step: AdamWStep,
) -> Stepped<E, D> {
    shapes::adamw(&parameter, &grad, Some(&moments));
    let grad = torch(grad);
    let (mut first, mut second) = (owned(moments.first), owned(moments.second));
    first *= step.beta1;
    first += &grad * (1.0 - step.beta1);
    second *= step.beta2;
    second += grad.square() * (1.0 - step.beta2);
    let mut denominator = second.sqrt();
    denominator *= step.second_scale;
    denominator += step.epsilon;
    let mut updated = torch(parameter) * step.decay;
    updated -= &first / &denominator * step.rate;
    let moments = Moments {
        first: burn(first),
        second: burn(second),
    };
    (burn(updated), moments)
}
