//! BERT task heads, their training, and what people see of it.
//!
//! - [`sequence`]: one label for a sentence or a pair of sentences: head, loss, step, evaluation,
//!   and [`sequence::fine_tune`] that does it all.
//! - [`training`]: what every task shares: arguments, optimizer, schedule, the loop.
//! - [`metrics`]: scores on plain slices, over a whole split.
//! - [`dashboard`]: what a run shows on a terminal and off it.
//! - [`output`]: what a run leaves on disk.
//!
//! ```no_run
//! use std::{path::Path, sync::Arc};
//!
//! use bert_core::weights::LoadPolicy;
//! use bert_data::{EncodedDataset, GlueTask, PairExample, Split, read_split};
//! use bert_tasks::dashboard::Display;
//! use bert_tasks::sequence::{FineTuneData, SequenceFolder, fine_tune};
//! use bert_tasks::training::TrainingArguments;
//! use burn::backend::{Autodiff, Flex};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bert = Path::new("bert-base-uncased");
//! let mut folder = SequenceFolder::open(bert)?;
//! folder.set_labels(&["not_equivalent", "equivalent"]);
//! let policy = LoadPolicy::fresh_head("classifier.");
//! let device = Default::default();
//! let (model, report) = folder.load::<Autodiff<Flex>>(bert, &policy, 42, &device)?;
//! println!("{report}");
//!
//! let train = read_split(GlueTask::Mrpc, "MRPC", Split::Train)?;
//! let dev = read_split(GlueTask::Mrpc, "MRPC", Split::Dev)?;
//! let encode = |examples: &[PairExample]| {
//!     EncodedDataset::encode(&folder.tokenizer, examples, 128).map(Arc::new)
//! };
//! let data = FineTuneData::new(encode(&train)?, encode(&dev)?);
//! let arguments = TrainingArguments { learning_rate: 2e-5, ..Default::default() };
//! let out = Path::new("out");
//! let tuned = fine_tune(model, Arc::new(folder), data, &arguments, out, Display::Auto)?;
//! println!("F1 {:.4} in epoch {}", tuned.best.f1, tuned.best_epoch);
//! # Ok(()) }
//! ```

#![warn(missing_docs)]

pub mod dashboard;
pub mod metrics;
pub mod output;
pub mod sequence;
pub mod training;
