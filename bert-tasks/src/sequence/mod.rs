//! One label for a sentence or a pair of sentences.
//!
//! - [`BertForSequenceClassification`]: the model: BERT, dropout, a linear layer on `[CLS]`;
//!   [`BertForNextSentencePrediction`]: the same with the head that BERT was pretrained with.
//! - `step`: the loss (cross entropy), a training pass and an evaluation pass over a batch,
//!   [`SequenceOutput`].
//! - [`SequenceEvaluation`]: the scores of a whole split.
//! - `details`: its confusion matrix and hardest examples, for displays.
//! - [`SequenceHead`]: all of this as [`fit`](crate::training::fit) and
//!   [`evaluate`](crate::training::evaluate) know it.
//! - [`Classifier`]: labels from a saved folder.

mod classifier;
#[cfg(feature = "train")]
mod details;
#[cfg(feature = "train")]
mod evaluation;
#[cfg(feature = "train")]
mod head;
mod model;
#[cfg(feature = "train")]
mod step;
#[cfg(feature = "train")]
mod trainer;

pub use classifier::{Classification, Classifier};
#[cfg(feature = "train")]
pub use evaluation::SequenceEvaluation;
#[cfg(feature = "train")]
pub use head::{SequenceHead, metrics};
pub use model::{
    BertForNextSentencePrediction, BertForSequenceClassification, BertOnlyNSPHead, SequenceModel,
};
#[cfg(feature = "train")]
pub use step::{SequenceOutput, SequencePass};
