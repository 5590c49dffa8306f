//! What BERT is pretrained on: hidden tokens, and whether one text follows another.
//!
//! - `heads`: [`BertLMPredictionHead`] on the hidden tokens; the next-sentence head is a linear
//!   layer on the pooled `[CLS]`.
//! - [`BertForPreTraining`], [`BertForMaskedLM`]: the models.
//!   [`BertForNextSentencePrediction`](crate::sequence::BertForNextSentencePrediction) is fine-tuned
//!   as every other pair of sentences is.
//! - `batch`: sequences of a corpus as the training loop sees them.
//! - `step`: the loss, a training pass and an evaluation pass over a batch.
//! - [`PretrainingEvaluation`]: the scores of the held-out documents.
//! - `task`: all of this as the training loop sees it.
//! - [`pretrain`]: from a model and a corpus to the best model.
//! - [`FillMask`]: words for the `[MASK]`s of a text, from a saved folder.

mod batch;
mod evaluation;
mod fill_mask;
mod heads;
mod masked_lm;
mod model;
mod pretrain;
mod step;
mod task;

pub use evaluation::{PretrainingEvaluation, evaluate};
pub use fill_mask::{Fill, FillMask};
pub use heads::{BertLMPredictionHead, BertPredictionHeadTransform};
pub use masked_lm::BertForMaskedLM;
pub use model::{
    BertForPreTraining, BertPreTrainingHeads, PretrainingModel, TrainablePretrainingModel,
};
pub use pretrain::{PretrainingData, pretrain};
pub use step::PretrainingOutput;
pub use task::metrics;
