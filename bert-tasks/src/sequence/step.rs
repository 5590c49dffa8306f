//! A pass over a batch, in training and in evaluation.

use bert_core::backend::BertBackend;
use bert_data::{Batch, Label};
use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;

use super::{BertForNextSentencePrediction, BertForSequenceClassification, SequenceModel};
use crate::steps;
use crate::tensors::{ints, numbers};
use crate::training::{BatchReport, plain_numbers};

/// What a pass says of a batch, as plain numbers: metrics know no backend.
#[derive(Clone, Debug, PartialEq)]
pub struct SequenceOutput {
    /// The examples by their place in the split.
    pub indices: Vec<usize>,
    /// Their labels.
    pub labels: Vec<usize>,
    /// `[batch, labels]`, row-major.
    pub logits: Vec<f32>,
    /// Mean cross entropy.
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
        let device = input.device();
        let logits = self.logits(input);
        let labels: Vec<usize> = batch.known_labels().filter_map(Label::class).collect();
        let classes = labels.iter().map(|&label| label as i64).collect();
        let loss = B::cross_entropy(logits.clone(), ints(classes, &device));
        let loss = match is_training {
            true => smooth(loss, &logits, self.settings().label_smoothing),
            false => loss,
        };
        let output = SequenceOutput {
            indices: batch.indices,
            labels,
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

/// The cross entropy with `share` of every label's probability spread over all labels.
///
/// Follows `LabelSmoother` in `transformers/trainer_pt_utils.py`.
fn smooth<B: BertBackend>(loss: Tensor<B, 1>, logits: &Tensor<B, 2>, share: f64) -> Tensor<B, 1> {
    if share == 0.0 {
        return loss;
    }
    let spread = log_softmax(logits.clone(), 1).mean().neg();
    loss * (1.0 - share) + spread * share
}
