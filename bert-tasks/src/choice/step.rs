//! A pass over a batch, in training and in evaluation.

use bert_core::backend::BertBackend;
use bert_data::ChoiceBatch;
use burn::tensor::{Bool, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::BertForMultipleChoice;
use crate::model::TaskModel;
use crate::steps;
use crate::tensors::{ints, numbers};
use crate::training::{BatchReport, plain_numbers};

/// What a pass says of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChoiceOutput {
    /// The questions by their place in the split.
    pub indices: Vec<usize>,
    /// The scores of each question's choices.
    pub scores: Vec<Vec<f32>>,
    /// Mean cross entropy.
    pub loss: f64,
}

impl BatchReport for ChoiceOutput {
    fn loss(&self) -> f64 {
        self.loss
    }

    fn indices(&self) -> &[usize] {
        &self.indices
    }
}

/// A score that no choice has: its share of a softmax is 0.
const NOT_A_CHOICE: f32 = -1e9;

impl<B: BertBackend> BertForMultipleChoice<B> {
    fn pass(&self, batch: ChoiceBatch, _is_training: bool) -> (Tensor<B, 1>, ChoiceOutput) {
        let input = self
            .input(&batch.tokens)
            .expect("the data set was checked against the model");
        let device = input.device();
        let scores = self.forward(input);

        // A row a question, as wide as the one with the most choices.
        let questions = batch.rows.len();
        let width = batch.rows.iter().copied().max().unwrap_or(0);
        let (mut places, mut is_none) = (Vec::new(), Vec::new());
        let mut first = 0;
        for &choices in &batch.rows {
            let place = |at| if at < choices { first + at } else { 0 };
            places.extend((0..width).map(|at| place(at) as i64));
            is_none.extend((0..width).map(|at| at >= choices));
            first += choices;
        }
        let is_none = TensorData::new(is_none, [questions, width]);
        let is_none = Tensor::<B, 2, Bool>::from_data(is_none, &device);
        let rows = scores.clone().select(0, ints(places, &device));
        let rows = rows.reshape([questions, width]);
        let rows = rows.mask_fill(is_none, NOT_A_CHOICE);
        let labels = batch.known_labels().map(|&label| label as i64).collect();
        let loss = B::cross_entropy(rows, ints(labels, &device));

        let scores = numbers(scores);
        let mut rest = scores.as_slice();
        let own = |&choices: &usize| rest.split_off(..choices).unwrap_or_default().to_vec();
        let output = ChoiceOutput {
            scores: batch.rows.iter().map(own).collect(),
            indices: batch.indices,
            loss: f64::from(numbers(loss.clone())[0]),
        };
        (loss, output)
    }
}

plain_numbers!(ChoiceOutput);
steps!(ChoiceBatch => ChoiceOutput: BertForMultipleChoice);
