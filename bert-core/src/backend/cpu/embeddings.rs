//! The sum of the embeddings, LayerNorm, dropout.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use super::buffer::Fresh;
use super::layer_norm::{Norm, ROWS, row_backward};
use super::lengths;
use super::reduce::{AddRows, add_up, rows_per_task};
use super::simd::{Kernel, run};
use crate::backend::dropout::Draw;
use crate::backend::{Dropout, EmbeddingsSpec, LayerNormSpec};

/// Rows of a table that one task adds gradients to.
const TABLE_ROWS: usize = 512;

/// The tables, row-major with rows of the hidden size.
#[derive(Clone, Copy)]
pub(super) struct Tables<'a> {
    pub(super) word: &'a [f32],
    pub(super) position: &'a [f32],
    pub(super) token_type: &'a [f32],
}

/// The tokens of a batch.
#[derive(Clone, Copy)]
pub(super) struct Ids<'a> {
    pub(super) input: &'a [u32],
    pub(super) token_type: &'a [u32],
    pub(super) seq: usize,
}

impl Ids<'_> {
    /// Asserts that every token has an entry in each of the tables.
    #[track_caller]
    fn check(&self, operation: &str, vocab: usize, positions: usize, token_types: usize) {
        let (tokens, segments) = (self.input.len(), self.token_type.len());
        assert!(
            tokens == segments,
            "{operation}: token_type_ids has {segments} elements, expected {tokens}"
        );
        let seq = self.seq;
        assert!(
            tokens == 0 || (seq > 0 && tokens.is_multiple_of(seq) && seq <= positions),
            "{operation}: input_ids has {tokens} elements, expected sequences of {seq} tokens with \
             at most {positions} positions"
        );
        lengths::ids(operation, "input_ids", self.input, vocab);
        lengths::ids(operation, "token_type_ids", self.token_type, token_types);
    }
}

/// The result, the normalised rows, and the scales of the rows.
pub(super) fn forward(
    tables: Tables<'_>,
    ids: Ids<'_>,
    [weight, shift]: [&[f32]; 2],
    spec: LayerNormSpec,
) -> [Vec<f32>; 3] {
    let (operation, width) = ("embeddings", weight.len());
    let entries = |what, table| lengths::rows(operation, what, table, width);
    ids.check(
        operation,
        entries("the word table", tables.word),
        entries("the position table", tables.position),
        entries("the segment table", tables.token_type),
    );
    lengths::expect(operation, "the norm's bias", shift, [1, width]);
    let rows = ids.input.len();
    let mut normed = vec![0.0; lengths::area(operation, rows, width)];
    let (mut output, mut scales) = (Fresh::new(rows * width), Fresh::new(rows));
    normed
        .par_chunks_mut(ROWS * width)
        .zip(output.slots().par_chunks_mut(ROWS * width))
        .zip(scales.slots().par_chunks_mut(ROWS))
        .enumerate()
        .for_each(|(number, ((normed, output), scales))| {
            run(Forward {
                tables,
                ids,
                first_row: number * ROWS,
                norm: Norm {
                    weight,
                    shift,
                    eps: spec.eps as f32,
                },
                normed,
                output,
                scales,
                draw: Draw::of(spec.dropout),
            });
        });
    // SAFETY: all three have a row for each token, and so have the chunks of each task; the kernel
    // writes every row of both.
    unsafe { [output.written(), normed, scales.written()] }
}

/// Gradients of the tables and of weight and shift.
pub(super) struct Gradients {
    pub(super) word: Vec<f32>,
    pub(super) position: Vec<f32>,
    pub(super) token_type: Vec<f32>,
    pub(super) weight: Vec<f32>,
    pub(super) shift: Vec<f32>,
}

/// `grad` is the gradient of the result and is used up.
pub(super) fn backward(
    grad: &mut [f32],
    normed: &[f32],
    scales: &[f32],
    weight: &[f32],
    ids: Ids<'_>,
    spec: EmbeddingsSpec,
) -> Gradients {
    let (operation, width, rows) = ("embeddings_backward", weight.len(), ids.input.len());
    ids.check(operation, spec.vocab, spec.positions, spec.token_types);
    lengths::rows(operation, "grad", grad, width);
    lengths::expect(operation, "grad", grad, [rows, width]);
    lengths::expect(operation, "the normalised rows", normed, [rows, width]);
    lengths::expect(operation, "the scales of the rows", scales, [rows, 1]);
    let mut sums = norm_backward(grad, normed, scales, weight, spec.norm.dropout);
    let shift = sums.split_off(width);

    let rows_of = |positions: usize| {
        let mut table = vec![0.0; lengths::area(operation, positions, width)];
        // One task a position: the same position of every sequence.
        let places = table.par_chunks_mut(width).enumerate().take(ids.seq);
        places.for_each(|(position, total)| {
            for row in grad.chunks_exact(width).skip(position).step_by(ids.seq) {
                run(AddRows {
                    rows: row,
                    sums: total,
                });
            }
        });
        table
    };
    Gradients {
        word: looked_up(ids.input, grad, spec.vocab, width),
        position: rows_of(spec.positions),
        token_type: looked_up(ids.token_type, grad, spec.token_types, width),
        weight: sums,
        shift,
    }
}

/// Adds each row of `grad` to the row of the table that its id names.
fn looked_up(ids: &[u32], grad: &[f32], entries: usize, width: usize) -> Vec<f32> {
    // Sorted by id, so that each task finds the rows for its part of the table; stable, so that
    // they are added in the order of the batch.
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_by_key(|&row| ids[row]);
    let mut table = vec![0.0; lengths::area("embeddings_backward", entries, width)];
    table
        .par_chunks_mut(TABLE_ROWS * width)
        .enumerate()
        .for_each(|(number, part)| {
            let from = number * TABLE_ROWS;
            let below = |limit: usize| order.partition_point(|&row| (ids[row] as usize) < limit);
            for &row in &order[below(from)..below(from + TABLE_ROWS)] {
                let entry = ids[row] as usize - from;
                run(AddRows {
                    rows: &grad[row * width..][..width],
                    sums: &mut part[entry * width..][..width],
                });
            }
        });
    table
}

/// Turns the gradient of the result into that of the sum; gives those of weight and shift, one
/// after the other.
fn norm_backward(
    grad: &mut [f32],
    normed: &[f32],
    scales: &[f32],
    weight: &[f32],
    dropout: Dropout,
) -> Vec<f32> {
    let width = weight.len();
    let rows = rows_per_task(scales.len());
    let chunk = rows * width;
    let parts = grad
        .par_chunks_mut(chunk)
        .zip(normed.par_chunks(chunk))
        .zip(scales.par_chunks(rows))
        .enumerate()
        .map(|(number, ((grad, normed), scales))| {
            let mut sums = vec![0.0; 2 * width];
            run(NormBackward {
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
    add_up(parts, 2 * width)
}

struct Forward<'a> {
    tables: Tables<'a>,
    ids: Ids<'a>,
    first_row: usize,
    norm: Norm<'a>,
    normed: &'a mut [f32],
    output: &'a mut [MaybeUninit<f32>],
    scales: &'a mut [MaybeUninit<f32>],
    draw: Option<Draw>,
}

impl Kernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let width = self.norm.weight.len();
        let Tables {
            word,
            position,
            token_type,
        } = self.tables;
        let rows = self.normed.chunks_exact_mut(width);
        let outputs = self.output.chunks_exact_mut(width).zip(self.scales);
        for (number, (sum, (output, scale))) in rows.zip(outputs).enumerate() {
            let row = self.first_row + number;
            let word = &word[self.ids.input[row] as usize * width..][..width];
            let position = &position[row % self.ids.seq * width..][..width];
            let segment = &token_type[self.ids.token_type[row] as usize * width..][..width];
            let terms = word.iter().zip(segment).zip(position);
            for (sum, ((word, segment), position)) in sum.iter_mut().zip(terms) {
                *sum = *word + *segment + *position;
            }
            scale.write(self.norm.row::<FMA>(sum, output));
            if let Some(draw) = self.draw {
                let first = (row * width) as u32;
                for (at, out) in output.iter_mut().enumerate() {
                    let factor = draw.factor(first.wrapping_add(at as u32));
                    // SAFETY: written just now.
                    out.write(unsafe { out.assume_init() } * factor);
                }
            }
        }
    }
}

struct NormBackward<'a> {
    grad: &'a mut [f32],
    normed: &'a [f32],
    scales: &'a [f32],
    weight: &'a [f32],
    sums: &'a mut [f32],
    draw: Option<Draw>,
    first: usize,
}

impl Kernel for NormBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let width = self.weight.len();
        let (d_weight, d_shift) = self.sums.split_at_mut(width);
        let rows = self.grad.chunks_exact_mut(width);
        let rows = rows.zip(self.normed.chunks_exact(width)).zip(self.scales);
        for (number, ((grad, normed), &scale)) in rows.enumerate() {
            if let Some(draw) = self.draw {
                let first = self.first.wrapping_add(number * width) as u32;
                for (at, grad) in grad.iter_mut().enumerate() {
                    *grad *= draw.factor(first.wrapping_add(at as u32));
                }
            }
            row_backward::<FMA>(grad, normed, scale, self.weight, d_weight, d_shift);
        }
    }
}
