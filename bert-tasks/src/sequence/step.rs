//! A pass over a batch, in training and in evaluation.

use bert_core::backend::{BertAutodiffBackend, BertBackend};
use bert_data::batch::PaddedBatch;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor, TensorData};
use burn::train::metric::Adaptor;
use burn::train::{InferenceStep, ItemLazy, TrainOutput, TrainStep};

use super::{BertForNextSentencePrediction, BertForSequenceClassification, SequenceModel};
use crate::model::TaskModel;
use crate::scores::argmax;
use crate::training::BatchReport;

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

    /// The label with the highest score of each example; the first of equals.
    pub fn predictions(&self) -> impl Iterator<Item = usize> {
        self.rows().map(argmax)
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

impl ItemLazy for SequenceOutput {
    type ItemSync = Self;

    fn sync(self) -> Self {
        self
    }
}

impl Adaptor<SequenceOutput> for SequenceOutput {
    fn adapt(&self) -> SequenceOutput {
        self.clone()
    }
}

/// The loss as a tensor, for its gradients, and the rest as numbers.
///
/// The batch has to fit the model and have a label on every example: a data set is checked against
/// the model once, by [`fit`](crate::training::fit) and
/// [`evaluate`](crate::training::evaluate), not at each
/// of its batches.
fn pass<B: BertBackend, M: SequenceModel<B>>(
    model: &M,
    batch: PaddedBatch,
    smoothing: f64,
) -> (Tensor<B, 1>, SequenceOutput) {
    let input = model
        .input(&batch)
        .expect("the data set was checked against the model");
    let device = input.device();
    let logits = model.logits(input);
    let labels = TensorData::new(batch.labels.clone(), [batch.batch_size]);
    let labels = Tensor::<B, 1, Int>::from_data(labels, &device);
    let loss = smooth(B::cross_entropy(logits.clone(), labels), &logits, smoothing);

    let numbers = |data: TensorData| {
        data.convert::<f32>()
            .into_vec::<f32>()
            .expect("converted to f32 in this line")
    };
    let output = SequenceOutput {
        indices: batch.indices,
        labels: batch.labels.iter().map(|&label| label as usize).collect(),
        logits: numbers(logits.into_data()),
        loss: f64::from(numbers(loss.to_data())[0]),
    };
    (loss, output)
}

/// The models learn and are evaluated alike.
macro_rules! steps {
    ($($model:ident),*) => {$(
        impl<B: BertAutodiffBackend> TrainStep for $model<B> {
            type Input = PaddedBatch;
            type Output = SequenceOutput;

            fn step(&self, batch: PaddedBatch) -> TrainOutput<SequenceOutput> {
                let (loss, output) = pass(self, batch, self.settings().label_smoothing);
                TrainOutput::new(self, loss.backward(), output)
            }
        }

        impl<B: BertBackend> InferenceStep for $model<B> {
            type Input = PaddedBatch;
            type Output = SequenceOutput;

            fn step(&self, batch: PaddedBatch) -> SequenceOutput {
                pass(self, batch, 0.0).1
            }
        }
    )*};
}

steps!(BertForSequenceClassification, BertForNextSentencePrediction);

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
