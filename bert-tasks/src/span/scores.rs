//! The scores of windows, as plain numbers.

use bert_core::backend::BertBackend;
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::tensors::numbers;

/// The scores of a batch, as plain numbers: decoding knows no backend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpanScores {
    /// The windows by their place in the split.
    pub indices: Vec<usize>,
    /// `[batch, seq]`, row-major.
    pub start_logits: Vec<f32>,
    /// `[batch, seq]`, row-major.
    pub end_logits: Vec<f32>,
}

impl SpanScores {
    /// Start and end scores of each window, padding included.
    pub fn rows(&self) -> impl Iterator<Item = (&[f32], &[f32])> {
        let seq = self.start_logits.len() / self.indices.len().max(1);
        let starts = self.start_logits.chunks_exact(seq.max(1));
        starts.zip(self.end_logits.chunks_exact(seq.max(1)))
    }

    pub(super) fn new<B: BertBackend>(
        [starts, ends]: [Tensor<B, 2>; 2],
        indices: Vec<usize>,
    ) -> Self {
        Self {
            indices,
            start_logits: numbers(starts),
            end_logits: numbers(ends),
        }
    }
}
