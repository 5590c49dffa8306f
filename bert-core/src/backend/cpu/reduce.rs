//! Sums over rows, added in an order that depends on the shape only.

use rayon::prelude::*;

use super::lengths;
use super::simd::{Kernel, run, sum};

/// Rows that one task works on where it also adds them up: a fixed number of tasks, however many
/// threads there are.
pub(super) fn rows_per_task(rows: usize) -> usize {
    rows.div_ceil(64).max(16)
}

/// The sum of every column of `[rows, width]`.
pub(super) fn column_sums(x: &[f32], width: usize) -> Vec<f32> {
    let rows = lengths::rows("column_sums", "x", x, width);
    let parts: Vec<Vec<f32>> = x
        .par_chunks(rows_per_task(rows) * width)
        .map(|chunk| {
            let mut sums = vec![0.0; width];
            run(AddRows {
                rows: chunk,
                sums: &mut sums,
            });
            sums
        })
        .collect();
    add_up(parts, width)
}

/// The sum of the parts, in their order.
pub(super) fn add_up(parts: Vec<Vec<f32>>, width: usize) -> Vec<f32> {
    let mut parts = parts.into_iter();
    let mut total = parts.next().unwrap_or_else(|| vec![0.0; width]);
    for part in parts {
        run(AddRows {
            rows: &part,
            sums: &mut total,
        });
    }
    total
}

/// The sum of squares of all elements.
pub(super) fn sum_of_squares(x: &[f32]) -> f32 {
    // In f64 between the chunks: a norm over millions of elements loses digits otherwise.
    let parts: Vec<f64> = x
        .par_chunks(1 << 14)
        .map(|chunk| f64::from(run(SumOfSquares(chunk))))
        .collect();
    parts.iter().sum::<f64>() as f32
}

/// `sums += row` for every row.
pub(super) struct AddRows<'a> {
    pub(super) rows: &'a [f32],
    pub(super) sums: &'a mut [f32],
}

impl Kernel for AddRows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for row in self.rows.chunks_exact(self.sums.len()) {
            for (sum, value) in self.sums.iter_mut().zip(row) {
                *sum += *value;
            }
        }
    }
}

struct SumOfSquares<'a>(&'a [f32]);

impl Kernel for SumOfSquares<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> f32 {
        let values = self.0;
        sum(values.len(), |at| values[at] * values[at])
    }
}
