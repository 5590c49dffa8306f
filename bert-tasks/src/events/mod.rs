//! Everything that happens in a run, as it happens: `events.jsonl` in the output folder.
//!
//! One JSON object a line, appended, never rewritten. It is the one source for every display, and
//! docs/events.md describes it for those who read it from elsewhere.
//!
//! - [`Event`]: what can happen.
//! - [`EventLog`]: the thread that writes it down.
//! - `tensorboard`: the same as TensorBoard's event files.

mod event;
mod log;
mod tensorboard;

pub use event::{Environment, Event, Phase, SCHEMA, Spent, Stamped};
pub use log::EventLog;
