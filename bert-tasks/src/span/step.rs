//! A pass over a batch, in training and in evaluation.

use bert_core::backend::{BertAutodiffBackend, BertBackend};
use bert_data::{Span, SpanBatch};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use burn::train::{InferenceStep, TrainOutput, TrainStep};
use serde::{Deserialize, Serialize};

use super::{BertForQuestionAnswering, SpanScores};
use crate::model::TaskModel;
use crate::tensors::{ints, numbers};
use crate::training::{BatchReport, plain_numbers};

/// What a pass says of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpanOutput {
    /// Of every token.
    pub scores: SpanScores,
    /// Mean of the cross entropies of starts and ends.
    pub loss: f64,
}

impl BatchReport for SpanOutput {
    fn loss(&self) -> f64 {
        self.loss
    }

    fn indices(&self) -> &[usize] {
        &self.scores.indices
    }
}

plain_numbers!(SpanOutput);

impl<B: BertBackend> BertForQuestionAnswering<B> {
    /// The loss as a tensor, for its gradients, and the rest as numbers.
    ///
    /// As in `transformers`, the softmax is over every token of the row; that only tokens of the
    /// passage can be answers is a matter of decoding.
    fn pass(&self, batch: SpanBatch) -> (Tensor<B, 1>, SpanOutput) {
        let input = self
            .input(&batch.tokens)
            .expect("the data set was checked against the model");
        let device = input.device();
        let [starts, ends] = self.forward(&input);
        let cross_entropy = |logits: &Tensor<B, 2>, place: fn(&Span) -> usize| {
            let places = batch.known_labels().map(|span| place(span) as i64);
            B::cross_entropy(logits.clone(), ints(places.collect(), &device))
        };
        let loss = (cross_entropy(&starts, |span| span.start)
            + cross_entropy(&ends, |span| span.end))
            / 2.0;
        let output = SpanOutput {
            scores: SpanScores::new([starts, ends], batch.indices),
            loss: f64::from(numbers(loss.clone())[0]),
        };
        (loss, output)
    }
}

impl<B: BertAutodiffBackend> TrainStep for BertForQuestionAnswering<B> {
    type Input = SpanBatch;
    type Output = SpanOutput;

    fn step(&self, batch: SpanBatch) -> TrainOutput<SpanOutput> {
        let (loss, output) = self.pass(batch);
        let mut output = TrainOutput::new(self, loss.backward(), output);
        self.leave_padding(&mut output.grads);
        output
    }
}

impl<B: BertAutodiffBackend> BertForQuestionAnswering<B> {
    /// The embedding of `[PAD]` is not learned, as in `transformers` (`padding_idx`). Only here does
    /// it take doing: the softmax over the whole row gives padding a gradient.
    fn leave_padding(&self, grads: &mut GradientsParams) {
        let Some(pad) = self.config().padding_idx() else {
            return;
        };
        let word = self.bert.embeddings.word_embeddings.weight.id;
        if let Some(grad) = grads.remove::<B::InnerBackend, 2>(word) {
            let [_, hidden] = grad.dims();
            let zeros = Tensor::zeros([1, hidden], &grad.device());
            let grad = grad.slice_assign([pad..pad + 1, 0..hidden], zeros);
            grads.register::<B::InnerBackend, 2>(word, grad);
        }
    }
}

impl<B: BertBackend> InferenceStep for BertForQuestionAnswering<B> {
    type Input = SpanBatch;
    type Output = SpanOutput;

    fn step(&self, batch: SpanBatch) -> SpanOutput {
        self.pass(batch).1
    }
}
