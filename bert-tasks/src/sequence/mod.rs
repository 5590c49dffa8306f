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
mod details;
mod evaluation;
mod head;
mod model;
mod step;
mod trainer;

pub use classifier::{Classification, Classifier};
pub use evaluation::SequenceEvaluation;
pub use head::{SequenceHead, metrics};
pub use model::{
    BertForNextSentencePrediction, BertForSequenceClassification, BertOnlyNSPHead, SequenceModel,
};
pub use step::SequenceOutput;
