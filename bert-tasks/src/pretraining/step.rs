//! A pass over a batch, in training and in evaluation.

use bert_core::backend::{BertAutodiffBackend, BertBackend};
use bert_data::batch::NO_LABEL;
use bert_data::corpus::PretrainingBatch;
use burn::tensor::{Device, Int, Tensor, TensorData};
use burn::train::{InferenceStep, ItemLazy, TrainOutput, TrainStep};

use super::{BertForMaskedLM, BertForPreTraining};
use crate::model::TaskModel;
use crate::training::BatchReport;

/// What a pass says of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PretrainingOutput {
    /// The sequences by their place in the corpus.
    pub indices: Vec<usize>,
    /// What is learned: the sum of both mean losses, as in `transformers`.
    pub loss: f64,
    /// Of the hidden tokens.
    pub masked_lm: Predicted,
    /// Of the next sentence; of nothing in a model without that head.
    pub next_sentence: Predicted,
}

/// How well something was predicted in a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Predicted {
    /// Mean cross entropy; 0 where there is nothing to predict.
    pub loss: f64,
    /// Things to predict.
    pub total: usize,
    /// Those that were predicted right; counted in evaluations only.
    pub correct: usize,
}

impl BatchReport for PretrainingOutput {
    fn loss(&self) -> f64 {
        self.loss
    }

    fn indices(&self) -> &[usize] {
        &self.indices
    }
}

impl ItemLazy for PretrainingOutput {
    type ItemSync = Self;

    fn sync(self) -> Self {
        self
    }
}

fn ints<B: BertBackend>(values: Vec<i64>, device: &Device<B>) -> Tensor<B, 1, Int> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}

fn number<B: BertBackend>(tensor: Tensor<B, 1>) -> f64 {
    let data = tensor.into_data().convert::<f64>();
    data.into_vec::<f64>().expect("converted in the line above")[0]
}

/// The loss of some rows of scores as a tensor, and what is said of it.
fn predict<B: BertBackend>(
    logits: Tensor<B, 2>,
    labels: Vec<i64>,
    count_correct: bool,
) -> (Tensor<B, 1>, Predicted) {
    let total = labels.len();
    let labels = ints::<B>(labels, &logits.device());
    let correct = match count_correct {
        false => 0,
        // On the device: the scores of a vocabulary are many.
        true => {
            let best = logits.clone().argmax(1).squeeze_dim::<1>(1);
            let sum = best.equal(labels.clone()).int().sum().into_data();
            sum.convert::<i64>()
                .into_vec::<i64>()
                .expect("converted in this line")[0] as usize
        }
    };
    let loss = B::cross_entropy(logits, labels);
    let predicted = Predicted {
        loss: number(loss.clone()),
        total,
        correct,
    };
    (loss, predicted)
}

impl<B: BertBackend> BertForPreTraining<B> {
    fn pass(
        &self,
        batch: PretrainingBatch,
        count_correct: bool,
    ) -> (Tensor<B, 1>, PretrainingOutput) {
        let input = self.input(&batch.tokens);
        let input = input.expect("the corpus was checked against the model");
        let places = ints::<B>(batch.masked_positions, &input.device());
        let (tokens, next) = self.forward(input, places);
        let (mut loss, masked_lm) = predict(tokens, batch.masked_labels, count_correct);
        let mut next_sentence = Predicted::default();
        if !batch.next_sentence_labels.contains(&NO_LABEL) {
            let (more, predicted) = predict(next, batch.next_sentence_labels, count_correct);
            loss = loss + more;
            next_sentence = predicted;
        }
        let output = PretrainingOutput {
            indices: batch.tokens.indices,
            loss: masked_lm.loss + next_sentence.loss,
            masked_lm,
            next_sentence,
        };
        (loss, output)
    }
}

impl<B: BertBackend> BertForMaskedLM<B> {
    fn pass(
        &self,
        batch: PretrainingBatch,
        count_correct: bool,
    ) -> (Tensor<B, 1>, PretrainingOutput) {
        let input = self.input(&batch.tokens);
        let input = input.expect("the corpus was checked against the model");
        let places = ints::<B>(batch.masked_positions, &input.device());
        let tokens = self.forward(&input, places);
        let (loss, masked_lm) = predict(tokens, batch.masked_labels, count_correct);
        let output = PretrainingOutput {
            indices: batch.tokens.indices,
            loss: masked_lm.loss,
            masked_lm,
            next_sentence: Predicted::default(),
        };
        (loss, output)
    }
}

/// Both models learn and are evaluated alike.
macro_rules! steps {
    ($($model:ident),*) => {$(
        impl<B: BertAutodiffBackend> TrainStep for $model<B> {
            type Input = PretrainingBatch;
            type Output = PretrainingOutput;

            fn step(&self, batch: PretrainingBatch) -> TrainOutput<PretrainingOutput> {
                let (loss, output) = self.pass(batch, false);
                TrainOutput::new(self, loss.backward(), output)
            }
        }

        impl<B: BertBackend> InferenceStep for $model<B> {
            type Input = PretrainingBatch;
            type Output = PretrainingOutput;

            fn step(&self, batch: PretrainingBatch) -> PretrainingOutput {
                self.pass(batch, true).1
            }
        }
    )*};
}

steps!(BertForPreTraining, BertForMaskedLM);
