//! Gradients with weights, in place.

use rayon::prelude::*;

use super::lengths;
use super::simd::{Kernel, run};

/// Elements that one task works on.
const CHUNK: usize = 1 << 14;

/// `x *= factor`.
pub(super) fn scale(x: &mut [f32], factor: f32) {
    x.par_chunks_mut(CHUNK).for_each(|x| run(Scale(x, factor)));
}

/// `a = a_factor * a + b_factor * b`.
pub(super) fn sum(a: &mut [f32], a_factor: f32, b: &[f32], b_factor: f32) {
    lengths::expect("weighted_sum", "b", b, [1, a.len()]);
    let chunks = a.par_chunks_mut(CHUNK).zip(b.par_chunks(CHUNK));
    chunks.for_each(|(a, b)| {
        run(Sum {
            a,
            a_factor,
            b,
            b_factor,
        });
    });
}

struct Scale<'a>(&'a mut [f32], f32);

impl Kernel for Scale<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        self.0.iter_mut().for_each(|x| *x *= self.1);
    }
}

struct Sum<'a> {
    a: &'a mut [f32],
    a_factor: f32,
    b: &'a [f32],
    b_factor: f32,
}

impl Kernel for Sum<'_> {
    type Output = ();

    /// Two products and a sum, never fused: the same bits with and without FMA.
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for (a, b) in self.a.iter_mut().zip(self.b) {
            *a = self.a_factor * *a + self.b_factor * b;
        }
    }
}
