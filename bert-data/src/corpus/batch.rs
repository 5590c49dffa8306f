//! A batch of sequences with what is to be predicted in them.

use std::iter::Sum;

use serde::{Deserialize, Serialize};

use super::{PretrainingCorpus, PretrainingExample};
use crate::batch::{NO_LABEL, PaddedBatch, Padding};
use crate::encode::Encoding;

/// Sequences for pretraining, their hidden tokens and whether their Bs follow their As.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PretrainingBatch {
    /// The tokens.
    pub tokens: PaddedBatch,
    /// The sequences by their place in the corpus, `[batch]`.
    pub indices: Vec<usize>,
    /// Places of the tokens to predict in the rows of `tokens` laid end to end, row *
    /// `seq_len` + column, ascending, `[predictions]`.
    pub masked_positions: Vec<i64>,
    /// The token of the text at each of these places, `[predictions]`.
    pub masked_labels: Vec<i64>,
    /// 0 if B follows A in the text, 1 if it does not, [`NO_LABEL`] without B,
    /// `[batch]`.
    pub next_sentence_labels: Vec<i64>,
    /// What is in all batches whose gradients make one step, this one included; absent where it is
    /// the only one.
    pub step: Option<StepTotals>,
}

/// What is in all batches of an optimizer step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTotals {
    /// Sequences.
    pub sequences: usize,
    /// Hidden tokens.
    pub masked_tokens: usize,
}

impl Sum for StepTotals {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |sum, part| Self {
            sequences: sum.sequences + part.sequences,
            masked_tokens: sum.masked_tokens + part.masked_tokens,
        })
    }
}

impl PretrainingBatch {
    /// Of all of `batches` together.
    pub fn totals(batches: &[Self]) -> StepTotals {
        StepTotals {
            sequences: batches.iter().map(|batch| batch.tokens.batch_size).sum(),
            masked_tokens: batches.iter().map(|batch| batch.masked_labels.len()).sum(),
        }
    }

    /// What the mean loss of the hidden tokens is multiplied with, so that the mean over the
    /// sequences of the step's batches is the mean over all its hidden tokens: the hidden tokens a
    /// sequence in this batch, divided by those in the whole step. 1 where there is one batch, 0
    /// where nothing is hidden.
    pub fn masked_lm_weight(&self) -> f64 {
        let own = Self::totals(std::slice::from_ref(self));
        match self.step {
            _ if own.masked_tokens == 0 => 0.0,
            None => 1.0,
            Some(step) => {
                let (here, all) = (own.masked_tokens as f64, step.masked_tokens as f64);
                here * step.sequences as f64 / (all * own.sequences as f64)
            }
        }
    }

    /// The same sequences as `parts` batches of nearly equal size; fewer where there are fewer
    /// rows. All are of the same step as before.
    pub fn split(self, parts: usize) -> Vec<Self> {
        let (mut first_row, mut first_prediction) = (0, 0);
        let part = |tokens: PaddedBatch| {
            let rows = first_row..first_row + tokens.batch_size;
            let begin = (rows.start * tokens.seq_len) as i64;
            let end = (rows.end * tokens.seq_len) as i64;
            let found = self.masked_positions.partition_point(|&place| place < end);
            let predictions = first_prediction..found;
            (first_row, first_prediction) = (rows.end, found);
            let places = self.masked_positions[predictions.clone()].iter();
            Self {
                masked_positions: places.map(|place| place - begin).collect(),
                masked_labels: self.masked_labels[predictions].to_vec(),
                indices: self.indices[rows.clone()].to_vec(),
                next_sentence_labels: self.next_sentence_labels[rows].to_vec(),
                step: self.step,
                tokens,
            }
        };
        self.tokens.split(parts).into_iter().map(part).collect()
    }
}

impl PretrainingCorpus {
    /// Lays out the sequences at `indices` as a batch, masked by `seed` as
    /// [`example`](Self::example) does: rows of `max_seq_length` tokens with [`Padding::Max`], of
    /// as many as the longest of them has otherwise.
    ///
    /// # Panics
    /// If an index is not below [`len`](Self::len).
    pub fn batch(&self, indices: &[usize], padding: Padding, seed: u64) -> PretrainingBatch {
        let width = match padding {
            Padding::Max => self.config().max_seq_length,
            _ => 0,
        };
        let mut encodings = Vec::with_capacity(indices.len());
        let mut predictions = Vec::with_capacity(indices.len());
        let mut next_sentence_labels = Vec::with_capacity(indices.len());
        for &index in indices {
            let PretrainingExample {
                input_ids,
                token_type_ids,
                masked_positions,
                masked_labels,
                next_sentence_label,
            } = self.example(index, seed);
            encodings.push(Encoding {
                input_ids,
                token_type_ids,
                num_truncated_tokens: 0,
            });
            predictions.push((masked_positions, masked_labels));
            next_sentence_labels.push(next_sentence_label.map_or(NO_LABEL, i64::from));
        }
        let tokens = PaddedBatch::new(encodings.iter(), width, self.corpus().special().pad);
        let mut batch = PretrainingBatch {
            tokens,
            indices: indices.to_vec(),
            masked_positions: Vec::new(),
            masked_labels: Vec::new(),
            next_sentence_labels,
            step: None,
        };
        for (row, (positions, labels)) in predictions.into_iter().enumerate() {
            let first = row * batch.tokens.seq_len;
            let places = positions.into_iter().map(|at| (first + at) as i64);
            batch.masked_positions.extend(places);
            batch
                .masked_labels
                .extend(labels.into_iter().map(i64::from));
        }
        batch
    }
}
