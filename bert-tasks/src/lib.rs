//! BERT task heads, their training, and what people see of it.
//!
//! - [`ModelFolder`]: a model on disk; [`TaskModel`]: what every model with a head has.
//! - [`sequence`]: labels of a sentence or a pair of sentences: head, loss, step, evaluation,
//!   and [`sequence::Classifier`] for what was trained.
//! - [`span`]: the answer to a question as a span of a passage: the same, up to
//!   [`span::QuestionAnswerer`].
//! - [`token`]: the label of every word: the same, up to [`token::TokenClassifier`].
//! - [`choice`]: the right one of several choices, up to [`choice::Chooser`].
//! - [`embedding`]: a vector for each text, up to [`embedding::Embedder`].
//! - [`pretraining`]: hidden tokens and next sentences, from plain text.
//! - [`training`]: what every head shares: [`training::Trainer`], arguments, optimizer, schedule,
//!   the loop. [`training::Head`] is what a head of your own has to say of itself.
//! - [`metrics`]: scores on plain slices, over a whole split.
//! - [`events`]: everything that happens in a run, as it happens, on disk.
//! - [`display`]: what people see of a run: the dashboard, a page, TensorBoard's files. A program
//!   attaches what it wants to its run ([`training::RunOptions::observers`]): there is no
//!   `report.html` without [`display::report::ReportWriter`].
//! - [`stop`]: ending a run before its last step.
//! - [`output`]: what a run leaves on disk.
//! - [`prelude`]: what most programs need of all this.
//!
//! ```no_run
//! use bert_tasks::prelude::*;
//! use burn::backend::Flex;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let train = read_split(GlueTask::Mrpc, "MRPC", Split::Train)?;
//! let dev = read_split(GlueTask::Mrpc, "MRPC", Split::Dev)?;
//! let arguments = TrainingArguments::default();
//! let trainer = Trainer::<Autodiff<Flex>>::new("bert-base-uncased", "out", arguments)?;
//! let tuned = trainer.fit_classifier(GlueTask::Mrpc.label_names(), &train, &dev)?;
//! if let Some(best) = tuned.best {
//!     println!("F1 {:.4} in epoch {}", best.evaluation.score("f1").unwrap_or_default(), best.epoch);
//! }
//! # Ok(()) }
//! ```
//!
//! Questions on passages:
//!
//! ```no_run
//! use bert_tasks::prelude::*;
//! use burn::backend::Flex;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (train, _) = read_squad("train-v1.1.json", BadExamples::default())?;
//! let (dev, _) = read_squad("dev-v1.1.json", BadExamples::default())?;
//! let arguments = TrainingArguments::default()
//!     .with_learning_rate(5e-5)
//!     .with_max_seq_length(384);
//! let trainer = Trainer::<Autodiff<Flex>>::new("bert-base-uncased", "out", arguments)?;
//! let tuned = trainer.fit_answerer(train, dev)?;
//! # Ok(()) }
//! ```
//!
//! Sentences whose words have tags:
//!
//! ```no_run
//! use bert_data::table::LabelUse;
//! use bert_data::tags::{TagOptions, read_tagged};
//! use bert_tasks::prelude::*;
//! use burn::backend::Flex;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let read = |file: &str| read_tagged(&[file.into()], &TagOptions::default(), LabelUse::Required);
//! let (train, dev) = (read("train.conll")?, read("dev.conll")?);
//! let arguments = TrainingArguments::default().with_learning_rate(5e-5);
//! let trainer = Trainer::<Autodiff<Flex>>::new("bert-base-uncased", "out", arguments)?;
//! let tuned = trainer.fit_tagger(train.sentences, dev.sentences)?;
//! # Ok(()) }
//! ```
//!
//! Pretraining that goes on, with the text of one's own field, a paragraph a line:
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use bert_data::corpus::{Part, PretrainingConfig, PretrainingCorpus, TokenizedCorpus};
//! use bert_tasks::prelude::*;
//! use burn::backend::Flex;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let arguments = TrainingArguments::default().with_learning_rate(1e-4);
//! let trainer = Trainer::<Autodiff<Flex>>::new("bert-base-uncased", "out", arguments)?;
//! let tokenizer = &trainer.folder().tokenizer;
//! let text = TokenizedCorpus::open(&["field.txt".into()], Default::default(), tokenizer, "cache")?;
//! let text = Arc::new(text);
//! let part = |part| {
//!     let config = PretrainingConfig::default();
//!     PretrainingCorpus::open(text.clone(), config, part).map(Arc::new)
//! };
//! let data = TrainingData::new(part(Part::Train)?, part(Part::HeldOut)?);
//! trainer.fit::<BertForPreTraining<_>, _>(&PretrainingHead, &data)?;
//! # Ok(()) }
//! ```

#![warn(missing_docs)]

#[cfg(feature = "train")]
pub mod card;
pub mod choice;
#[cfg(feature = "display")]
pub mod display;
pub mod embedding;
#[cfg(any(feature = "train", feature = "display"))]
pub mod events;
mod folder;
pub mod metrics;
mod model;
pub mod output;
mod prediction;
pub mod prelude;
mod pretrained;
pub mod pretraining;
#[cfg(feature = "train")]
pub mod ranks;
mod scores;
pub mod sequence;
pub mod span;
#[cfg(any(feature = "train", feature = "display"))]
pub mod stop;
mod tensors;
pub mod token;
#[cfg(feature = "train")]
pub mod training;

/// What the macro `steps` needs of other crates.
#[cfg(feature = "train")]
#[doc(hidden)]
pub mod macros {
    pub use {bert_core, burn};
}

pub use folder::{FolderError, ModelFolder, reinit};
pub use model::{ModelSettings, TaskModel};
pub use prediction::PredictionError;
pub use pretrained::{Pretrained, hub_name};
