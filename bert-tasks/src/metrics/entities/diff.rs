//! What is right and wrong in one sentence.

use bert_data::tags::Entity;

/// The entities of a sentence, by what became of them, each list in the order of the words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntityDiff<'a> {
    /// Predicted and in the labels.
    pub found: Vec<Entity<'a>>,
    /// In the labels, and not predicted with the same words and kind.
    pub missed: Vec<Entity<'a>>,
    /// Predicted, and not in the labels with the same words and kind.
    pub wrong: Vec<Entity<'a>>,
}

impl<'a> EntityDiff<'a> {
    /// Compares predicted entities with those of the labels.
    pub fn of(predicted: Vec<Entity<'a>>, labels: &[Entity<'a>]) -> Self {
        let missed = labels.iter().filter(|entity| !predicted.contains(entity));
        let missed = missed.cloned().collect();
        let (found, wrong) = predicted
            .into_iter()
            .partition(|entity| labels.contains(entity));
        Self {
            found,
            missed,
            wrong,
        }
    }

    /// Number of entities that are missed or wrong.
    pub fn mistakes(&self) -> usize {
        self.missed.len() + self.wrong.len()
    }
}
