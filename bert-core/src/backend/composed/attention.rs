//! Multi-head self-attention.

use std::sync::Arc;

use burn::tensor::{Tensor, activation::softmax, backend::Backend};

use super::{apply, mask, to_type, widen};
use crate::backend::{AttentionSpec, BertBackend, Dropout, Saved, shapes};

/// See [`BertBackend::self_attention_saving`].
pub fn forward<B: Backend>(qkv: Tensor<B, 2>, spec: &AttentionSpec<B>) -> (Tensor<B, 2>, Saved<B>) {
    let &AttentionSpec {
        batch, seq, heads, ..
    } = spec;
    let mask = mask([batch, heads, seq, seq], spec.dropout, &qkv.device());
    forward_with(qkv, spec, mask)
}

/// With a given mask on the probabilities, `[batch, heads, seq, seq]`.
pub fn forward_with<B: Backend>(
    qkv: Tensor<B, 2>,
    spec: &AttentionSpec<B>,
    mask: Option<Tensor<B, 4>>,
) -> (Tensor<B, 2>, Saved<B>) {
    let value = part(&qkv, 2, spec);
    let probabilities = probabilities(qkv, spec);
    let context = apply(probabilities.clone(), mask.clone()).matmul(value);
    let saved = Saved::new().with(probabilities).with_some(mask);
    (merge(context), saved)
}

/// See [`BertBackend::ragged_self_attention`]: one sequence after another.
pub fn ragged<B: BertBackend>(qkv: Tensor<B, 2>, heads: usize, lengths: &[usize]) -> Tensor<B, 2> {
    shapes::ragged_self_attention(&qkv, heads, lengths);
    let mut next = 0;
    let sequences = lengths.iter().filter(|&&length| length > 0);
    let contexts: Vec<_> = sequences
        .map(|&length| {
            let rows = qkv.clone().slice_dim(0, next..next + length);
            next += length;
            let spec = AttentionSpec {
                batch: 1,
                seq: length,
                heads,
                lengths: Arc::new([length]),
                bias: None,
                dropout: Dropout::NONE,
            };
            B::self_attention(rows, &spec)
        })
        .collect();
    match contexts.is_empty() {
        true => {
            let width = qkv.dims()[1] / 3;
            qkv.slice_dim(1, 0..width)
        }
        false => Tensor::cat(contexts, 0),
    }
}

/// `softmax(q k^T / sqrt(head size) + mask)`, before dropout.
///
/// # Shapes
/// - qkv `[batch * seq, 3 * hidden]`, output `[batch, heads, seq, seq]`
pub fn probabilities<B: Backend>(qkv: Tensor<B, 2>, spec: &AttentionSpec<B>) -> Tensor<B, 4> {
    shapes::self_attention(&qkv, spec);
    // The query is scaled rather than the scores: seq / head_size times less to multiply. Before
    // its dimensions are swapped, because burn-tch would scale a swapped view in place, in qkv.
    let hidden = qkv.dims()[1] / 3;
    let query = qkv.clone().slice_dim(1, 0..hidden);
    let query = split(query.mul_scalar(scale(&qkv, spec)), spec);
    let key = part(&qkv, 1, spec);
    let scores = query.matmul(key.swap_dims(2, 3));
    let scores = match &spec.bias {
        Some(bias) => scores + bias.clone(),
        None => scores,
    };
    let dtype = scores.dtype();
    to_type(softmax(widen(scores), 3), dtype)
}

/// See [`BertBackend::self_attention_backward`].
pub fn backward<B: Backend>(
    qkv: Tensor<B, 2>,
    mut saved: Saved<B>,
    grad: Tensor<B, 2>,
    spec: &AttentionSpec<B>,
) -> Tensor<B, 2> {
    shapes::self_attention_backward(&qkv, &grad, spec);
    let mask = saved.pop_mask(spec.dropout);
    let scores = [spec.batch, spec.heads, spec.seq, spec.seq];
    let what = "the probabilities";
    let probabilities = shapes::saved("self_attention_backward", what, &mut saved, scores);
    let [query, key, value] = [0, 1, 2].map(|i| part(&qkv, i, spec));
    let scale = scale(&qkv, spec);
    let grad = split(grad, spec);

    let dropped = apply(probabilities.clone(), mask.clone());
    let d_value = dropped.swap_dims(2, 3).matmul(grad.clone());
    let d_probabilities = apply(grad.matmul(value.swap_dims(2, 3)), mask);
    // Backward through softmax: p (dp - sum(p dp)).
    let dtype = probabilities.dtype();
    let probabilities = widen(probabilities);
    let weighted = probabilities.clone() * widen(d_probabilities);
    let d_scores = weighted.clone() - probabilities * weighted.sum_dim(3);
    let d_scores = to_type(d_scores.mul_scalar(scale), dtype);
    let d_query = d_scores.clone().matmul(key);
    let d_key = d_scores.swap_dims(2, 3).matmul(query);
    Tensor::cat([d_query, d_key, d_value].map(merge).to_vec(), 1)
}

fn scale<B: Backend>(qkv: &Tensor<B, 2>, spec: &AttentionSpec<B>) -> f64 {
    let head_size = qkv.dims()[1] / 3 / spec.heads;
    (head_size as f64).sqrt().recip()
}

/// Query (0), key (1) or value (2) as `[batch, heads, seq, head size]`.
fn part<B: Backend>(qkv: &Tensor<B, 2>, i: usize, spec: &AttentionSpec<B>) -> Tensor<B, 4> {
    let hidden = qkv.dims()[1] / 3;
    split(qkv.clone().slice_dim(1, i * hidden..(i + 1) * hidden), spec)
}

/// `[batch * seq, hidden]` to `[batch, heads, seq, head size]`.
fn split<B: Backend>(x: Tensor<B, 2>, spec: &AttentionSpec<B>) -> Tensor<B, 4> {
    let head_size = x.dims()[1] / spec.heads;
    x.reshape([spec.batch, spec.seq, spec.heads, head_size])
        .swap_dims(1, 2)
}

/// The reverse of [`split`].
fn merge<B: Backend>(x: Tensor<B, 4>) -> Tensor<B, 2> {
    let [batch, heads, seq, head_size] = x.dims();
    x.swap_dims(1, 2).reshape([batch * seq, heads * head_size])
}
