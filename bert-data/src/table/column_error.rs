//! What can be wrong with a table's columns.

use super::advice::{no_header, other_delimiter};
use super::format::TableFormat;
use super::nearest::{or_nearest, some_of};
use crate::error::LineLooks;

/// Columns that are not as asked for. Numbers count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ColumnError {
    /// Two columns have one name.
    #[error(
        "columns {first} and {second} are both named {column:?}; rename one, or, if the first \
         line is a row, set `has_header` to false"
    )]
    Duplicate {
        /// The name.
        column: String,
        /// Number of the first.
        first: usize,
        /// Number of the second.
        second: usize,
    },
    /// No column has the name that an option asks for.
    #[error(
        "no column is named {column:?} (`{option}`){}; the columns are {}{}",
        or_nearest(nearest.as_deref()),
        some_of(columns),
        also(*hint)
    )]
    Unknown {
        /// The option.
        option: &'static str,
        /// The name asked for.
        column: String,
        /// The name that is most like it.
        nearest: Option<String>,
        /// The names there are.
        columns: Vec<String>,
        /// What else may be wrong.
        hint: Option<&'static str>,
    },
    /// No column has the number that an option asks for.
    #[error(
        "no column has the number {number} (`{option}`); there are {}, from 1: {}{}",
        columns.len(),
        some_of(columns),
        also(*hint)
    )]
    Number {
        /// The option.
        option: &'static str,
        /// The number asked for.
        number: usize,
        /// The names there are.
        columns: Vec<String>,
        /// What else may be wrong.
        hint: Option<&'static str>,
    },
    /// No option says which column the text is, and the names do not tell.
    #[error(
        "{}; give `text_column`, and `text_pair_column` for a second text{}",
        unsure("text", guesses, columns),
        also(*hint)
    )]
    NoText {
        /// Columns, or pairs of them, any of which may be meant.
        guesses: Vec<String>,
        /// The names there are.
        columns: Vec<String>,
        /// What else may be wrong.
        hint: Option<&'static str>,
    },
    /// No option says which column the label is, and the names do not tell.
    #[error(
        "{}; give `label_column`{}",
        unsure("label", guesses, columns),
        also(*hint)
    )]
    NoLabel {
        /// Columns any of which may be meant.
        guesses: Vec<String>,
        /// The names there are.
        columns: Vec<String>,
        /// What else may be wrong.
        hint: Option<&'static str>,
    },
    /// One column is asked for twice.
    #[error("`{option}` is the column {column:?}, which holds a text already; give another one")]
    Same {
        /// The second option that asks for it.
        option: &'static str,
        /// Its name.
        column: String,
    },
}

impl ColumnError {
    pub(super) fn no_text(header: &[String], guesses: Vec<String>) -> Self {
        Self::NoText {
            guesses,
            columns: header.to_vec(),
            hint: None,
        }
    }

    /// The same of a table whose first row looks like one of another delimiter.
    pub(super) fn with_looks(mut self, format: TableFormat, looks: LineLooks) -> Self {
        match &mut self {
            Self::Unknown { hint, .. }
            | Self::Number { hint, .. }
            | Self::NoText { hint, .. }
            | Self::NoLabel { hint, .. } => {
                *hint = other_delimiter(format, looks).or(no_header(format));
            }
            Self::Duplicate { .. } | Self::Same { .. } => {}
        }
        self
    }
}

/// A hint, after the rest of a message.
fn also(hint: Option<&str>) -> String {
    hint.map_or_else(String::new, |hint| format!("; {hint}"))
}

fn unsure(what: &str, guesses: &[String], columns: &[String]) -> String {
    match guesses {
        [] => format!(
            "no column has a usual name for the {what}; the columns are {}",
            some_of(columns)
        ),
        _ => format!("the {what} may be any of {}", some_of(guesses)),
    }
}
