//! One label for a sentence or a pair of sentences.
//!
//! - [`BertForSequenceClassification`]: the model: BERT, dropout, a linear layer on `[CLS]`.
//! - `step`: the loss (cross entropy), a training pass and an evaluation pass over a batch, [`SequenceOutput`].
//! - [`metric`]: accuracy and F1 as the learner shows them.
//! - [`Evaluation`]: the scores of a whole split.
//! - [`SequenceFolder`]: a model folder, opened and saved.
//! - `task`: all of this as the training loop sees it.
//! - [`fine_tune`]: from a folder and two splits to the best model; [`fine_tune_seeds`]: several
//!   times.

mod evaluation;
mod fine_tune;
mod folder;
pub mod metric;
mod model;
mod seeds;
mod step;
mod task;

pub use evaluation::{Evaluation, evaluate};
pub use fine_tune::{BestEvaluation, FineTuneData, FineTuned, fine_tune, reinit};
pub use folder::SequenceFolder;
pub use model::BertForSequenceClassification;
pub use seeds::fine_tune_seeds;
pub use step::SequenceOutput;
pub use task::METRICS;
