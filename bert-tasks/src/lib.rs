//! BERT task heads, their training, and what people see of it.
//!
//! - [`ModelFolder`]: a model on disk; [`TaskModel`]: what every model with a head has.
//! - [`sequence`]: one label for a sentence or a pair of sentences: head, loss, step, evaluation,
//!   [`sequence::fine_tune`] that does it all, and [`sequence::Classifier`] for what it has made.
//! - [`span`]: the answer to a question as a span of a passage: the same, up to
//!   [`span::QuestionAnswerer`].
//! - [`pretraining`]: hidden tokens and next sentences, from plain text.
//! - [`training`]: what every task shares: arguments, optimizer, schedule, the loop.
//! - [`metrics`]: scores on plain slices, over a whole split.
//! - [`events`]: everything that happens in a run, as it happens, on disk.
//! - [`display`]: what people see of a run: the dashboard, a page, TensorBoard's files. A program
//!   attaches what it wants to its run ([`training::RunOptions::observers`]): there is no
//!   `report.html` without [`display::report::ReportWriter`].
//! - [`stop`]: ending a run before its last step.
//! - [`output`]: what a run leaves on disk.
//!
//! ```no_run
//! use std::{path::Path, sync::Arc};
//!
//! use bert_core::weights::LoadPolicy;
//! use bert_data::{EncodedDataset, GlueTask, PairExample, Split, read_split};
//! use bert_tasks::ModelFolder;
//! use bert_tasks::sequence::{BertForSequenceClassification, FineTuneData, fine_tune};
//! use bert_tasks::training::{RunOptions, TrainingArguments};
//! use burn::backend::{Autodiff, Flex};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bert = Path::new("bert-base-uncased");
//! let mut folder = ModelFolder::open(bert)?;
//! folder.set_labels(&["not_equivalent", "equivalent"]);
//! let policy = LoadPolicy::fresh_head("classifier.");
//! let device = Default::default();
//! type Model = BertForSequenceClassification<Autodiff<Flex>>;
//! let (model, report): (Model, _) = folder.load(bert, &policy, 42, &device)?;
//! println!("{report}");
//!
//! let train = read_split(GlueTask::Mrpc, "MRPC", Split::Train)?;
//! let dev = read_split(GlueTask::Mrpc, "MRPC", Split::Dev)?;
//! let encode = |examples: &[PairExample]| {
//!     EncodedDataset::encode(&folder.tokenizer, examples, 128).map(Arc::new)
//! };
//! let data = FineTuneData::new(encode(&train)?, encode(&dev)?);
//! let arguments = TrainingArguments { learning_rate: 2e-5, ..Default::default() };
//! let options = RunOptions::new("out".into(), arguments);
//! let tuned = fine_tune(model, Arc::new(folder), data, &options)?;
//! if let Some(best) = tuned.best {
//!     println!("F1 {:.4} in epoch {}", best.evaluation.f1, best.epoch);
//! }
//! # Ok(()) }
//! ```

#![warn(missing_docs)]

#[cfg(feature = "display")]
pub mod display;
#[cfg(any(feature = "train", feature = "display"))]
pub mod events;
mod folder;
pub mod metrics;
mod model;
pub mod output;
mod prediction;
pub mod pretraining;
pub mod sequence;
pub mod span;
#[cfg(any(feature = "train", feature = "display"))]
pub mod stop;
#[cfg(feature = "train")]
pub mod training;

pub use folder::{ModelFolder, reinit};
pub use model::{ModelSettings, TaskModel};
pub use prediction::PredictionError;
