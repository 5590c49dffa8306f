//! The files of the GLUE benchmark, and the file that its server takes.
//!
//! - [`GlueTask`] says what a task's classes, splits, files and scores are; `spec` is the table
//!   behind it, and `layout` where a file keeps its sentences and labels. A new task is a row.
//! - [`read_split`] and [`read_file`] read a table of it, without quoting, as examples, or say with
//!   file, line and column what is wrong.
//! - [`read_named`] reads tables whose columns have the names of Hugging Face's data set.
//! - [`submission()`] writes what GLUE's server takes for a test split.
//!
//! A line that is not in the layout is refused. Only of QQP, whose `train.tsv` has a few questions
//! with line breaks as it is distributed, rows with too few columns are left out ([`ShortRows`]);
//! [`read_split_with`] and [`read_file_with`] choose otherwise, and say which rows these were.

mod error;
mod layout;
mod named;
mod read;
mod short_rows;
mod spec;
mod split;
mod submission;
mod task;

pub use error::DataError;
pub use named::read_named;
pub use read::{read_file, read_file_with, read_split, read_split_with};
pub use short_rows::{GlueRead, ShortRows};
pub use split::Split;
pub use submission::{SubmissionError, submission};
pub use task::GlueTask;
