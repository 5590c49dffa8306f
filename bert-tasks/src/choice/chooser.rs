//! Choices from a saved folder.

use std::num::NonZeroUsize;
use std::path::Path;

use bert_core::backend::BertBackend;
use bert_data::batch::{Padding, eval_batches};
use bert_data::{ChoiceExample, EncodedChoices};
use burn::tensor::Tensor;

use super::BertForMultipleChoice;
use crate::folder::ModelFolder;
use crate::metrics::not_finite;
use crate::prediction::{Forward, PredictionError, Prepared, load};
use crate::scores::{argmax, probabilities};
use crate::tensors::numbers;

/// Picks the right one of several choices.
pub struct Chooser<B: BertBackend> {
    model: Prepared<B, Forward<B, Tensor<B, 1>>>,
    folder: ModelFolder,
}

/// What is chosen for a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Its number among the choices, from 0.
    pub choice: usize,
    /// The probability of each: the softmax of their scores.
    pub probabilities: Vec<f64>,
    /// Tokens that were cut off to fit the model, where most were.
    pub num_truncated_tokens: usize,
}

/// Questions that go through the model at once.
const QUESTIONS: NonZeroUsize = NonZeroUsize::new(8).expect("written here, above zero");

impl<B: BertBackend> Chooser<B> {
    /// Opens a model that [`fit`](crate::training::fit) or `transformers` has saved, by its folder
    /// or its name on the hub ([`Pretrained`](crate::Pretrained)).
    ///
    /// # Errors
    /// When a file is missing or wrong, or the model has no such head.
    pub fn from_pretrained(
        name: impl AsRef<Path>,
        device: &B::Device,
    ) -> Result<Self, PredictionError> {
        let (opened, folder) = ModelFolder::from_pretrained(name)?;
        let model = load(&opened, &folder, device)?;
        Ok(Self::new(model, opened))
    }

    /// Of a model that is there.
    pub fn new(model: BertForMultipleChoice<B>, folder: ModelFolder) -> Self {
        let model = Prepared::new(model, |model: BertForMultipleChoice<B>| {
            Box::new(model.prepare()) as Box<_>
        });
        Self { model, folder }
    }

    /// The choice for each question, in their order.
    ///
    /// # Errors
    /// When a question has no choice, or what the model says of one is not finite.
    pub fn choose(&self, questions: &[ChoiceExample]) -> Result<Vec<Choice>, PredictionError> {
        let is_empty = |question: &ChoiceExample| question.choices.is_empty();
        if let Some(index) = questions.iter().position(is_empty) {
            return Err(PredictionError::NoChoices { index });
        }
        let positions = self.model.settings.config.max_sequence_length();
        let encoded = EncodedChoices::encode_choices(&self.folder.tokenizer, questions, positions)?;
        let cut = |index| {
            let rows = encoded.rows(index).iter();
            rows.map(|row| row.num_truncated_tokens).max().unwrap_or(0)
        };
        let mut chosen: Vec<Option<Choice>> = vec![None; questions.len()];
        for places in eval_batches(encoded.lengths(), QUESTIONS, Padding::Grouped) {
            let batch = encoded.batch(&places, Padding::Grouped);
            let scores = (self.model.forward)(&self.model.input(&batch.tokens)?);
            let scores = numbers(scores);
            let mut rest = scores.as_slice();
            for (&index, &choices) in places.iter().zip(&batch.rows) {
                let (row, others) = rest.split_at(choices);
                rest = others;
                if let Some(value) = not_finite(row) {
                    let what = "question";
                    return Err(PredictionError::NotFinite { what, index, value });
                }
                chosen[index] = Some(Choice {
                    choice: argmax(row),
                    probabilities: probabilities(row),
                    num_truncated_tokens: cut(index),
                });
            }
        }
        Ok(chosen.into_iter().flatten().collect())
    }
}
