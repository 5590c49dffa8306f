//! What the labels of a table are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::label_error::LabelError;
use super::label_names::LabelNames;
use crate::error::UnknownName;
use crate::label::Label;

/// Between the labels of a text, where no option says what is.
pub(super) const SEPARATOR: &str = "|";

/// What is to be learned of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelKind {
    /// One of several classes.
    SingleLabel,
    /// All classes that apply; there may be none.
    MultiLabel,
    /// A number.
    Regression,
}

impl LabelKind {
    /// Every kind there is.
    pub const ALL: [Self; 3] = [Self::SingleLabel, Self::MultiLabel, Self::Regression];

    /// Name of the kind, as flags have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::SingleLabel => "single-label",
            Self::MultiLabel => "multi-label",
            Self::Regression => "regression",
        }
    }

    /// What one cell alone says of its kind.
    pub(super) fn hint(cell: &Cell) -> Result<Hint, LabelError> {
        Ok(match cell {
            Cell::List(_) | Cell::Vector(_) => Hint::List,
            Cell::Number { is_integer, .. } => match is_integer {
                true => Hint::Integer,
                false => Hint::Fraction,
            },
            Cell::Text(text) if is_list(text) => {
                return Err(LabelError::ListAsText { text: text.clone() });
            }
            Cell::Text(text) if text.is_empty() => Hint::Nothing,
            Cell::Text(text) => match number(text) {
                Some(_) if text.contains(['.', 'e', 'E']) => Hint::Fraction,
                Some(_) => Hint::Integer,
                None => Hint::Name,
            },
            Cell::Boolean(_) => Hint::Name,
            Cell::Missing => Hint::Nothing,
            Cell::Nested(_) => {
                return Err(LabelError::NotLabels { found: cell.kind() });
            }
        })
    }

    /// The names of classes that a cell has; of a number to be learned none.
    pub(super) fn classes<'a>(
        self,
        cell: &'a Cell,
        separator: Option<&str>,
    ) -> Result<Vec<&'a str>, LabelError> {
        match self {
            Self::Regression => Ok(Vec::new()),
            Self::SingleLabel if cell.is_empty() => Err(LabelError::Missing),
            Self::SingleLabel => cell.as_text().map(|name| vec![name]).ok_or_else(|| {
                let found = cell.kind();
                LabelError::NotOne { found }
            }),
            Self::MultiLabel => several(cell, separator.unwrap_or(SEPARATOR)),
        }
    }

    /// The label that a cell has.
    pub(super) fn label(
        self,
        cell: &Cell,
        separator: Option<&str>,
        names: &LabelNames,
    ) -> Result<Label, LabelError> {
        let classes = self.classes(cell, separator)?;
        let classes = classes.into_iter().map(|name| names.find(name));
        let mut classes = classes.collect::<Result<Vec<usize>, _>>()?;
        match (self, classes.first()) {
            (Self::Regression, _) => finite(cell).map(Label::Number),
            (Self::SingleLabel, Some(&class)) => Ok(Label::Class(class)),
            (Self::SingleLabel, None) => Err(LabelError::Missing),
            (Self::MultiLabel, _) => {
                classes.sort_unstable();
                classes.dedup();
                Ok(Label::Classes(classes))
            }
        }
    }
}

/// What a cell says of the kind of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hint {
    Nothing,
    List,
    Integer,
    Fraction,
    Name,
}

fn several<'a>(cell: &'a Cell, separator: &str) -> Result<Vec<&'a str>, LabelError> {
    match cell {
        Cell::Missing => Err(LabelError::Missing),
        Cell::Vector(_) | Cell::Nested(_) => Err(LabelError::NotLabels { found: cell.kind() }),
        Cell::Text(text) if is_list(text) => Err(LabelError::ListAsText { text: text.clone() }),
        Cell::Text(text) => {
            let names = match separator {
                "" => vec![text.as_str()],
                _ => text.split(separator).collect(),
            };
            let names = names.into_iter().map(str::trim);
            Ok(names.filter(|name| !name.is_empty()).collect())
        }
        Cell::List(cells) => cells
            .iter()
            .map(|cell| {
                let name = cell.as_text().filter(|name| !name.is_empty());
                let found = match cell {
                    Cell::Text(_) => "an empty text",
                    _ => cell.kind(),
                };
                name.ok_or(LabelError::NotLabels { found })
            })
            .collect(),
        Cell::Number { .. } | Cell::Boolean(_) => Ok(cell.as_text().into_iter().collect()),
    }
}

/// Whether a text is a list as Python or JSON writes it.
fn is_list(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('[') && text.ends_with(']')
}

/// The number that a text is. "nan" and "inf" are names here.
pub(super) fn number(text: &str) -> Option<f64> {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let number = text.trim().parse().ok();
    number.filter(|_| text.contains(is_digit))
}

fn finite(cell: &Cell) -> Result<f32, LabelError> {
    let text = cell.as_text().unwrap_or(cell.kind());
    let value = match cell {
        _ if cell.is_empty() => return Err(LabelError::Missing),
        Cell::Number { value, .. } => Some(*value),
        // Here "nan" is a number, and none to learn.
        Cell::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    let value = value.ok_or_else(|| LabelError::NotANumber {
        text: text.to_owned(),
    })? as f32;
    if !value.is_finite() {
        return Err(LabelError::NotFinite {
            text: text.to_owned(),
        });
    }
    Ok(value)
}

impl fmt::Display for LabelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for LabelKind {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.name() == name)
            .ok_or_else(|| UnknownName {
                what: "label kind",
                value: name.to_owned(),
                allowed: "single-label, multi-label, regression",
            })
    }
}
