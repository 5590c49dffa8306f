//! What is looked at, and where its rows are.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use crate::example::PairExample;
use crate::table::Table;

/// Of everything that is found, a report shows so many.
pub(super) const SHOWN: usize = 5;

/// The examples of a split, each with its place.
#[derive(Debug, Clone)]
pub struct InspectedSplit<'a> {
    pub(super) name: &'a str,
    pub(super) examples: &'a [PairExample],
    files: &'a [PathBuf],
    places: Vec<(usize, usize)>,
}

impl<'a> InspectedSplit<'a> {
    /// A split with the place of each example: which of `files` it is from, and the line.
    ///
    /// # Panics
    /// If there are not as many places as examples, or a place is in none of the files.
    pub fn new(
        name: &'a str,
        examples: &'a [PairExample],
        files: &'a [PathBuf],
        places: Vec<(usize, usize)>,
    ) -> Self {
        assert_eq!(examples.len(), places.len(), "every example has its place");
        assert!(
            places.iter().all(|&(file, _)| file < files.len()),
            "every place is in a file"
        );
        Self {
            name,
            examples,
            files,
            places,
        }
    }

    /// Examples of a table: all, or some as a
    /// [`stratified_split`](crate::table::stratified_split) gives them.
    ///
    /// # Panics
    /// If an example is not from this table: its `id` is the number of its row.
    pub fn of_table(name: &'a str, table: &'a Table, examples: &'a [PairExample]) -> Self {
        let rows = examples.iter().map(|example| &table.rows()[example.id]);
        let places = rows.map(|row| (row.file, row.line)).collect();
        Self::new(name, examples, table.files(), places)
    }

    /// Where a row is.
    pub(super) fn place(&self, row: usize) -> Place {
        let (file, line) = self.places[row];
        Place {
            file: self.files[file].display().to_string(),
            line,
        }
    }

    /// The rows for which something holds.
    pub(super) fn found(&self, holds: impl Fn(usize) -> bool) -> FoundRows {
        let rows = || (0..self.examples.len()).filter(|&row| holds(row));
        let count = rows().count();
        FoundRows {
            rows: count,
            share: share(count, self.examples.len()),
            first: rows().take(SHOWN).map(|row| self.place(row)).collect(),
        }
    }

    /// The rows of which a text is empty, or nothing but white space.
    pub(super) fn empty_texts(&self) -> FoundRows {
        let is_empty = |text: &str| text.trim().is_empty();
        self.found(|row| {
            let example = &self.examples[row];
            is_empty(&example.text_a) || example.text_b.as_deref().is_some_and(is_empty)
        })
    }
}

/// Where a row begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Rows of which something holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoundRows {
    /// How many.
    pub rows: usize,
    /// Their share of the split, from 0 to 1.
    pub share: f64,
    /// The first five.
    pub first: Vec<Place>,
}

/// A part of a whole, from 0 to 1; 0 of nothing.
pub(super) fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::test_data::{files, pair, split, text};

    #[test]
    fn the_first_empty_texts_have_places() {
        let mut examples = vec![text(0, "a"), text(1, " \t\n"), pair(2, "a", "")];
        examples.extend((3..10).map(|id| text(id, "")));
        let files = files();
        let empty = split("train", &examples, &files).empty_texts();
        assert_eq!((empty.rows, empty.share), (9, 0.9));
        let lines: Vec<usize> = empty.first.iter().map(|place| place.line).collect();
        assert_eq!(lines, [3, 4, 5, 6, 7]);
        assert_eq!(empty.first[0].to_string(), "data.csv:3");
        let none = split("train", &[], &files).empty_texts();
        assert_eq!((none.rows, none.share), (0, 0.0));
    }

    #[test]
    #[should_panic(expected = "every example has its place")]
    fn places_are_as_many_as_examples() {
        InspectedSplit::new("train", &[text(0, "a")], &files(), Vec::new());
    }
}
