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
//! - [`PretrainingHead`]: all of this as [`fit`](crate::training::fit) and
//!   [`evaluate`](crate::training::evaluate) know it.
//! - [`FillMask`]: words for the `[MASK]`s of a text, from a saved folder.

#[cfg(feature = "train")]
mod batch;
#[cfg(feature = "train")]
mod evaluation;
mod fill_mask;
#[cfg(feature = "train")]
mod head;
mod heads;
mod masked_lm;
mod model;
mod onnx;
#[cfg(feature = "train")]
mod step;

#[cfg(feature = "train")]
pub use evaluation::PretrainingEvaluation;
pub use fill_mask::{Fill, FillMask};
#[cfg(feature = "train")]
pub use head::{PretrainingHead, metrics};
pub use heads::{BertLMPredictionHead, BertPredictionHeadTransform};
pub use masked_lm::BertForMaskedLM;
pub use model::{BertForPreTraining, BertPreTrainingHeads};
#[cfg(feature = "train")]
pub use step::PretrainingOutput;
