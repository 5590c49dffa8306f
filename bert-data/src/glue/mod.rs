//! The files of the GLUE benchmark.
//!
//! - `task` is the table of tasks: where each keeps its sentences and labels. A new task is a row.
//! - [`read_split`] and [`read_file`] read a table of it, without quoting, as examples, or say with
//!   file, line and column what is wrong.

mod read;
mod task;

pub use read::{read_file, read_split};
pub use task::{GlueTask, Split};
