//! Tab-separated lines, as GLUE has them: no quoting, no escapes.
//!
//! Many MRPC sentences begin with a quote that never closes. A reader that gives quotes a meaning
//! swallows the lines up to the next one and loses a hundred examples without a word.

use std::path::Path;

use crate::error::DataError;
use crate::foreign::Foreign;
use crate::text;

/// The text of a file, without a byte-order mark and blank lines at its end.
pub(super) fn read(path: &Path) -> Result<String, DataError> {
    let text = text::read(path, Foreign::of_lines);
    let text = text.map_err(|fault| DataError::unread(path, fault))?;
    // Tabs and spaces stay: a last line of tabs is a line with empty columns.
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        let file = path.to_owned();
        return Err(DataError::Empty { file });
    }
    Ok(text.to_owned())
}

/// Whether a column is written as CSV has it: in quotes, with the quotes of the text twice. Text
/// that merely begins and ends with a quote is text.
pub(super) fn is_quoted(column: &str) -> bool {
    let inner = column
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.is_some_and(|inner| {
        let mut runs = inner.split(|letter| letter != '"').map(str::len);
        inner.contains("\"\"") && runs.all(|run| run % 2 == 0)
    })
}

/// The lines of a text with their numbers from 1, cut into columns.
pub(super) fn rows(text: &str) -> impl Iterator<Item = (usize, Vec<&str>)> {
    (1..).zip(text.split('\n')).map(|(line, row)| {
        let row = row.strip_suffix('\r').unwrap_or(row);
        (line, row.split('\t').collect())
    })
}
