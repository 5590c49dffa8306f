//! One label for a sentence or a pair of sentences.
//!
//! - [`BertForSequenceClassification`]: the model: BERT, dropout, a linear layer on `[CLS]`.
//! - `step`: the loss (cross entropy), a training pass and an evaluation pass over a batch, [`SequenceOutput`].
//! - [`metric`]: accuracy and F1 as the learner shows them.
//! - [`Evaluation`]: the scores of a whole split.
//! - [`SequenceFolder`]: a model folder, opened and saved.
//! - [`fine_tune`]: from a folder and two splits to the best model.

mod evaluation;
mod fine_tune;
mod folder;
pub mod metric;
mod model;
mod step;

pub use evaluation::{Evaluation, evaluate};
pub use fine_tune::{EpochScores, FineTuneData, FineTuned, fine_tune};
pub use folder::SequenceFolder;
pub use model::BertForSequenceClassification;
pub use step::SequenceOutput;
