//! LayerNorm with the bias, dropout and residual before it.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use super::buffer::Fresh;
use super::lengths;
use super::reduce::{add_up, rows_per_task};
use super::simd::{Kernel, fma, run, sum};
use crate::backend::dropout::Draw;
use crate::backend::{Dropout, LayerNormSpec};

/// Rows that one task works on in the forward pass.
pub(super) const ROWS: usize = 32;

/// What the backward pass needs, and the result.
pub(super) struct Normalized {
    /// `[rows, hidden]`
    pub(super) output: Vec<f32>,
    /// `1 / sqrt(variance + eps)`, `[rows]`
    pub(super) scales: Vec<f32>,
}

/// `LayerNorm(residual + dropout(x + bias)) * weight + shift`. Leaves the normalised rows, before
/// weight and shift, in x.
pub(super) fn add_forward(
    x: &mut [f32],
    bias: &[f32],
    residual: &[f32],
    [weight, shift]: [&[f32]; 2],
    spec: LayerNormSpec,
) -> Normalized {
    let (operation, width) = ("add_layer_norm", weight.len());
    let rows = lengths::rows(operation, "x", x, width);
    lengths::expect(operation, "bias", bias, [1, width]);
    lengths::expect(operation, "residual", residual, [rows, width]);
    lengths::expect(operation, "the norm's bias", shift, [1, width]);
    let mut output = Fresh::new(x.len());
    let mut scales = Fresh::new(rows);
    let chunk = ROWS * width;
    x.par_chunks_mut(chunk)
        .zip(residual.par_chunks(chunk))
        .zip(output.slots().par_chunks_mut(chunk))
        .zip(scales.slots().par_chunks_mut(ROWS))
        .enumerate()
        .for_each(|(number, (((x, residual), output), scales))| {
            run(AddForward {
                x,
                bias,
                residual,
                norm: Norm {
                    weight,
                    shift,
                    eps: spec.eps as f32,
                },
                output,
                scales,
                draw: Draw::of(spec.dropout),
                first: number * chunk,
            });
        });
    // SAFETY: x, residual, output and scales have the same number of rows, and so have the chunks
    // of each task; the kernel writes every row of the latter two.
    unsafe {
        Normalized {
            output: output.written(),
            scales: scales.written(),
        }
    }
}

/// What [`add_backward`] leaves besides the gradients in its operands, each `[hidden]`.
pub(super) struct Sums {
    pub(super) weight: Vec<f32>,
    pub(super) shift: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

/// Turns the gradient of the output into that of the residual, and the normalised rows into the
/// gradient of x.
pub(super) fn add_backward(
    grad: &mut [f32],
    normed: &mut [f32],
    scales: &[f32],
    weight: &[f32],
    dropout: Dropout,
) -> Sums {
    let (operation, width) = ("add_layer_norm_backward", weight.len());
    lengths::rows(operation, "grad", grad, width);
    lengths::expect(operation, "grad", grad, [scales.len(), width]);
    lengths::expect(
        operation,
        "the normalised rows",
        normed,
        [scales.len(), width],
    );
    let rows = rows_per_task(scales.len());
    let chunk = rows * width;
    let parts = grad
        .par_chunks_mut(chunk)
        .zip(normed.par_chunks_mut(chunk))
        .zip(scales.par_chunks(rows))
        .enumerate()
        .map(|(number, ((grad, normed), scales))| {
            let mut sums = vec![0.0; 3 * width];
            run(AddBackward {
                grad,
                normed,
                scales,
                weight,
                sums: &mut sums,
                draw: Draw::of(dropout),
                first: number * chunk,
            });
            sums
        })
        .collect();
    let mut sums = add_up(parts, 3 * width);
    let bias = sums.split_off(2 * width);
    let shift = sums.split_off(width);
    Sums {
        weight: sums,
        shift,
        bias,
    }
}

/// The parameters of a LayerNorm.
#[derive(Clone, Copy)]
pub(super) struct Norm<'a> {
    pub(super) weight: &'a [f32],
    pub(super) shift: &'a [f32],
    pub(super) eps: f32,
}

impl Norm<'_> {
    /// Normalises a row in place, writes the result with weight and shift, and gives the scale.
    #[inline(always)]
    pub(super) fn row<const FMA: bool>(
        self,
        x: &mut [f32],
        output: &mut [MaybeUninit<f32>],
    ) -> f32 {
        let width = x.len();
        let share = (width as f32).recip();
        let mean = sum(width, |at| x[at]) * share;
        let squared = |at: usize| (x[at] - mean) * (x[at] - mean);
        let variance = sum(width, squared) * share;
        let scale = (variance + self.eps).sqrt().recip();
        let parameters = self.weight.iter().zip(self.shift);
        for ((x, out), (weight, shift)) in x.iter_mut().zip(output).zip(parameters) {
            *x = (*x - mean) * scale;
            out.write(fma::<FMA>(*x, *weight, *shift));
        }
        scale
    }
}

/// Turns the gradient of a normalised row into that of the row, and adds the row's share to the
/// gradients of weight and shift.
#[inline(always)]
pub(super) fn row_backward<const FMA: bool>(
    grad: &mut [f32],
    normed: &[f32],
    scale: f32,
    weight: &[f32],
    d_weight: &mut [f32],
    d_shift: &mut [f32],
) {
    let width = grad.len();
    let share = (width as f32).recip();
    let mean = sum(width, |at| grad[at] * weight[at]) * share;
    let along = sum(width, |at| grad[at] * weight[at] * normed[at]) * share;
    let sums = d_weight.iter_mut().zip(d_shift);
    let row = grad.iter_mut().zip(normed).zip(weight);
    for (((grad, normed), weight), (d_weight, d_shift)) in row.zip(sums) {
        let g = *grad;
        *d_weight = fma::<FMA>(g, *normed, *d_weight);
        *d_shift += g;
        *grad = scale * (fma::<FMA>(g, *weight, -mean) - *normed * along);
    }
}

struct AddForward<'a> {
    x: &'a mut [f32],
    bias: &'a [f32],
    residual: &'a [f32],
    norm: Norm<'a>,
    output: &'a mut [MaybeUninit<f32>],
    scales: &'a mut [MaybeUninit<f32>],
    draw: Option<Draw>,
    /// The number of the first element, for dropout.
    first: usize,
}

impl Kernel for AddForward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let width = self.bias.len();
        let rows = self.x.chunks_exact_mut(width);
        let rows = rows.zip(self.residual.chunks_exact(width));
        let outputs = self.output.chunks_exact_mut(width).zip(self.scales);
        for (number, ((x, residual), (output, scale))) in rows.zip(outputs).enumerate() {
            let terms = residual.iter().zip(self.bias);
            match self.draw {
                None => {
                    for (x, (residual, bias)) in x.iter_mut().zip(terms) {
                        *x = *residual + (*x + *bias);
                    }
                }
                Some(draw) => {
                    let first = self.first.wrapping_add(number * width) as u32;
                    for (at, (x, (residual, bias))) in x.iter_mut().zip(terms).enumerate() {
                        let factor = draw.factor(first.wrapping_add(at as u32));
                        *x = fma::<FMA>(*x + *bias, factor, *residual);
                    }
                }
            }
            scale.write(self.norm.row::<FMA>(x, output));
        }
    }
}

struct AddBackward<'a> {
    grad: &'a mut [f32],
    normed: &'a mut [f32],
    scales: &'a [f32],
    weight: &'a [f32],
    /// Of weight, shift and bias, one after another.
    sums: &'a mut [f32],
    draw: Option<Draw>,
    first: usize,
}

impl Kernel for AddBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let width = self.weight.len();
        let (d_weight, rest) = self.sums.split_at_mut(width);
        let (d_shift, d_bias) = rest.split_at_mut(width);
        let rows = self.grad.chunks_exact_mut(width);
        let rows = rows.zip(self.normed.chunks_exact_mut(width));
        for (number, ((grad, normed), &scale)) in rows.zip(self.scales).enumerate() {
            row_backward::<FMA>(grad, normed, scale, self.weight, d_weight, d_shift);
            let terms = normed.iter_mut().zip(d_bias.iter_mut());
            match self.draw {
                None => {
                    for (grad, (d_x, d_bias)) in grad.iter().zip(terms) {
                        *d_x = *grad;
                        *d_bias += *grad;
                    }
                }
                Some(draw) => {
                    let first = self.first.wrapping_add(number * width) as u32;
                    for (at, (grad, (d_x, d_bias))) in grad.iter().zip(terms).enumerate() {
                        let d = *grad * draw.factor(first.wrapping_add(at as u32));
                        *d_x = d;
                        *d_bias += d;
                    }
                }
            }
        }
    }
}
