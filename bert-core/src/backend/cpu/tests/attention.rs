//! Attention against its formula in f64, padding and two blocks of rows included.

use super::super::attention::{self, Shape};
use super::*;

/// Query, key or value of a token.
fn part(qkv: &[f32], shape: &Shape<'_>, which: usize, sequence: usize, token: usize) -> usize {
    let hidden = shape.heads * shape.head_size;
    assert!(qkv.len() >= hidden);
    (sequence * shape.seq + token) * 3 * hidden + which * hidden
}

/// The context, and the gradient of qkv for `grad`.
fn expected(qkv: &[f32], grad: &[f32], shape: &Shape<'_>, dropout: Dropout) -> [Vec<f64>; 2] {
    let &Shape {
        seq,
        heads,
        head_size,
        lengths,
    } = shape;
    let hidden = heads * head_size;
    let scale = (head_size as f64).sqrt().recip();
    let kept = factors(dropout, lengths.len() * heads * seq * seq);
    let (mut context, mut d_qkv) = (vec![0.0; grad.len()], vec![0.0; qkv.len()]);
    for (sequence, &length) in lengths.iter().enumerate() {
        let keys = if length == 0 { seq } else { length };
        for head in 0..heads {
            let columns = head * head_size..(head + 1) * head_size;
            let at = |which, token| part(qkv, shape, which, sequence, token);
            let value = |which, token, column| f64::from(qkv[at(which, token) + column]);
            for row in 0..seq {
                let dot = |key| -> f64 {
                    let term = |column| value(0, row, column) * value(1, key, column);
                    columns.clone().map(term).sum()
                };
                let scores: Vec<f64> = (0..keys).map(|key| (dot(key) * scale).exp()).collect();
                let total: f64 = scores.iter().sum();
                let first = ((sequence * heads + head) * seq + row) * seq;
                let out = (sequence * seq + row) * hidden;
                let grad_of = |column: usize| f64::from(grad[out + column]);
                // The gradients of the probabilities before dropout, and their mean.
                let d = |key: usize| -> f64 {
                    let term = |column| grad_of(column) * value(2, key, column);
                    columns.clone().map(term).sum::<f64>() * f64::from(kept[first + key])
                };
                let p = |key: usize| scores[key] / total;
                let along: f64 = (0..keys).map(|key| p(key) * d(key)).sum();
                for key in 0..keys {
                    let dropped = p(key) * f64::from(kept[first + key]);
                    let d_score = p(key) * (d(key) - along) * scale;
                    for column in columns.clone() {
                        context[out + column] += dropped * value(2, key, column);
                        d_qkv[at(2, key) + column] += dropped * grad_of(column);
                        d_qkv[at(1, key) + column] += d_score * value(0, row, column);
                        d_qkv[at(0, row) + column] += d_score * value(1, key, column);
                    }
                }
            }
        }
    }
    [context, d_qkv]
}

#[test]
fn attention_writes_every_element_of_its_own_head_and_sequence() {
    // Two blocks of rows; under Miri a block is shorter.
    let long = if cfg!(miri) { 7 } else { 131 };
    let batches: [(usize, usize, usize, &[usize]); 6] = [
        (3, 2, 5, &[]),
        (1, 1, 1, &[1]),
        (3, 2, 5, &[3, 1, 0]),
        (2, 3, 16, &[2, 2]),
        (long, 1, 3, &[long]),
        (long, 2, 3, &[2, long, 1]),
    ];
    for (seq, heads, head_size, lengths) in batches {
        let shape = Shape {
            seq,
            heads,
            head_size,
            lengths,
        };
        let rows = lengths.len() * seq;
        let qkv = numbers(1, rows * 3 * heads * head_size);
        let grad = numbers(2, rows * heads * head_size);
        for dropout in [Dropout::NONE, ON] {
            let what = format!("{} x {seq}, {heads} heads of {head_size}", lengths.len());
            let [context, d_qkv] = expected(&qkv, &grad, &shape, dropout);
            let (found, log_sums) = attention::forward(&qkv, &shape, dropout);
            assert_close(&what, &found, &context);
            assert!(log_sums.iter().all(|sum| sum.is_finite()), "{what}");
            let found = attention::backward(&qkv, &found, &log_sums, &grad, &shape, dropout);
            assert_close(&what, &found, &d_qkv);
        }
    }
}
