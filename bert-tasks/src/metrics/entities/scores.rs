//! Precision, recall and F1 of entities.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use bert_data::TagScheme;
use bert_data::tags::entities_of;
use serde::{Deserialize, Serialize};

use super::EntityMode;
use super::strict::{OtherScheme, strict_entities};
use crate::metrics::averages::{Average, AverageScores, ClassScores, Counts};

/// The scores of a split's entities.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EntityScores {
    counts: BTreeMap<String, Counts>,
}

/// The scores of one kind of entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KindScores {
    /// The kind, such as PER.
    pub kind: String,
    /// Its scores; the support is the number of entities in the labels.
    #[serde(flatten)]
    pub scores: ClassScores,
}

impl EntityScores {
    /// Compares the tags of sentences with their labels: a tag for each word.
    ///
    /// # Errors
    /// In strict mode, if a tag has a prefix that is none of the scheme's.
    ///
    /// # Panics
    /// If sentences have other numbers of predictions than of labels.
    pub fn of<T: AsRef<str>>(
        predictions: &[Vec<T>],
        labels: &[Vec<T>],
        mode: EntityMode,
    ) -> Result<Self, OtherScheme> {
        check_lengths(predictions, labels);
        let (predicted, actual) = (spans(predictions, mode)?, spans(labels, mode)?);
        let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
        let mut count = |kind: &str, add: fn(&mut Counts)| match counts.get_mut(kind) {
            Some(counts) => add(counts),
            None => add(counts.entry(kind.to_owned()).or_default()),
        };
        for span in &predicted {
            count(span.0, |counts| counts.predicted += 1);
            if actual.contains(span) {
                count(span.0, |counts| counts.true_positives += 1);
            }
        }
        for (kind, _) in &actual {
            count(kind, |counts| counts.actual += 1);
        }
        Ok(Self { counts })
    }

    /// The scores of each kind that is predicted or a label, sorted by its name.
    pub fn kinds(&self) -> Vec<KindScores> {
        let kinds = self.counts.iter().map(|(kind, counts)| KindScores {
            kind: kind.clone(),
            scores: counts.scores(),
        });
        kinds.collect()
    }

    /// The scores of all kinds together: 0 where there is no entity at all, of which seqeval leaves
    /// the macro average undefined.
    pub fn average(&self, average: Average) -> AverageScores {
        let counts: Vec<Counts> = self.counts.values().copied().collect();
        match counts.as_slice() {
            [] => Counts::default().scores().into(),
            counts => average.of(counts),
        }
    }

    /// Number of entities in the labels.
    pub fn support(&self) -> usize {
        self.counts.values().map(|counts| counts.actual).sum()
    }

    /// Number of entities in the predictions.
    pub fn predicted(&self) -> usize {
        self.counts.values().map(|counts| counts.predicted).sum()
    }

    /// Number of entities that are both.
    pub fn found(&self) -> usize {
        self.counts
            .values()
            .map(|counts| counts.true_positives)
            .sum()
    }
}

/// Kinds and words of the entities of all sentences, words counted through all of them.
fn spans<T: AsRef<str>>(
    sentences: &[Vec<T>],
    mode: EntityMode,
) -> Result<HashSet<(&str, Range<usize>)>, OtherScheme> {
    let mut spans = HashSet::new();
    match mode {
        EntityMode::Default | EntityMode::Strict(TagScheme::Plain) => {
            // As seqeval does: all in one, with an O after each sentence. Tags of one letter that is
            // no prefix are read otherwise there than in a sentence alone.
            let sentences = sentences.iter();
            let tags = sentences
                .flat_map(|tags| tags.iter().map(AsRef::as_ref).chain([TagScheme::OUTSIDE]));
            let found = entities_of(tags).into_iter();
            spans.extend(found.map(|found| (found.kind, found.words)));
        }
        EntityMode::Strict(scheme) => {
            let mut first = 0;
            for tags in sentences {
                for found in strict_entities(tags, scheme)? {
                    let words = first + found.words.start..first + found.words.end;
                    spans.insert((found.kind, words));
                }
                first += tags.len();
            }
        }
    }
    Ok(spans)
}

/// Fails if sentences have other numbers of predictions than of labels.
#[track_caller]
pub(super) fn check_lengths<T>(predictions: &[Vec<T>], labels: &[Vec<T>]) {
    let lengths = |tags: &[Vec<T>]| tags.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(
        lengths(predictions),
        lengths(labels),
        "each word has a prediction and a label"
    );
}
