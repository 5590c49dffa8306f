//! What the reader of a format gives.

use super::cell::TableRow;
use super::error::TableError;
use crate::error::LineLooks;

/// The rows of one format.
pub(super) trait Rows: Send {
    fn next_row(&mut self) -> Result<Option<TableRow>, TableError>;

    /// The names that a column's numbers stand for, from 0, where the file says that.
    fn class_names(&self, _column: &str) -> Option<&[String]> {
        None
    }

    /// What the first row looks like, if it is of one field and of another delimiter.
    fn looks(&self) -> LineLooks {
        LineLooks::Other
    }

    /// From now on gives these columns, too, after those of the first row, where later rows can have
    /// others: their places.
    fn add_columns(&mut self, _names: &[&str]) -> Vec<usize> {
        Vec::new()
    }

    /// From now on leaves out rows with too few fields, where a row can have too few.
    fn skip_short_rows(&mut self) {}

    /// The lines of the rows that were left out, from 1.
    fn skipped(&self) -> &[usize] {
        &[]
    }
}
