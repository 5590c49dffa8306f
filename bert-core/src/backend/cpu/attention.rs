//! Multi-head self-attention: one task per head of a sequence, its scores a block at a time in a
//! buffer that stays in the cache.
//!
//! Scores and probabilities are never stored whole. The forward pass keeps the logarithm of each
//! row's sum, with which the backward pass computes the same probabilities again, as in
//! FlashAttention (Dao et al. 2022, <https://arxiv.org/abs/2205.14135>, section 3.1).

use std::mem::MaybeUninit;

use rayon::prelude::*;

use super::buffer::{Fresh, Shared};
use super::lengths;
use super::matmul::{Matrix, Target, product_into};
use super::simd::{Kernel, exp, max, run, sum};
use crate::backend::Dropout;
use crate::backend::dropout::Draw;

/// Rows of scores that are worked on at once.
pub(super) const BLOCK: usize = if cfg!(miri) { 4 } else { 128 };

/// How a batch is laid out.
pub(super) struct Shape<'a> {
    pub(super) seq: usize,
    pub(super) heads: usize,
    pub(super) head_size: usize,
    /// Real tokens of each sequence.
    pub(super) lengths: &'a [usize],
}

impl Shape<'_> {
    /// The rows of the batch and the hidden size. Asserts that the layout is one: what the tasks
    /// write must lie in their own sequences.
    #[track_caller]
    fn check(&self, operation: &str) -> (usize, usize) {
        let (seq, heads, head_size) = (self.seq, self.heads, self.head_size);
        assert!(
            seq > 0 && heads > 0 && head_size > 0,
            "{operation}: expected tokens, heads and head sizes, found {seq} tokens and {heads} \
             heads of {head_size}"
        );
        if let Some(length) = self.lengths.iter().find(|&&length| length > seq) {
            panic!("{operation}: a length is {length}, expected at most {seq}");
        }
        let hidden = lengths::area(operation, heads, head_size);
        lengths::area(operation, 3, hidden);
        let rows = lengths::area(operation, self.lengths.len(), seq);
        (rows, hidden)
    }

    fn scale(&self) -> f32 {
        (self.head_size as f32).sqrt().recip()
    }

    /// Every head of every sequence.
    fn tasks(&self) -> impl IndexedParallelIterator<Item = Task> + '_ {
        (0..self.lengths.len() * self.heads)
            .into_par_iter()
            .map(|number| {
                let (sequence, head) = (number / self.heads, number % self.heads);
                Task {
                    number,
                    row: sequence * self.seq,
                    column: head * self.head_size,
                    // A sequence without tokens looks at its padding: meaningless, but finite.
                    keys: match self.lengths[sequence] {
                        0 => self.seq,
                        length => length,
                    },
                }
            })
    }

    /// Room for a block of scores.
    fn buffer(&self) -> Vec<f32> {
        vec![0.0; BLOCK.min(self.seq) * self.seq]
    }

    /// The blocks of rows of a task: first row and number of rows.
    fn blocks(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let seq = self.seq;
        (0..seq)
            .step_by(BLOCK)
            .map(move |from| (from, BLOCK.min(seq - from)))
    }
}

/// One head of one sequence.
pub(super) struct Task {
    pub(super) number: usize,
    /// Its first row among the tokens.
    pub(super) row: usize,
    /// Its first column in the hidden state.
    pub(super) column: usize,
    /// Rows that are looked at.
    pub(super) keys: usize,
}

impl Task {
    /// `rows` rows of this head from row `from` on, of a matrix with rows of `width` whose
    /// part for the head begins at `offset + column`.
    pub(super) fn part<'a>(
        &self,
        data: &'a [f32],
        width: usize,
        offset: usize,
        (from, rows): (usize, usize),
        head_size: usize,
    ) -> Matrix<'a> {
        let first = (self.row + from) * width + offset + self.column;
        Matrix::strided(&data[first..], rows, head_size, width)
    }
}

/// The context `[rows, hidden]` and the logarithm of each row's sum of exponentials
/// `[batch * heads * seq]`.
pub(super) fn forward(qkv: &[f32], shape: &Shape<'_>, dropout: Dropout) -> (Vec<f32>, Vec<f32>) {
    let (head_size, seq, operation) = (shape.head_size, shape.seq, "self_attention");
    let (rows, hidden) = shape.check(operation);
    lengths::expect(operation, "qkv", qkv, [rows, 3 * hidden]);
    // No larger than qkv, for a head has at least one column.
    let mut context = Fresh::new(rows * hidden);
    let mut log_sums = Fresh::new(rows * shape.heads);
    let to = Shared::of(context.slots());
    log_sums
        .slots()
        .par_chunks_mut(seq)
        .zip(shape.tasks())
        .for_each_init(
            || shape.buffer(),
            |buffer, (log_sums, task)| {
                let part = |which: usize, rows| {
                    task.part(qkv, 3 * hidden, which * hidden, rows, head_size)
                };
                let (key, value) = (part(1, (0, task.keys)), part(2, (0, task.keys)));
                for (from, rows) in shape.blocks() {
                    let scores = &mut buffer[..rows * task.keys];
                    let target = |to, row_stride| Target {
                        to,
                        row_stride,
                        add: false,
                    };
                    // SAFETY: the buffer is this thread's; rows and columns of the context are
                    // this task's alone.
                    unsafe {
                        product_into(
                            target(scores.as_mut_ptr(), task.keys),
                            part(0, (from, rows)),
                            key.transposed(),
                            shape.scale(),
                        );
                    }
                    run(Softmax {
                        scores,
                        keys: task.keys,
                        log_sums: &mut log_sums[from..from + rows],
                        draw: Draw::of(dropout),
                        first: (task.number * seq + from).wrapping_mul(seq),
                        seq,
                    });
                    // SAFETY: as above.
                    unsafe {
                        let first = (task.row + from) * hidden + task.column;
                        product_into(
                            target(to.at(first), hidden),
                            Matrix::new(scores, rows, task.keys),
                            value,
                            1.0,
                        );
                    }
                }
            },
        );
    // SAFETY: the tasks wrote every head of every row, and every row's sum.
    unsafe { (context.written(), log_sums.written()) }
}

/// The gradient of qkv `[rows, 3 * hidden]`.
pub(super) fn backward(
    qkv: &[f32],
    context: &[f32],
    log_sums: &[f32],
    grad: &[f32],
    shape: &Shape<'_>,
    dropout: Dropout,
) -> Vec<f32> {
    let (head_size, seq, operation) = (shape.head_size, shape.seq, "self_attention_backward");
    let (rows, hidden) = shape.check(operation);
    lengths::expect(operation, "qkv", qkv, [rows, 3 * hidden]);
    lengths::expect(operation, "the context", context, [rows, hidden]);
    lengths::expect(
        operation,
        "the sums of the rows",
        log_sums,
        [rows, shape.heads],
    );
    lengths::expect(operation, "grad", grad, [rows, hidden]);
    let mut d_qkv = Fresh::new(qkv.len());
    let to = Shared::of(d_qkv.slots());
    shape.tasks().zip(log_sums.par_chunks(seq)).for_each_init(
        || (shape.buffer(), shape.buffer()),
        |(scores, d_scores), (task, log_sums)| {
            let part =
                |which: usize, rows| task.part(qkv, 3 * hidden, which * hidden, rows, head_size);
            let (key, value) = (part(1, (0, task.keys)), part(2, (0, task.keys)));
            let target = |which: usize, from: usize, add| {
                let first = (task.row + from) * 3 * hidden + which * hidden + task.column;
                Target {
                    // SAFETY: within the gradient, which has the size of qkv.
                    to: unsafe { to.at(first) },
                    row_stride: 3 * hidden,
                    add,
                }
            };
            for (from, rows) in shape.blocks() {
                let scores = &mut scores[..rows * task.keys];
                let d_scores = &mut d_scores[..rows * task.keys];
                let of_block = |data| task.part(data, hidden, 0, (from, rows), head_size);
                let (query, grad_rows) = (part(0, (from, rows)), of_block(grad));
                let into = |buffer: &mut [f32]| Target {
                    to: buffer.as_mut_ptr(),
                    row_stride: task.keys,
                    add: false,
                };
                // SAFETY: the buffers are this thread's; rows and columns of the gradient are this
                // task's alone, and those that are added to were written by the first block.
                unsafe {
                    product_into(into(scores), query, key.transposed(), shape.scale());
                    product_into(into(d_scores), grad_rows, value.transposed(), 1.0);
                    run(SoftmaxBackward {
                        scores,
                        d_scores,
                        keys: task.keys,
                        log_sums: &log_sums[from..from + rows],
                        context: &context[(task.row + from) * hidden + task.column..],
                        grad: &grad[(task.row + from) * hidden + task.column..],
                        hidden,
                        head_size,
                        scale: shape.scale(),
                        draw: Draw::of(dropout),
                        first: (task.number * seq + from).wrapping_mul(seq),
                        seq,
                    });
                    let probabilities = Matrix::new(scores, rows, task.keys);
                    let d_scores = Matrix::new(d_scores, rows, task.keys);
                    let add = from > 0;
                    let dv = target(2, 0, add);
                    product_into(dv, probabilities.transposed(), grad_rows, 1.0);
                    let dk = target(1, 0, add);
                    product_into(dk, d_scores.transposed(), query, 1.0);
                    product_into(target(0, from, false), d_scores, key, 1.0);
                }
            }
            // Nobody looked at the padding.
            for row in task.keys..seq {
                for which in [1, 2] {
                    let row = target(which, row, false).to;
                    for column in 0..head_size {
                        // SAFETY: an element of this task's part of a row of the gradient, written
                        // through the pointer, since nothing is there yet that can be referred to.
                        unsafe { row.add(column).write(0.0) };
                    }
                }
            }
        },
    );
    // SAFETY: every task wrote its head of every row: queries in the blocks, keys and values in
    // the blocks and the loop after them.
    unsafe { d_qkv.written() }
}

/// Turns rows of scores into probabilities with dropout, and gives `ln(sum(e^score))` of each row.
pub(super) struct Softmax<'a> {
    pub(super) scores: &'a mut [f32],
    pub(super) keys: usize,
    pub(super) log_sums: &'a mut [MaybeUninit<f32>],
    pub(super) draw: Option<Draw>,
    /// The number of the first row's first probability, for dropout; rows are `seq` apart.
    pub(super) first: usize,
    pub(super) seq: usize,
}

impl Kernel for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let rows = self.scores.chunks_exact_mut(self.keys);
        for (number, (row, log_sum)) in rows.zip(self.log_sums).enumerate() {
            let most = max(row);
            for score in row.iter_mut() {
                *score = exp::<FMA>(*score - most);
            }
            let total = sum(row.len(), |at| row[at]);
            let factor = total.recip();
            match self.draw {
                None => {
                    for p in row.iter_mut() {
                        *p *= factor;
                    }
                }
                Some(draw) => {
                    let first = self.first.wrapping_add(number * self.seq) as u32;
                    for (at, p) in row.iter_mut().enumerate() {
                        *p *= factor * draw.factor(first.wrapping_add(at as u32));
                    }
                }
            }
            log_sum.write(most + total.ln());
        }
    }
}

/// From scores and the gradient of the dropped probabilities to the dropped probabilities and the
/// gradient of the unscaled scores, both in place.
struct SoftmaxBackward<'a> {
    scores: &'a mut [f32],
    d_scores: &'a mut [f32],
    keys: usize,
    log_sums: &'a [f32],
    /// From the first row and column of the block on.
    context: &'a [f32],
    grad: &'a [f32],
    hidden: usize,
    head_size: usize,
    scale: f32,
    draw: Option<Draw>,
    first: usize,
    seq: usize,
}

impl Kernel for SoftmaxBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let scores = self.scores.chunks_exact_mut(self.keys);
        let rows = scores.zip(self.d_scores.chunks_exact_mut(self.keys));
        for (number, ((row, d_row), &log_sum)) in rows.zip(self.log_sums).enumerate() {
            let context = &self.context[number * self.hidden..][..self.head_size];
            let grad = &self.grad[number * self.hidden..][..self.head_size];
            // sum(p dp) of the row, which is the product of the context and its gradient.
            let along = sum(self.head_size, |at| context[at] * grad[at]);
            match self.draw {
                None => {
                    for (p, d) in row.iter_mut().zip(d_row) {
                        *p = exp::<FMA>(*p - log_sum);
                        *d = *p * self.scale * (*d - along);
                    }
                }
                Some(draw) => {
                    let first = self.first.wrapping_add(number * self.seq) as u32;
                    for (at, (p, d)) in row.iter_mut().zip(d_row).enumerate() {
                        let kept = draw.factor(first.wrapping_add(at as u32));
                        let probability = exp::<FMA>(*p - log_sum);
                        *p = probability * kept;
                        *d = probability * self.scale * (*d * kept - along);
                    }
                }
            }
        }
    }
}
