//! What the reader of a format gives.

use super::cell::TableRow;
use super::error::TableError;
use crate::error::LineLooks;

/// The rows of one format.
pub(super) trait Rows: Send {
    fn next_row(&mut self) -> Result<Option<TableRow>, TableError>;

    /// What the first row looks like, if it is of one field and of another delimiter.
    fn looks(&self) -> LineLooks {
        LineLooks::Other
    }
}
