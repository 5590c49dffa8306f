//! Any table of texts with labels, as examples.
//!
//! - [`TableReader`] streams a file of one [`TableFormat`] as rows of [`Cell`]s: `delimited` has the
//!   rows of CSV and TSV, `json_lines` those of JSON lines, `lines` the lines below both, and
//!   `parquet`, behind a feature, those of Parquet.
//! - [`TableColumns`] says which columns are the texts and the label, as asked for or by their usual
//!   names.
//! - [`read_tables`] reads the files of a split as a [`Table`]. It tells the [`LabelKind`] of its
//!   labels and, of a training split, the [`LabelNames`]; with both it makes examples of the rows.
//! - [`stratified_split`] and [`stratified_folds`] take validation rows from a training split.
//! - [`TableWriter`] writes a table: predictions, for one.
//!
//! What is wrong is a [`TableError`] or a [`WriteError`] with file, line and column, and what to do.
//!
//! ```
//! use bert_data::table::{ColumnOptions, LabelUse, TableOptions, read_tables, stratified_split};
//! use bert_data::{Label, LabelKind};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let train_csv = dir.path().join("train.csv");
//! # let rows = "Where is it?,card_arrival\n\"Lost, again.\",lost_card\n";
//! # std::fs::write(&train_csv, format!("text,category\n{rows}{rows}"))?;
//! let (options, columns) = (TableOptions::default(), ColumnOptions::default());
//! let table = read_tables(&[train_csv], &options, &columns, LabelUse::Required)?;
//! let kind = table.label_kind()?;
//! let names = table.label_names(kind)?;
//! assert_eq!(kind, LabelKind::SingleLabel);
//! assert_eq!(names.names(), ["card_arrival", "lost_card"]);
//!
//! let examples = table.examples(kind, &names)?;
//! assert_eq!(examples[1].text_a, "Lost, again.");
//! assert_eq!(examples[1].label, Some(Label::Class(1)));
//! let labels: Vec<Label> = examples.iter().filter_map(|example| example.label.clone()).collect();
//! let (train, validation) = stratified_split(&labels, &names, 0.5, 42)?;
//! assert_eq!((train.len(), validation.len()), (2, 2));
//! # Ok(())
//! # }
//! ```

mod advice;
mod cell;
mod column_error;
mod columns;
mod delimited;
mod error;
mod files;
mod format;
mod json_lines;
mod label_error;
mod label_kind;
mod label_names;
mod lines;
pub(crate) mod nearest;
mod options;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "parquet")]
mod parquet_writer;
mod read;
mod reader;
mod rows;
mod split;
mod stamp;
mod write;
mod write_error;

pub use cell::{Cell, TableRow};
pub use column_error::ColumnError;
pub use columns::{ColumnOptions, ColumnRef, LabelUse, TableColumns};
pub use error::TableError;
pub use files::expand_globs;
pub use format::TableFormat;
pub(crate) use json_lines::{list_of_json, reason as json_reason};
pub use label_error::LabelError;
pub use label_kind::LabelKind;
pub use label_names::LabelNames;
pub(crate) use lines::{Lines, without_end};
pub(crate) use nearest::some_of;
pub use options::TableOptions;
pub use read::{RawExample, Table, read_tables};
pub use reader::TableReader;
pub use split::{SplitError, stratified_folds, stratified_split};
pub(crate) use stamp::Stamp;
pub use write::TableWriter;
pub use write_error::{CellProblem, WriteError};
