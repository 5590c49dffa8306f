//! The scores of entities, as seqeval 1.2.2 computes them from the tags of words.
//!
//! An entity counts as found where a predicted one has the same words and the same kind.
//! [`EntityMode`] says how tags are read: by default as conlleval does, which takes an I after O for
//! the beginning of an entity, or strictly, by one scheme, where it begins none
//! ([`strict_entities`]).
//! [`EntityScores`] are precision, recall and F1 of each kind and of all; [`EntityDiff`] is what is
//! right and wrong in one sentence.

mod diff;
mod scores;
mod strict;

pub use diff::EntityDiff;
pub use scores::{EntityScores, KindScores};
pub use strict::{OtherScheme, strict_entities};

use bert_data::TagScheme;
use bert_data::tags::{Entity, entities};

/// How entities are read from tags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EntityMode {
    /// Whatever the scheme is: seqeval's `mode=None`. It does not know BILOU's L and U: such tags are
    /// read strictly, or converted first.
    #[default]
    Default,
    /// Only what follows the scheme: seqeval's `mode="strict", scheme=...`. Of plain tags there is
    /// no scheme to follow: they are read as by default.
    Strict(TagScheme),
}

impl EntityMode {
    /// The entities of a sentence.
    ///
    /// # Errors
    /// If a tag has a prefix that is none of the scheme's.
    pub fn entities<T: AsRef<str>>(self, tags: &[T]) -> Result<Vec<Entity<'_>>, OtherScheme> {
        match self {
            Self::Default | Self::Strict(TagScheme::Plain) => Ok(entities(tags)),
            Self::Strict(scheme) => strict_entities(tags, scheme),
        }
    }
}

/// Share of words whose predicted tag is their tag; NaN of no words.
///
/// seqeval's `accuracy_score`.
///
/// # Panics
/// If sentences have other numbers of predictions than of labels.
pub fn tag_accuracy<T: AsRef<str>>(predictions: &[Vec<T>], labels: &[Vec<T>]) -> f64 {
    scores::check_lengths(predictions, labels);
    let words = |tags: &'_ [Vec<T>]| tags.iter().map(Vec::len).sum::<usize>();
    let pairs = predictions.iter().flatten().zip(labels.iter().flatten());
    let right = pairs.filter(|(prediction, label)| prediction.as_ref() == label.as_ref());
    right.count() as f64 / words(labels) as f64
}

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;
