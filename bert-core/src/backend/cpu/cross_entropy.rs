//! Softmax cross entropy.

use rayon::prelude::*;

use super::lengths;
use super::simd::{Kernel, exp, max, run, sum};

/// Rows that one task works on.
const ROWS: usize = 16;

/// The mean over the rows of `-log softmax(logits)[label]`.
pub(super) fn forward(logits: &[f32], labels: &[u32]) -> f32 {
    let classes = classes(logits, labels);
    let losses: Vec<f64> = logits
        .par_chunks(ROWS * classes)
        .zip(labels.par_chunks(ROWS))
        .map(|(logits, labels)| {
            let rows = logits.chunks_exact(classes).zip(labels);
            rows.map(|(row, &label)| f64::from(run(LogSum(row)) - row[label as usize]))
                .sum()
        })
        .collect();
    (losses.iter().sum::<f64>() / labels.len() as f64) as f32
}

/// Turns the logits into their gradient, for the gradient `grad` of the mean.
pub(super) fn backward(logits: &mut [f32], labels: &[u32], grad: f32) {
    let classes = classes(logits, labels);
    let share = grad / labels.len() as f32;
    logits
        .par_chunks_mut(ROWS * classes)
        .zip(labels.par_chunks(ROWS))
        .for_each(|(logits, labels)| {
            for (row, &label) in logits.chunks_exact_mut(classes).zip(labels) {
                let log_sum = run(LogSum(row));
                run(Backward {
                    row,
                    log_sum,
                    share,
                });
                row[label as usize] -= share;
            }
        });
}

/// The number of classes, which every label has to be one of.
fn classes(logits: &[f32], labels: &[u32]) -> usize {
    let (found, rows) = (logits.len(), labels.len());
    assert!(
        rows > 0 && found > 0 && found.is_multiple_of(rows),
        "cross_entropy: logits has {found} elements, expected a row for each of {rows} labels"
    );
    lengths::ids("cross_entropy", "labels", labels, found / rows);
    found / rows
}

/// `ln(sum(e^x))`, without overflow.
struct LogSum<'a>(&'a [f32]);

impl Kernel for LogSum<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> f32 {
        let row = self.0;
        let most = max(row);
        most + sum(row.len(), |at| exp::<FMA>(row[at] - most)).ln()
    }
}

struct Backward<'a> {
    row: &'a mut [f32],
    log_sum: f32,
    share: f32,
}

impl Kernel for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for x in self.row {
            *x = self.share * exp::<FMA>(*x - self.log_sum);
        }
    }
}
