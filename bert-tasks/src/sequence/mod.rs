//! One label for a sentence or a pair of sentences.
//!
//! - [`BertForSequenceClassification`]: the model: BERT, dropout, a linear layer on `[CLS]`.
//! - `step`: the loss (cross entropy), a training pass and an evaluation pass over a batch, [`SequenceOutput`].
//! - [`Evaluation`]: the scores of a whole split.
//! - `details`: its confusion matrix and hardest examples, for displays.
//! - [`SequenceFolder`]: a model folder, opened and saved.
//! - `task`: all of this as the training loop sees it.
//! - [`fine_tune`]: from a folder and two splits to the best model; [`fine_tune_seeds`]: several
//!   times.

mod details;
mod evaluation;
mod fine_tune;
mod folder;
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
