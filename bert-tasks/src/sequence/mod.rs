//! One label for a sentence or a pair of sentences.
//!
//! - [`BertForSequenceClassification`]: the model: BERT, dropout, a linear layer on `[CLS]`;
//!   [`BertForNextSentencePrediction`]: the same with the head that BERT was pretrained with.
//! - `step`: the loss (cross entropy), a training pass and an evaluation pass over a batch, [`SequenceOutput`].
//! - [`Evaluation`]: the scores of a whole split.
//! - `details`: its confusion matrix and hardest examples, for displays.
//! - `task`: all of this as the training loop sees it.
//! - [`fine_tune`]: from a folder and two splits to the best model.
//! - [`Classifier`]: labels from a saved folder.

mod classifier;
mod details;
mod evaluation;
mod fine_tune;
mod model;
mod step;
mod task;

pub use classifier::{Classification, Classifier};
pub use evaluation::{Evaluation, evaluate};
pub use fine_tune::{FineTuneData, fine_tune};
pub use model::{
    BertForNextSentencePrediction, BertForSequenceClassification, BertOnlyNSPHead, SequenceModel,
};
pub use step::SequenceOutput;
pub use task::metrics;
