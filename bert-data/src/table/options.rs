//! How a table's file is read.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::TableError;
use super::format::TableFormat;

/// How a table's file is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TableOptions {
    /// Its format; of a file, absent to go by the ending of its name.
    pub format: Option<TableFormat>,
    /// Whether the first line of CSV and TSV names the columns. Without, their names are "1", "2"
    /// and so on.
    pub has_header: bool,
    /// What is between two fields of CSV and TSV, if not what the format says. An ASCII character.
    pub delimiter: Option<u8>,
}

impl Default for TableOptions {
    fn default() -> Self {
        Self {
            format: None,
            has_header: true,
            delimiter: None,
        }
    }
}

impl TableOptions {
    /// What is between two fields; `None` where the format has no such byte.
    pub(super) fn delimiter_of(
        &self,
        file: &Path,
        format: TableFormat,
    ) -> Result<Option<u8>, TableError> {
        let Some(given) = self.delimiter else {
            return Ok(format.delimiter());
        };
        let is_good = given.is_ascii() && !matches!(given, b'"' | b'\r' | b'\n');
        if !is_good || format.delimiter().is_none() {
            return Err(TableError::BadDelimiter {
                file: file.to_owned(),
                delimiter: char::from(given),
                format,
            });
        }
        Ok(Some(given))
    }
}
