//! The command line of `bert`.
//!
//! - [`Request`]: what it asks for; [`read`] finds out.
//! - [`Task`]: what can be trained, with the flags of each.
//! - [`root`]: all of it as clap has it, for help and completions.
//!
//! Which flags there are depends on the task, and with `predict` on the model: those are looked for
//! first, and the rest is read as theirs.

mod command;
mod error;
mod predict;
mod request;
mod sweep;
mod task;
mod words;

pub use command::{completions, predict_command, root, sweep_command, tag_command, train_command};
pub use error::CliError;
pub use predict::Predictor;
pub use request::{Request, read};
pub use task::Task;
