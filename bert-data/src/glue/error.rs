//! What can be wrong with the files of a task.

use std::io;
use std::path::PathBuf;

use crate::error::LineLooks;
use crate::foreign::Foreign;
use crate::table::{TableError, TableFormat};

/// A data folder or file that cannot be used. Lines and columns count from 1, as editors do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The data folder does not exist or is not a folder.
    #[error("{} is not a folder; give the folder that holds {expected}", dir.display())]
    MissingFolder {
        /// The folder asked for.
        dir: PathBuf,
        /// Names of the files that are looked for in it.
        expected: String,
    },
    /// The task has no such split.
    #[error("{task} has no split {split}; it has {splits}")]
    NoSplit {
        /// Name of the task.
        task: &'static str,
        /// Name of the split.
        split: &'static str,
        /// Names of the splits that it has.
        splits: String,
    },
    /// A split's file does not exist.
    #[error("{} does not exist; it should hold the {split} split of {task}", file.display())]
    MissingFile {
        /// The file asked for.
        file: PathBuf,
        /// Name of the task.
        task: &'static str,
        /// Name of the split.
        split: &'static str,
    },
    /// The file exists and cannot be read.
    #[error("cannot read {}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file has a header and no example after it.
    #[error("{} has a header and no examples", file.display())]
    HeaderOnly {
        /// The file.
        file: PathBuf,
    },
    /// The first line is an example where a header must be: reading on would lose that example.
    #[error(
        "{}, line 1: this is an example (column {column} is the label {value:?}), not a header; \
         put a header line first",
        file.display()
    )]
    MissingHeader {
        /// The file.
        file: PathBuf,
        /// Column of the label.
        column: usize,
        /// The label found there.
        value: String,
    },
    /// The first line is as wide as in a file without labels, and no header of one.
    #[error(
        "{}, line 1: column 1 is {value:?}, and {expected:?} in the header of a file without \
         labels; put the header line first",
        file.display()
    )]
    HeaderName {
        /// The file.
        file: PathBuf,
        /// What is there.
        value: String,
        /// Name of the first column.
        expected: &'static str,
    },
    /// The file is of another kind.
    #[error("{} is not tab-separated text: it is {what}", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// What it is.
        what: Foreign,
    },
    /// A line has too few or too many columns.
    #[error(
        "{}, line {line}: {found} columns, expected {expected}; {}",
        file.display(),
        looks.advice()
    )]
    Columns {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// Number of columns in the line.
        found: usize,
        /// How many the task's files have there.
        expected: String,
        /// What the line looks like.
        looks: LineLooks,
    },
    /// A column is written as CSV files have it: in quotes, and those in the text twice. To read on
    /// would put quotes into the text that nobody wrote.
    #[error(
        "{}, line {line}, column {column}: quoted as in a CSV file; write the file without \
         quoting, as quotes have no meaning in it",
        file.display()
    )]
    Quoted {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// A label that the task does not have.
    #[error(
        "{}, line {line}, column {column}: unknown label {value:?}; the labels are {allowed}{}",
        file.display(),
        if value.starts_with('"') { ", without quotes" } else { "" }
    )]
    UnknownLabel {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// Column of the label.
        column: usize,
        /// What the file has there.
        value: String,
        /// The task's labels, as written in its files.
        allowed: String,
    },
    /// What else keeps a table from being read.
    #[error(transparent)]
    Table(TableError),
}

impl DataError {
    /// What a benchmark's file is not read for: it has a layout, and none of a table's options, of
    /// which a table's own words speak.
    pub(crate) fn of_table(error: TableError) -> Self {
        match error {
            TableError::Io { file, source } => Self::Io { file, source },
            TableError::MissingFile { file } => Self::Io {
                file,
                source: io::ErrorKind::NotFound.into(),
            },
            TableError::Folder { file } => Self::Io {
                file,
                source: io::ErrorKind::IsADirectory.into(),
            },
            TableError::Foreign { file, what, .. } => Self::Foreign { file, what },
            TableError::OtherFormat { file, found, .. } => Self::Foreign {
                file,
                what: match found {
                    TableFormat::Parquet => Foreign::Document { format: "Parquet" },
                    _ => Foreign::Json,
                },
            },
            TableError::Fields {
                file,
                line,
                found,
                expected,
                looks,
                ..
            } => Self::Columns {
                file,
                line,
                found,
                expected: expected.to_string(),
                looks,
            },
            TableError::Quoted { file, line, column } => Self::Quoted { file, line, column },
            other => Self::Table(other),
        }
    }
}
