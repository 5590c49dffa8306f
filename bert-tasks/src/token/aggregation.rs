//! From the scores of pieces to entities.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use crate::scores::highest;

/// How the scores of pieces become entities.
///
/// Source: `TokenClassificationPipeline` in transformers 5.23 (`pipelines/token_classification.py`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AggregationStrategy {
    /// Every piece with a label other than O is an entity of its own, under that label.
    None,
    /// Neighbouring pieces of a kind are an entity, also where they are parts of a word.
    Simple,
    /// A word has the label of its first piece; neighbouring words of a kind are an entity.
    #[default]
    First,
    /// A word has the label that is the most probable one on average over its pieces.
    Average,
    /// A word has the label of its piece with the most probable label.
    Max,
}

/// Text that names no [`AggregationStrategy`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is none of none, simple, first, average, max")]
pub struct UnknownStrategy(String);

impl AggregationStrategy {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::None,
        Self::Simple,
        Self::First,
        Self::Average,
        Self::Max,
    ];

    /// As transformers and flags have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Simple => "simple",
            Self::First => "first",
            Self::Average => "average",
            Self::Max => "max",
        }
    }
}

impl fmt::Display for AggregationStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for AggregationStrategy {
    type Err = UnknownStrategy;

    fn from_str(name: &str) -> Result<Self, UnknownStrategy> {
        let mut all = Self::ALL.into_iter();
        let found = all.find(|strategy| strategy.name() == name);
        found.ok_or_else(|| UnknownStrategy(name.to_owned()))
    }
}

/// Something with a label: a piece, a word, or several of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Labelled {
    /// The number of the label.
    pub label: usize,
    /// Its probability.
    pub score: f64,
    /// The bytes of the text.
    pub bytes: Range<usize>,
}

/// Pieces that have a label together, or several.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Group<'a> {
    /// A label for a piece by itself, a kind for a group.
    pub name: &'a str,
    /// The mean of what it is of.
    pub score: f64,
    /// The bytes of the text.
    pub bytes: Range<usize>,
}

/// The label of a word and its probability, from the probabilities of the labels of its pieces, of
/// which it has one at least.
pub(super) fn label_of_word(pieces: &[Vec<f64>], strategy: AggregationStrategy) -> (usize, f64) {
    match strategy {
        AggregationStrategy::Average => {
            let mut mean = vec![0.0; pieces[0].len()];
            for piece in pieces {
                let each = mean.iter_mut().zip(piece);
                each.for_each(|(mean, p)| *mean += p / pieces.len() as f64);
            }
            highest(&mean)
        }
        AggregationStrategy::Max => {
            let best = pieces.iter().map(|piece| highest(piece));
            let higher =
                |best: (_, f64), other: (_, f64)| if other.1 > best.1 { other } else { best };
            best.reduce(higher).unwrap_or_default()
        }
        // Words have labels in every strategy: there, too, where entities are made of pieces.
        _ => highest(&pieces[0]),
    }
}

/// Each by itself, but those with the label O.
pub(super) fn each(labelled: impl Iterator<Item = Labelled>, names: &[String]) -> Vec<Group<'_>> {
    let groups = labelled.map(|one| Group {
        name: &names[one.label],
        score: one.score,
        bytes: one.bytes,
    });
    groups.filter(|group| group.name != OUTSIDE).collect()
}

/// Neighbours of a kind together, but those that are outside.
pub(super) fn group<'a>(labelled: &[Labelled], names: &'a [String]) -> Vec<Group<'a>> {
    let goes_on = |before: &Labelled, now: &Labelled| {
        let (_, before) = tag(&names[before.label]);
        let (begins, now) = tag(&names[now.label]);
        before == now && !begins
    };
    let groups = labelled.chunk_by(goes_on).map(|group| {
        let name = &names[group[0].label];
        let sum: f64 = group.iter().map(|one| one.score).sum();
        Group {
            name: name.split_once('-').map_or(name.as_str(), |(_, kind)| kind),
            score: sum / group.len() as f64,
            bytes: group[0].bytes.start..group[group.len() - 1].bytes.end,
        }
    });
    groups.filter(|group| group.name != OUTSIDE).collect()
}

/// The label of what is no entity.
pub(super) const OUTSIDE: &str = "O";

/// Whether a label begins something, and of what kind it is. Labels of other schemes than IOB2 go
/// on with themselves.
fn tag(name: &str) -> (bool, &str) {
    match name.split_once('-') {
        Some(("B", kind)) => (true, kind),
        Some(("I", kind)) => (false, kind),
        _ => (false, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 5] = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"];

    fn names() -> Vec<String> {
        NAMES.map(str::to_owned).to_vec()
    }

    fn labelled(labels: &[usize]) -> Vec<Labelled> {
        let one = |(at, &label): (usize, &usize)| Labelled {
            label,
            score: 0.5 + at as f64 / 10.0,
            bytes: 2 * at..2 * at + 1,
        };
        labels.iter().enumerate().map(one).collect()
    }

    fn groups(labels: &[usize]) -> Vec<(String, Range<usize>)> {
        let names = names();
        let groups = group(&labelled(labels), &names);
        groups
            .iter()
            .map(|g| (g.name.to_owned(), g.bytes.clone()))
            .collect()
    }

    #[test]
    fn neighbours_of_a_kind_are_an_entity_until_another_begins() {
        let per = |bytes| ("PER".to_owned(), bytes);
        assert_eq!(groups(&[1, 2, 0, 1]), [per(0..3), per(6..7)]);
        assert_eq!(groups(&[1, 1]), [per(0..1), per(2..3)]);
        // An I by itself is one, too, and goes on with its own kind only.
        assert_eq!(groups(&[0, 2, 4]), [per(2..3), ("LOC".to_owned(), 4..5)]);
        assert!(groups(&[0, 0]).is_empty());
        let names = names();
        let score = group(&labelled(&[1, 2]), &names)[0].score;
        assert!((score - 0.55).abs() < 1e-12);
    }

    #[test]
    fn words_have_the_label_that_the_strategy_says() {
        let pieces = [
            vec![0.1, 0.6, 0.3, 0.0, 0.0],
            vec![0.05, 0.0, 0.0, 0.9, 0.05],
        ];
        let of = |strategy| {
            assert_eq!(label_of_word(&pieces[1..], strategy), (3, 0.9));
            label_of_word(&pieces, strategy)
        };
        assert_eq!(of(AggregationStrategy::First), (1, 0.6));
        assert_eq!(of(AggregationStrategy::Average), (3, 0.45));
        assert_eq!(of(AggregationStrategy::Max), (3, 0.9));
    }

    #[test]
    fn a_strategy_has_its_name() {
        for strategy in AggregationStrategy::ALL {
            assert_eq!(strategy.to_string().parse(), Ok(strategy));
        }
        let error = "mean".parse::<AggregationStrategy>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"mean\" is none of none, simple, first, average, max"
        );
    }
}
