//! Everything that happens in a run, as it happens: `events.jsonl` in the output folder.
//!
//! One JSON object a line, appended, never rewritten. It is the one source for every display, and
//! docs/events.md describes it for those who read it from elsewhere.
//!
//! - [`Event`]: what can happen.
//! - [`EventLog`]: the thread that writes it down; [`Observer`]: who sees what it writes.
//! - [`EventReader`]: reads it back, while it grows.
//! - [`RunHistory`]: what a run has been so far, from its events.
//! - `hardest`: the examples of an evaluation that are worth a look.
//! - `resources`: memory and GPUs of the process.
//! - `moment`: moments in words.

mod event;
#[cfg(feature = "train")]
mod hardest;
mod history;
#[cfg(feature = "train")]
mod log;
mod mark;
mod moment;
mod observer;
mod reader;
#[cfg(feature = "train")]
mod resources;

pub(crate) use event::host_name;
pub use event::{
    Details, Environment, Evaluated, Event, Gpu, Phase, Resources, SCHEMA, ScoredExample, Scores,
    Spent, SplitStatistics, Stamped, Start, Step,
};
#[cfg(feature = "train")]
pub(crate) use event::{number_or_nan, numbers_or_nan};
#[cfg(feature = "train")]
pub(crate) use hardest::hardest;
pub use history::{Checkpointed, Outcome, RunHistory};
#[cfg(feature = "train")]
pub use log::EventLog;
pub use mark::{Mark, MarkKind};
pub(crate) use moment::utc;
pub use observer::Observer;
pub use reader::{EventReader, News};
