//! What can be wrong with a table that is written.

use std::path::PathBuf;

use super::column_error::ColumnError;

/// A table that cannot be written. Rows count from 1, the header is 0.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The system takes no bytes.
    #[error("cannot write {}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The feature that writes the format is not built.
    #[error(
        "{}: this build does not write Parquet; build with the feature `parquet`, or write CSV or \
         JSON lines",
        file.display()
    )]
    NotBuilt {
        /// The file.
        file: PathBuf,
    },
    /// Columns that nobody could ask for.
    #[error("{}: {source}", file.display())]
    Columns {
        /// The file.
        file: PathBuf,
        /// What is wrong with them.
        source: Box<ColumnError>,
    },
    /// A row with too few or too many cells.
    #[error("{}, row {row}: {found} cells, expected {expected}", file.display())]
    Width {
        /// The file.
        file: PathBuf,
        /// The row.
        row: usize,
        /// Number of cells in the row.
        found: usize,
        /// Number of columns.
        expected: usize,
    },
    /// A value that the format cannot hold.
    #[error("{}, row {row}, column {column:?}: {problem}", file.display())]
    Cell {
        /// The file.
        file: PathBuf,
        /// The row.
        row: usize,
        /// Name of the column.
        column: String,
        /// What is wrong with the value.
        problem: CellProblem,
    },
    /// What the writer of Parquet says.
    #[error("cannot write {}: {message}", file.display())]
    Parquet {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        message: String,
    },
}

/// Why a format cannot hold a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CellProblem {
    /// A tab or a line break where there is no quoting.
    #[error("tsv holds no tab and no line break; write csv, tsv-quoted or jsonl")]
    Break,
    /// A text that would be taken for one in quotes where there is no quoting.
    #[error("this text reads as quoted, and tsv has no quoting; write csv, tsv-quoted or jsonl")]
    Quoted,
    /// A row of one empty text where there is no quoting.
    #[error("one empty text makes a blank line, which is no row of tsv; write csv or jsonl")]
    Blank,
    /// A value in a list that has in it what separates the list's values.
    #[error(
        "a list's values are written with {:?} between them, and one has it; write jsonl",
        super::label_kind::SEPARATOR
    )]
    Separator,
    /// A number that JSON does not have.
    #[error("JSON has only finite numbers")]
    NotFinite,
    /// A value that has no type of its own.
    #[error("a column of Parquet has texts, numbers, truth values or lists of them")]
    Nested,
    /// A value of another type than those before it in its column.
    #[error("a column of Parquet has values of one type, and those before are of another")]
    Mixed,
}

impl WriteError {
    /// Whether the reader of a stream has gone, which may be all that it wanted.
    pub fn is_closed_pipe(&self) -> bool {
        let broken = std::io::ErrorKind::BrokenPipe;
        matches!(self, Self::Io { source, .. } if source.kind() == broken)
    }
}
