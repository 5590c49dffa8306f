//! Which columns of a table hold the texts and the label.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::column_error::ColumnError;
use super::nearest::nearest;

/// A column by its name, or by its number from 1. Where a column has a number for its name, the
/// name wins.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ColumnRef(String);

/// What is known of a table's columns before it is opened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ColumnOptions {
    /// The text, or the first of two; absent to look for a usual name.
    pub text_column: Option<ColumnRef>,
    /// The second text. Absent there is none, or, where `text_column` is absent too, it is looked
    /// for.
    pub text_pair_column: Option<ColumnRef>,
    /// The label; absent to look for a usual name.
    pub label_column: Option<ColumnRef>,
    /// What is between the labels of a text that has several: then each label is several classes.
    pub label_separator: Option<String>,
    /// The names of the classes, where labels are their numbers, from 0. What a file says itself
    /// goes first ([`TableReader::class_names`](super::TableReader::class_names)).
    pub label_names: Option<Vec<String>>,
}

/// What a table's label is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelUse {
    /// To train or to score: a table without labels is an error.
    Required,
    /// To be compared with, if the table has it.
    Optional,
    /// Nothing: it is not looked for.
    Unused,
}

/// The places of a table's columns, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableColumns {
    /// The text, or the first of two.
    pub text: usize,
    /// The second text.
    pub text_pair: Option<usize>,
    /// The label.
    pub label: Option<usize>,
}

/// Usual names of one text, or of two.
const TEXTS: [(&str, Option<&str>); 18] = [
    ("sentence1", Some("sentence2")),
    ("premise", Some("hypothesis")),
    ("question1", Some("question2")),
    ("question", Some("sentence")),
    ("question", Some("context")),
    ("query", Some("passage")),
    ("text1", Some("text2")),
    ("text_a", Some("text_b")),
    ("text", Some("text_pair")),
    ("text", None),
    ("sentence", None),
    ("question", None),
    ("utterance", None),
    ("review", None),
    ("comment", None),
    ("content", None),
    ("text_a", None),
    ("query", None),
];

/// Usual names of the label. Those of the first row win.
const LABELS: [&[&str]; 2] = [
    &["label", "labels"],
    &["category", "class", "target", "score", "intent"],
];

impl TableColumns {
    /// Finds the columns in a table's header.
    ///
    /// # Errors
    /// If a column that is asked for is not there; if none is asked for and no usual name is there,
    /// or several; if two columns asked for are one.
    pub fn resolve(
        header: &[String],
        options: &ColumnOptions,
        label_use: LabelUse,
    ) -> Result<Self, ColumnError> {
        let find = |column: &Option<ColumnRef>, option| {
            let column = column.as_ref();
            column
                .map(|column| column.resolve(header, option))
                .transpose()
        };
        let pair = find(&options.text_pair_column, "text_pair_column")?;
        let (text, text_pair) = match find(&options.text_column, "text_column")? {
            Some(text) => (text, pair),
            None if pair.is_some() => return Err(ColumnError::no_text(header, Vec::new())),
            None => guess_texts(header)?,
        };
        let label = match (label_use, find(&options.label_column, "label_column")?) {
            (LabelUse::Unused, _) => None,
            (_, Some(label)) => Some(label),
            (LabelUse::Required, None) => Some(guess_label(header)?),
            (LabelUse::Optional, None) => guess_label(header).ok(),
        };
        let same = |option, place: usize| ColumnError::Same {
            option,
            column: header[place].clone(),
        };
        match (text_pair, label) {
            (Some(pair), _) if pair == text => return Err(same("text_pair_column", pair)),
            (_, Some(label)) if label == text || text_pair == Some(label) => {
                return Err(same("label_column", label));
            }
            _ => {}
        }
        Ok(Self {
            text,
            text_pair,
            label,
        })
    }
}

impl ColumnRef {
    /// The place of the column in a header, from 0. `option` is for messages.
    pub(crate) fn resolve(
        &self,
        header: &[String],
        option: &'static str,
    ) -> Result<usize, ColumnError> {
        if let Some(place) = header.iter().position(|name| *name == self.0) {
            return Ok(place);
        }
        match self.0.parse::<usize>() {
            Ok(number) if (1..=header.len()).contains(&number) => Ok(number - 1),
            Ok(number) => Err(ColumnError::Number {
                option,
                number,
                columns: header.to_vec(),
                hint: None,
            }),
            Err(_) => Err(ColumnError::Unknown {
                option,
                column: self.0.clone(),
                nearest: nearest(&self.0, header.iter().map(String::as_str)),
                columns: header.to_vec(),
                hint: None,
            }),
        }
    }
}

impl From<&str> for ColumnRef {
    fn from(column: &str) -> Self {
        Self(column.to_owned())
    }
}

impl FromStr for ColumnRef {
    type Err = Infallible;

    fn from_str(column: &str) -> Result<Self, Infallible> {
        Ok(column.into())
    }
}

impl fmt::Display for ColumnRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn place(header: &[String], usual: &str) -> Option<usize> {
    let is_usual = |name: &String| name.eq_ignore_ascii_case(usual);
    header.iter().position(is_usual)
}

fn guess_texts(header: &[String]) -> Result<(usize, Option<usize>), ColumnError> {
    let found = TEXTS.iter().filter_map(|&(text, pair)| {
        let text = place(header, text)?;
        match pair {
            Some(pair) => Some((text, Some(place(header, pair)?))),
            None => Some((text, None)),
        }
    });
    let found: Vec<(usize, Option<usize>)> = found.collect();
    // One text of a pair is no guess of its own.
    let in_pair = |text| {
        let mut pairs = found.iter().filter(|(_, pair)| pair.is_some());
        pairs.any(|&(one, other)| text == one || Some(text) == other)
    };
    let guesses = found.iter().copied();
    let guesses = guesses.filter(|&(text, pair)| pair.is_some() || !in_pair(text));
    match guesses.collect::<Vec<_>>().as_slice() {
        &[guess] => Ok(guess),
        several => {
            let names = several
                .iter()
                .map(|&(text, pair)| match pair {
                    Some(pair) => format!("{} and {}", header[text], header[pair]),
                    None => header[text].clone(),
                })
                .collect();
            Err(ColumnError::no_text(header, names))
        }
    }
}

fn guess_label(header: &[String]) -> Result<usize, ColumnError> {
    let mut several = Vec::new();
    for names in LABELS {
        let found: Vec<usize> = names
            .iter()
            .filter_map(|name| place(header, name))
            .collect();
        match found[..] {
            [] => {}
            [label] => return Ok(label),
            _ => {
                several = found.iter().map(|&place| header[place].clone()).collect();
                break;
            }
        }
    }
    Err(ColumnError::NoLabel {
        guesses: several,
        columns: header.to_vec(),
        hint: None,
    })
}

/// Fails if two columns have one name. Columns without a name may be several.
pub(super) fn check_names(header: &[String]) -> Result<(), ColumnError> {
    for (second, name) in header.iter().enumerate() {
        let first = header[..second].iter().position(|other| other == name);
        if let Some(first) = first.filter(|_| !name.is_empty()) {
            return Err(ColumnError::Duplicate {
                column: name.clone(),
                first: first + 1,
                second: second + 1,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
