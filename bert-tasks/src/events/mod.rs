//! Everything that happens in a run, as it happens: `events.jsonl` in the output folder.
//!
//! One JSON object a line, appended, never rewritten. It is the one source for every display, and
//! docs/events.md describes it for those who read it from elsewhere.
//!
//! - [`Event`]: what can happen.
//! - [`EventLog`]: the thread that writes it down; an [`Observer`] sees what it writes.
//! - [`EventReader`]: reads it back, while it grows.
//! - [`RunHistory`]: what a run has been so far, from its events.
//! - `hardest`: the examples of an evaluation that are worth a look.
//! - `resources`: memory and GPUs of the process.
//! - `tensorboard`: the same as TensorBoard's event files.

mod event;
mod hardest;
mod history;
mod log;
mod reader;
mod resources;
mod tensorboard;

pub use event::{
    Details, Environment, Evaluated, Event, Gpu, Phase, Resources, SCHEMA, ScoredExample, Spent,
    SplitStatistics, Stamped, Start, Step,
};
pub(crate) use event::{host_name, number_or_nan, numbers_or_nan};
pub(crate) use hardest::hardest;
pub use history::{Checkpointed, Outcome, RunHistory};
pub use log::{EventLog, Observer};
pub use reader::{EventReader, News};
