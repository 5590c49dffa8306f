//! The files of the GLUE benchmark.
//!
//! - `task` is the table of tasks: where each keeps its sentences and labels. A new task is a row.
//! - `tsv` cuts a file into lines and columns, strictly and without quoting.
//! - [`read_split`] and [`read_file`] put the two together: examples, or an error that names file,
//!   line and column.

mod read;
mod task;
mod tsv;

pub use read::{read_file, read_split};
pub use task::{GlueTask, Split};
