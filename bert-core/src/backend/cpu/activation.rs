//! Bias and activation.

use std::f32::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};
use std::mem::MaybeUninit;

use rayon::prelude::*;

use super::buffer::{Fresh, Shared};
use super::lengths;
use super::reduce::{add_up, rows_per_task};
use super::simd::{Kernel, exp, fma, run};
use crate::config::HiddenAct;

/// Rows that one task works on in the forward pass.
const ROWS: usize = 32;

/// An activation of one number.
trait Activation: Send + Sync {
    fn value<const FMA: bool>(x: f32) -> f32;
    fn slope<const FMA: bool>(x: f32) -> f32;
}

/// `activation(x + bias)`.
pub(super) fn forward(x: &[f32], bias: &[f32], activation: HiddenAct) -> Vec<f32> {
    match activation {
        HiddenAct::Gelu => forward_with::<Gelu>(x, bias),
        HiddenAct::GeluNew => forward_with::<GeluNew>(x, bias),
        HiddenAct::Relu => forward_with::<Relu>(x, bias),
        HiddenAct::Silu => forward_with::<Silu>(x, bias),
        HiddenAct::Tanh => forward_with::<Tanh>(x, bias),
    }
}

/// `activation(x)` of rows that are `row_stride` apart, in place, by the calling thread.
///
/// # Safety
/// `x` begins so many rows and columns, initialised, that nobody else uses meanwhile.
pub(super) unsafe fn in_place(
    x: Shared,
    size: [usize; 2],
    row_stride: usize,
    activation: HiddenAct,
) {
    // SAFETY: by the condition above.
    unsafe {
        match activation {
            HiddenAct::Gelu => run(InPlace::<Gelu>::new(x, size, row_stride)),
            HiddenAct::GeluNew => run(InPlace::<GeluNew>::new(x, size, row_stride)),
            HiddenAct::Relu => run(InPlace::<Relu>::new(x, size, row_stride)),
            HiddenAct::Silu => run(InPlace::<Silu>::new(x, size, row_stride)),
            HiddenAct::Tanh => run(InPlace::<Tanh>::new(x, size, row_stride)),
        }
    }
}

/// Turns x into its gradient and gives the gradient of the bias.
pub(super) fn backward(
    x: &mut [f32],
    bias: &[f32],
    grad: &[f32],
    activation: HiddenAct,
) -> Vec<f32> {
    match activation {
        HiddenAct::Gelu => backward_with::<Gelu>(x, bias, grad),
        HiddenAct::GeluNew => backward_with::<GeluNew>(x, bias, grad),
        HiddenAct::Relu => backward_with::<Relu>(x, bias, grad),
        HiddenAct::Silu => backward_with::<Silu>(x, bias, grad),
        HiddenAct::Tanh => backward_with::<Tanh>(x, bias, grad),
    }
}

fn forward_with<A: Activation>(x: &[f32], bias: &[f32]) -> Vec<f32> {
    lengths::rows("bias_activation", "x", x, bias.len());
    let mut out = Fresh::new(x.len());
    let chunk = ROWS * bias.len();
    out.slots()
        .par_chunks_mut(chunk)
        .zip(x.par_chunks(chunk))
        .for_each(|(out, x)| {
            run(Forward::<A> {
                x,
                bias,
                out,
                activation: std::marker::PhantomData,
            });
        });
    // SAFETY: x and the result have the same number of rows of the width of the bias, and so have
    // the chunks of each task; the kernel writes every element of a row.
    unsafe { out.written() }
}

fn backward_with<A: Activation>(x: &mut [f32], bias: &[f32], grad: &[f32]) -> Vec<f32> {
    let (operation, width) = ("bias_activation_backward", bias.len());
    let rows = lengths::rows(operation, "x", x, width);
    lengths::expect(operation, "grad", grad, [rows, width]);
    let chunk = rows_per_task(rows) * width;
    let parts = x
        .par_chunks_mut(chunk)
        .zip(grad.par_chunks(chunk))
        .map(|(x, grad)| {
            let mut d_bias = vec![0.0; width];
            run(Backward::<A> {
                x,
                bias,
                grad,
                d_bias: &mut d_bias,
                activation: std::marker::PhantomData,
            });
            d_bias
        })
        .collect();
    add_up(parts, width)
}

struct Forward<'a, A> {
    x: &'a [f32],
    bias: &'a [f32],
    out: &'a mut [MaybeUninit<f32>],
    activation: std::marker::PhantomData<A>,
}

impl<A: Activation> Kernel for Forward<'_, A> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let width = self.bias.len();
        let rows = self.x.chunks_exact(width);
        for (x, out) in rows.zip(self.out.chunks_exact_mut(width)) {
            for ((out, x), bias) in out.iter_mut().zip(x).zip(self.bias) {
                out.write(A::value::<FMA>(*x + *bias));
            }
        }
    }
}

struct InPlace<A> {
    x: Shared,
    size: [usize; 2],
    row_stride: usize,
    activation: std::marker::PhantomData<A>,
}

impl<A> InPlace<A> {
    /// # Safety
    /// As [`in_place`].
    unsafe fn new(x: Shared, size: [usize; 2], row_stride: usize) -> Self {
        Self {
            x,
            size,
            row_stride,
            activation: std::marker::PhantomData,
        }
    }
}

impl<A: Activation> Kernel for InPlace<A> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let [rows, columns] = self.size;
        for row in 0..rows {
            // SAFETY: a row of those that were promised when this was made.
            let row = unsafe {
                let first = self.x.at(row * self.row_stride);
                std::slice::from_raw_parts_mut(first, columns)
            };
            for x in row {
                *x = A::value::<FMA>(*x);
            }
        }
    }
}

struct Backward<'a, A> {
    x: &'a mut [f32],
    bias: &'a [f32],
    grad: &'a [f32],
    d_bias: &'a mut [f32],
    activation: std::marker::PhantomData<A>,
}

impl<A: Activation> Kernel for Backward<'_, A> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let width = self.bias.len();
        let rows = self.x.chunks_exact_mut(width);
        for (x, grad) in rows.zip(self.grad.chunks_exact(width)) {
            let sums = self.bias.iter().zip(self.d_bias.iter_mut());
            for ((x, grad), (bias, d_bias)) in x.iter_mut().zip(grad).zip(sums) {
                let d = *grad * A::slope::<FMA>(*x + *bias);
                *x = d;
                *d_bias += d;
            }
        }
    }
}

/// `1 / (1 + e^-x)`.
#[inline(always)]
fn sigmoid<const FMA: bool>(x: f32) -> f32 {
    1.0 / (1.0 + exp::<FMA>(-x))
}

/// `2 sigmoid(2x) - 1`, with an absolute error of 1e-7.
#[inline(always)]
fn tanh<const FMA: bool>(x: f32) -> f32 {
    fma::<FMA>(2.0, sigmoid::<FMA>(2.0 * x), -1.0)
}

/// `x Phi(x)`.
struct Gelu;

/// `ln(erfc(a) / t) + a^2` with `t = 1 / (1 + a / 2)`: the relative error of erfc is below 1.2e-7
/// for every a >= 0 (Press et al., Numerical Recipes, section 6.2).
#[inline(always)]
fn erfc_exponent<const FMA: bool>(t: f32) -> f32 {
    let mut p = 0.170_872_77;
    p = fma::<FMA>(p, t, -0.822_152_2);
    p = fma::<FMA>(p, t, 1.488_515_9);
    p = fma::<FMA>(p, t, -1.135_204);
    p = fma::<FMA>(p, t, 0.278_868_07);
    p = fma::<FMA>(p, t, -0.186_288_06);
    p = fma::<FMA>(p, t, 0.096_784_18);
    p = fma::<FMA>(p, t, 0.374_091_96);
    p = fma::<FMA>(p, t, 1.000_023_7);
    fma::<FMA>(p, t, -1.265_512_2)
}

/// The normal distribution's `Phi(x)` from `erfc(|x| / sqrt 2)`.
#[inline(always)]
fn phi_from_erfc(x: f32, erfc: f32) -> f32 {
    let tail = 0.5 * erfc;
    if x >= 0.0 { 1.0 - tail } else { tail }
}

impl Activation for Gelu {
    #[inline(always)]
    fn value<const FMA: bool>(x: f32) -> f32 {
        let a = x.abs() * FRAC_1_SQRT_2;
        let t = 1.0 / fma::<FMA>(a, 0.5, 1.0);
        let erfc = t * exp::<FMA>(fma::<FMA>(-a, a, erfc_exponent::<FMA>(t)));
        x * phi_from_erfc(x, erfc)
    }

    #[inline(always)]
    fn slope<const FMA: bool>(x: f32) -> f32 {
        let a = x.abs() * FRAC_1_SQRT_2;
        let t = 1.0 / fma::<FMA>(a, 0.5, 1.0);
        let bell = exp::<FMA>(-a * a);
        let erfc = t * bell * exp::<FMA>(erfc_exponent::<FMA>(t));
        let density = 0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2;
        fma::<FMA>(x * density, bell, phi_from_erfc(x, erfc))
    }
}

/// The approximation of GELU with tanh.
struct GeluNew;

const SQRT_2_OVER_PI: f32 = FRAC_2_SQRT_PI * FRAC_1_SQRT_2;
const CUBE: f32 = 0.044_715;

impl Activation for GeluNew {
    #[inline(always)]
    fn value<const FMA: bool>(x: f32) -> f32 {
        // 0.5 (1 + tanh(y)) is sigmoid(2y).
        let y = SQRT_2_OVER_PI * x * fma::<FMA>(CUBE * x, x, 1.0);
        x * sigmoid::<FMA>(2.0 * y)
    }

    #[inline(always)]
    fn slope<const FMA: bool>(x: f32) -> f32 {
        let y = SQRT_2_OVER_PI * x * fma::<FMA>(CUBE * x, x, 1.0);
        let s = sigmoid::<FMA>(2.0 * y);
        let dy = SQRT_2_OVER_PI * fma::<FMA>(3.0 * CUBE * x, x, 1.0);
        fma::<FMA>(2.0 * x * s * (1.0 - s), dy, s)
    }
}

struct Relu;

impl Activation for Relu {
    #[inline(always)]
    fn value<const FMA: bool>(x: f32) -> f32 {
        // What is not a number stays so.
        if x <= 0.0 { 0.0 } else { x }
    }

    #[inline(always)]
    fn slope<const FMA: bool>(x: f32) -> f32 {
        if x > 0.0 { 1.0 } else { 0.0 }
    }
}

struct Silu;

impl Activation for Silu {
    #[inline(always)]
    fn value<const FMA: bool>(x: f32) -> f32 {
        x * sigmoid::<FMA>(x)
    }

    #[inline(always)]
    fn slope<const FMA: bool>(x: f32) -> f32 {
        let s = sigmoid::<FMA>(x);
        s * fma::<FMA>(x, 1.0 - s, 1.0)
    }
}

struct Tanh;

impl Activation for Tanh {
    #[inline(always)]
    fn value<const FMA: bool>(x: f32) -> f32 {
        tanh::<FMA>(x)
    }

    #[inline(always)]
    fn slope<const FMA: bool>(x: f32) -> f32 {
        let y = tanh::<FMA>(x);
        1.0 - y * y
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against differences of the exact function in f64, from far below to far above.
    #[test]
    fn slopes_are_the_derivatives_of_values() {
        fn check<A: Activation>(name: &str) {
            for i in -400..=400 {
                let x = i as f32 / 40.0 + 0.003;
                let step = 1e-2;
                let (up, down) = (A::value::<true>(x + step), A::value::<true>(x - step));
                let expected = (up - down) / (2.0 * step);
                let found = A::slope::<true>(x);
                // Relu's corner is in one of the intervals.
                let corner = name == "relu" && x.abs() < 2.0 * step;
                assert!(
                    (found - expected).abs() < 2e-4 || corner,
                    "{name}'({x}) = {found}, {expected}"
                );
                assert!(
                    (A::slope::<false>(x) - found).abs() < 1e-6,
                    "{name}'({x}) without fma"
                );
            }
        }
        check::<Gelu>("gelu");
        check::<GeluNew>("gelu_new");
        check::<Relu>("relu");
        check::<Silu>("silu");
        check::<Tanh>("tanh");
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        for act in [
            HiddenAct::Gelu,
            HiddenAct::GeluNew,
            HiddenAct::Relu,
            HiddenAct::Silu,
            HiddenAct::Tanh,
        ] {
            let out = forward(&[1.0, f32::NAN, -1.0, -0.0], &[0.0, 0.0], act);
            let is_nan: Vec<bool> = out.iter().map(|value| value.is_nan()).collect();
            assert_eq!(is_nan, [false, true, false, false], "{act:?}");
        }
    }
}
