//! A pass over a batch, in training and in evaluation.

use bert_core::backend::BertBackend;
use bert_data::batch::NO_LABEL;
use bert_data::corpus::PretrainingBatch;
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::{BertForMaskedLM, BertForPreTraining};
use crate::model::TaskModel;
use crate::steps;
use crate::tensors::ints;
use crate::training::{BatchReport, plain_numbers};

/// What a pass says of a batch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PretrainingOutput {
    /// The sequences by their place in the corpus.
    pub indices: Vec<usize>,
    /// What is learned: the sum of both mean losses, as in `transformers`. In one of several passes
    /// of a step, that of the hidden tokens counts by its share of them, see
    /// [`PretrainingBatch::masked_lm_weight`].
    pub loss: f64,
    /// Of the hidden tokens.
    pub masked_lm: Predicted,
    /// Of the next sentence; of nothing in a model without that head.
    pub next_sentence: Predicted,
}

/// How well something was predicted in a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Predicted {
    /// Mean cross entropy; 0 where there is nothing to predict.
    pub loss: f64,
    /// Things to predict.
    pub total: usize,
    /// Those that were predicted right; counted in evaluations only.
    pub correct: usize,
    /// A score that is infinite or not a number; looked for in evaluations only.
    pub odd_score: Option<f64>,
}

impl BatchReport for PretrainingOutput {
    fn loss(&self) -> f64 {
        self.loss
    }

    fn indices(&self) -> &[usize] {
        &self.indices
    }
}

fn number<B: BertBackend>(tensor: Tensor<B, 1>) -> f64 {
    let data = tensor.into_data().convert::<f64>();
    data.into_vec::<f64>().expect("converted in the line above")[0]
}

/// The loss of some rows of scores as a tensor, and what is said of it.
fn predict<B: BertBackend>(
    logits: Tensor<B, 2>,
    labels: Vec<i64>,
    evaluates: bool,
) -> (Tensor<B, 1>, Predicted) {
    let total = labels.len();
    let labels = ints::<B>(labels, &logits.device());
    let (mut correct, mut odd_score) = (0, None);
    if evaluates {
        // On the device: the scores of a vocabulary are many.
        let best = logits.clone().argmax(1).squeeze_dim::<1>(1);
        let sum = best.equal(labels.clone()).int().sum().into_data();
        let sum = sum.convert::<i64>().into_vec::<i64>();
        correct = sum.expect("converted in the line above")[0] as usize;
        // Every other number that is none makes the loss one, too.
        odd_score = Some(number(logits.clone().min())).filter(|lowest| !lowest.is_finite());
    }
    let loss = B::cross_entropy(logits, labels);
    let predicted = Predicted {
        loss: number(loss.clone()),
        total,
        correct,
        odd_score,
    };
    (loss, predicted)
}

/// Places of the hidden tokens, and the tokens there. A text may have none that can be hidden; a
/// place whose loss then counts for nothing stands for them.
fn hidden(batch: &mut PretrainingBatch) -> (Vec<i64>, Vec<i64>) {
    let places = std::mem::take(&mut batch.masked_positions);
    let labels = std::mem::take(&mut batch.masked_labels);
    match places.is_empty() {
        true => (vec![0], vec![0]),
        false => (places, labels),
    }
}

/// The loss of the hidden tokens with its weight in the step, and what is said of them.
fn weighed<B: BertBackend>(
    loss: Tensor<B, 1>,
    predicted: Predicted,
    weight: f64,
) -> (Tensor<B, 1>, f64, Predicted) {
    match weight {
        1.0 => (loss, predicted.loss, predicted),
        0.0 => (loss * 0.0, 0.0, Predicted::default()),
        weight => (loss * weight, predicted.loss * weight, predicted),
    }
}

impl<B: BertBackend> BertForPreTraining<B> {
    fn pass(
        &self,
        mut batch: PretrainingBatch,
        is_training: bool,
    ) -> (Tensor<B, 1>, PretrainingOutput) {
        let input = self.input(&batch.tokens);
        let input = input.expect("the corpus was checked against the model");
        let weight = batch.masked_lm_weight();
        let (places, labels) = hidden(&mut batch);
        let places = ints::<B>(places, &input.device());
        let (tokens, next) = self.forward(input, places);
        let (loss, masked_lm) = predict(tokens, labels, !is_training);
        let (mut loss, mut sum, masked_lm) = weighed(loss, masked_lm, weight);
        let mut next_sentence = Predicted::default();
        if !batch.next_sentence_labels.contains(&NO_LABEL) {
            let (more, predicted) = predict(next, batch.next_sentence_labels, !is_training);
            (loss, sum) = (loss + more, sum + predicted.loss);
            next_sentence = predicted;
        }
        let output = PretrainingOutput {
            indices: batch.indices,
            loss: sum,
            masked_lm,
            next_sentence,
        };
        (loss, output)
    }
}

impl<B: BertBackend> BertForMaskedLM<B> {
    fn pass(
        &self,
        mut batch: PretrainingBatch,
        is_training: bool,
    ) -> (Tensor<B, 1>, PretrainingOutput) {
        let input = self.input(&batch.tokens);
        let input = input.expect("the corpus was checked against the model");
        let weight = batch.masked_lm_weight();
        let (places, labels) = hidden(&mut batch);
        let places = ints::<B>(places, &input.device());
        let tokens = self.forward(&input, places);
        let (loss, masked_lm) = predict(tokens, labels, !is_training);
        let (loss, sum, masked_lm) = weighed(loss, masked_lm, weight);
        let output = PretrainingOutput {
            indices: batch.indices,
            loss: sum,
            masked_lm,
            next_sentence: Predicted::default(),
        };
        (loss, output)
    }
}

plain_numbers!(PretrainingOutput);
steps!(PretrainingBatch => PretrainingOutput: BertForPreTraining, BertForMaskedLM);
