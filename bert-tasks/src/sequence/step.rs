//! A pass over a batch, in training and in evaluation.

use bert_core::backend::BertBackend;
use bert_data::{Batch, Label};
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::loss::loss;
use super::pooling::pool;
use super::{BertForNextSentencePrediction, BertForSequenceClassification, SequenceModel};
use crate::steps;
use crate::tensors::numbers;
use crate::training::{BatchReport, plain_numbers};

/// What a pass says of a batch, as plain numbers: metrics know no backend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SequenceOutput {
    /// The examples by their place in the split.
    pub indices: Vec<usize>,
    /// Their labels.
    pub labels: Vec<Label>,
    /// `[batch, labels]`, row-major.
    pub logits: Vec<f32>,
    /// Mean loss.
    pub loss: f64,
}

impl SequenceOutput {
    /// The logits of each example.
    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.logits
            .chunks_exact(self.logits.len() / self.indices.len().max(1))
    }
}

impl BatchReport for SequenceOutput {
    fn loss(&self) -> f64 {
        self.loss
    }

    fn indices(&self) -> &[usize] {
        &self.indices
    }
}

/// A pass of any model that gives a text one label.
pub trait SequencePass<B: BertBackend>: SequenceModel<B> {
    /// The loss as a tensor, for its gradients, and the rest as numbers.
    ///
    /// The batch has to fit the model and have a label on every example: a data set is checked
    /// against the model once, by [`fit`](crate::training::fit) and
    /// [`evaluate`](crate::training::evaluate), not at each of its batches.
    fn pass(&self, batch: Batch<Label>, is_training: bool) -> (Tensor<B, 1>, SequenceOutput) {
        let input = self
            .input(&batch.tokens)
            .expect("the data set was checked against the model");
        let logits = pool(self.logits(input), &batch.rows, batch.pooling);
        let labels: Vec<&Label> = batch.known_labels().collect();
        let loss = loss(logits.clone(), &labels, self.settings(), is_training);
        let output = SequenceOutput {
            labels: labels.into_iter().cloned().collect(),
            indices: batch.indices,
            logits: numbers(logits),
            loss: f64::from(numbers(loss.clone())[0]),
        };
        (loss, output)
    }
}

impl<B: BertBackend, M: SequenceModel<B>> SequencePass<B> for M {}

plain_numbers!(SequenceOutput);
steps!(
    Batch<Label> => SequenceOutput: BertForSequenceClassification, BertForNextSentencePrediction
);
