//! Texts that are there more than once: in one split, with two labels, or in two splits.
//!
//! Texts are the same if they differ in white space only. Of each, 128 bits of hash are kept
//! instead of the text: were those of two texts equal, they would count as one. Among a million
//! texts the chance of that is below 1e-26.

use std::hash::{DefaultHasher, Hash, Hasher};

use rayon::prelude::*;
use serde::Serialize;

use super::labels::label_text;
use super::split::{InspectedSplit, Place, SHOWN, share};
use crate::example::PairExample;

/// Letters that are shown of a text.
const EXCERPT: usize = 40;

type Key = [u64; 2];

/// A text that is there twice.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SameText {
    /// Its beginning; of a pair, that of both texts.
    pub text: String,
    /// Where it is first.
    pub first: Occurrence,
    /// Where it is again.
    pub second: Occurrence,
}

/// A row in which a text is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Occurrence {
    /// Where the row is.
    #[serde(flatten)]
    pub place: Place,
    /// Its label in words, if it has one.
    pub label: Option<String>,
}

/// Rows whose text an earlier row of the split has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Repeats {
    /// How many.
    pub rows: usize,
    /// Their share of the split, from 0 to 1.
    pub share: f64,
    /// The first five, each with the first row of its text.
    pub examples: Vec<SameText>,
}

/// Texts that have different labels in one split.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contradictions {
    /// How many texts.
    pub texts: usize,
    /// The rows in which they are.
    pub rows: usize,
    /// The first five, each with the first row and the first that says otherwise.
    pub examples: Vec<SameText>,
}

/// Rows of one split whose text another has as well.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Leak {
    /// The split that has them first.
    pub from: String,
    /// The split of the rows.
    pub into: String,
    /// How many.
    pub rows: usize,
    /// Their share of the rows of `into`, from 0 to 1.
    pub share: f64,
    /// Those of them that have another label than the first row of their text in `from`.
    pub relabelled: usize,
    /// The first five, each with the first row of its text in `from`.
    pub examples: Vec<SameText>,
}

/// The rows of a split by text; rows without any text are left out.
pub(super) struct TextIndex {
    /// By key, and then by row.
    sorted: Vec<(Key, usize)>,
}

impl TextIndex {
    pub(super) fn of(examples: &[PairExample]) -> Self {
        let rows = examples.par_iter().enumerate();
        let mut sorted: Vec<_> = rows
            .filter_map(|(row, example)| Some((key(example)?, row)))
            .collect();
        sorted.par_sort_unstable();
        Self { sorted }
    }

    /// The rows of each text, ascending.
    fn groups(&self) -> impl Iterator<Item = &[(Key, usize)]> {
        self.sorted.chunk_by(|one, other| one.0 == other.0)
    }

    /// The first row that has a text.
    fn first(&self, key: Key) -> Option<usize> {
        let at = self.sorted.partition_point(|&(other, _)| other < key);
        let found = self.sorted.get(at).filter(|(other, _)| *other == key);
        found.map(|&(_, row)| row)
    }

    pub(super) fn repeats(&self, split: &InspectedSplit<'_>, names: &[String]) -> Repeats {
        let groups = self.groups();
        let mut found: Vec<(usize, usize)> = groups
            .flat_map(|group| group[1..].iter().map(|&(_, row)| (row, group[0].1)))
            .collect();
        found.sort_unstable();
        let examples = found.iter().take(SHOWN);
        Repeats {
            rows: found.len(),
            share: share(found.len(), split.examples.len()),
            examples: examples
                .map(|&(row, first)| same_text((split, first), (split, row), names))
                .collect(),
        }
    }

    pub(super) fn contradictions(
        &self,
        split: &InspectedSplit<'_>,
        names: &[String],
    ) -> Contradictions {
        let mut rows = 0;
        // The first row of a text, and the first with another label.
        let mut found: Vec<(usize, usize)> = Vec::new();
        for group in self.groups() {
            let mut known = group
                .iter()
                .map(|&(_, row)| row)
                .filter(|&row| split.examples[row].label.is_some());
            let Some(first) = known.next() else { continue };
            let label = |row: usize| &split.examples[row].label;
            if let Some(other) = known.find(|&row| label(row) != label(first)) {
                rows += group.len();
                found.push((first, other));
            }
        }
        found.sort_unstable();
        let examples = found.iter().take(SHOWN);
        Contradictions {
            texts: found.len(),
            rows,
            examples: examples
                .map(|&(first, other)| same_text((split, first), (split, other), names))
                .collect(),
        }
    }

    /// The rows of `into` that this index, that of `from`, has; `None` if there are none.
    pub(super) fn leak(
        &self,
        from: &InspectedSplit<'_>,
        into: (&InspectedSplit<'_>, &Self),
        names: &[String],
    ) -> Option<Leak> {
        let (into, index) = into;
        let rows = index.sorted.par_iter();
        let mut found: Vec<(usize, usize)> = rows
            .filter_map(|&(key, row)| Some((row, self.first(key)?)))
            .collect();
        found.sort_unstable();
        let is_relabelled = |&&(row, first): &&(usize, usize)| {
            let labels = (&from.examples[first].label, &into.examples[row].label);
            matches!(labels, (Some(one), Some(other)) if one != other)
        };
        let examples = found.iter().take(SHOWN);
        (!found.is_empty()).then(|| Leak {
            from: from.name.to_owned(),
            into: into.name.to_owned(),
            rows: found.len(),
            share: share(found.len(), into.examples.len()),
            relabelled: found.iter().filter(is_relabelled).count(),
            examples: examples
                .map(|&(row, first)| same_text((from, first), (into, row), names))
                .collect(),
        })
    }
}

/// The hash of an example's texts; `None` if they are empty.
fn key(example: &PairExample) -> Option<Key> {
    let a = collapsed(&example.text_a);
    let b = example.text_b.as_deref().map(collapsed);
    if a.is_empty() && b.as_ref().is_none_or(String::is_empty) {
        return None;
    }
    let half = |number: u8| {
        let mut hasher = DefaultHasher::new();
        (number, &a, &b).hash(&mut hasher);
        hasher.finish()
    };
    Some([half(0), half(1)])
}

/// The words of a text with a space between them.
fn collapsed(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    collapsed
}

fn same_text(
    first: (&InspectedSplit<'_>, usize),
    second: (&InspectedSplit<'_>, usize),
    names: &[String],
) -> SameText {
    let occurrence = |(split, row): (&InspectedSplit<'_>, usize)| Occurrence {
        place: split.place(row),
        label: split.examples[row]
            .label
            .as_ref()
            .map(|label| label_text(label, names)),
    };
    let example = &first.0.examples[first.1];
    let mut text = excerpt(&example.text_a);
    if let Some(text_b) = &example.text_b {
        text.push_str(" / ");
        text.push_str(&excerpt(text_b));
    }
    SameText {
        text,
        first: occurrence(first),
        second: occurrence(second),
    }
}

/// The first letters of a text.
fn excerpt(text: &str) -> String {
    let text = collapsed(text);
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests;
