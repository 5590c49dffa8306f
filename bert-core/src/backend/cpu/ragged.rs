//! Self-attention over sequences of any lengths that lie one after another, for inference.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use super::attention::{BLOCK, Softmax, Task};
use super::buffer::{Fresh, Shared};
use super::lengths;
use super::matmul::{Matrix, Target, product_into};
use super::simd::run;

/// The context `[rows, hidden]`, without dropout; `qkv` is `[rows, 3 * hidden]`, and `tokens` of each
/// sequence add up to the rows.
pub(super) fn attention(qkv: &[f32], tokens: &[usize], [heads, head_size]: [usize; 2]) -> Vec<f32> {
    let operation = "ragged_self_attention";
    let hidden = lengths::area(operation, heads, head_size);
    let width = lengths::area(operation, 3, hidden);
    let mut rows = 0_usize;
    let mut sequences = Vec::with_capacity(tokens.len());
    for &length in tokens {
        sequences.push((rows, length));
        rows = rows.saturating_add(length);
    }
    lengths::expect(operation, "qkv", qkv, [rows, width]);
    let longest = tokens.iter().copied().max().unwrap_or(0);
    let block = BLOCK.min(longest);
    let scale = (head_size as f32).sqrt().recip();
    let mut context = Fresh::new(rows * hidden);
    let to = Shared::of(context.slots());
    (0..sequences.len() * heads).into_par_iter().for_each_init(
        || {
            (
                vec![0.0; block * longest],
                vec![MaybeUninit::uninit(); block],
            )
        },
        |(scores, log_sums), number| {
            let (row, keys) = sequences[number / heads];
            let task = Task {
                number,
                row,
                column: number % heads * head_size,
                keys,
            };
            for from in (0..keys).step_by(BLOCK) {
                let rows = BLOCK.min(keys - from);
                let part =
                    |which: usize, rows| task.part(qkv, width, which * hidden, rows, head_size);
                let scores = &mut scores[..rows * keys];
                let target = |to, row_stride| Target {
                    to,
                    row_stride,
                    add: false,
                };
                let (query, key) = (part(0, (from, rows)), part(1, (0, keys)));
                // SAFETY: the buffer is this thread's.
                unsafe {
                    let target = target(scores.as_mut_ptr(), keys);
                    product_into(target, query, key.transposed(), scale);
                }
                run(Softmax {
                    scores,
                    keys,
                    log_sums: &mut log_sums[..rows],
                    draw: None,
                    first: 0,
                    seq: keys,
                });
                // SAFETY: rows and columns of the context are this task's alone.
                unsafe {
                    let target = target(to.at((row + from) * hidden + task.column), hidden);
                    let scores = Matrix::new(scores, rows, keys);
                    product_into(target, scores, part(2, (0, keys)), 1.0);
                }
            }
        },
    );
    // SAFETY: the tasks wrote every head of every row.
    unsafe { context.written() }
}
