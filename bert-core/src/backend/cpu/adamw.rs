//! AdamW over one parameter, in one pass.

use rayon::prelude::*;

use super::lengths;
use super::simd::{Kernel, fma, run};
use crate::backend::AdamWStep;

/// Elements that one task works on.
const CHUNK: usize = 1 << 14;

/// Updates the parameter and its moments.
pub(in crate::backend) fn step(
    parameter: &mut [f32],
    grad: &[f32],
    first: &mut [f32],
    second: &mut [f32],
    step: AdamWStep,
) {
    let expected = [1, parameter.len()];
    lengths::expect("adamw", "grad", grad, expected);
    lengths::expect("adamw", "the first moment", first, expected);
    lengths::expect("adamw", "the second moment", second, expected);
    let moments = first
        .par_chunks_mut(CHUNK)
        .zip(second.par_chunks_mut(CHUNK));
    parameter
        .par_chunks_mut(CHUNK)
        .zip(grad.par_chunks(CHUNK))
        .zip(moments)
        .for_each(|((parameter, grad), (first, second))| {
            run(Step {
                parameter,
                grad,
                first,
                second,
                step,
            });
        });
}

struct Step<'a> {
    parameter: &'a mut [f32],
    grad: &'a [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    step: AdamWStep,
}

impl Kernel for Step<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let AdamWStep {
            beta1,
            beta2,
            epsilon,
            decay,
            rate,
            second_scale,
        } = self.step;
        let (beta1, new1) = (beta1 as f32, (1.0 - beta1) as f32);
        let (beta2, new2) = (beta2 as f32, (1.0 - beta2) as f32);
        let (epsilon, scale) = (epsilon as f32, second_scale as f32);
        let (decay, rate) = (decay as f32, rate as f32);
        let moments = self.first.iter_mut().zip(self.second);
        let values = self.parameter.iter_mut().zip(self.grad);
        for ((parameter, &grad), (first, second)) in values.zip(moments) {
            *first = fma::<FMA>(beta1, *first, new1 * grad);
            *second = fma::<FMA>(beta2, *second, new2 * grad * grad);
            let denominator = fma::<FMA>(second.sqrt(), scale, epsilon);
            *parameter = *parameter * decay - rate * *first / denominator;
        }
    }
}
