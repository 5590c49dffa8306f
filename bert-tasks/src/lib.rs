//! BERT task heads, their training, and what people see of it.
//!
//! - [`sequence`]: one label for a sentence or a pair of sentences: head, loss, step, evaluation,
//!   and [`sequence::fine_tune`] that does it all.
//! - [`training`]: what every task shares: arguments, optimizer, schedule, the loop.
//! - [`metrics`]: scores on plain slices, over a whole split.
//! - [`dashboard`]: what a run shows on a terminal and off it.
//! - [`output`]: what a run leaves on disk.

#![warn(missing_docs)]

pub mod dashboard;
pub mod metrics;
pub mod output;
pub mod sequence;
pub mod training;
