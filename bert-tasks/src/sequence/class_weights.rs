//! What the loss of each class counts, from what was asked for.

use std::sync::Arc;

use bert_core::config::ProblemType;
use bert_data::{EncodedDataset, Label};

use crate::model::ModelSettings;
use crate::training::{ClassWeights, TrainingError};

/// A weight for each label of the model. `counts` gives how many examples there are, and how many
/// have each label.
///
/// Balanced weights are scikit-learn's for one class of several: examples / (classes * examples of
/// the class). Where several can apply, each class has PyTorch's `pos_weight`: the examples without
/// it for each with it. A class that the split does not have counts 1.
pub(crate) fn weights_of(
    weights: &ClassWeights,
    model: &ModelSettings,
    counts: impl FnOnce() -> (usize, Vec<usize>),
) -> Result<Arc<[f32]>, TrainingError> {
    let name = |class| model.config.label_name(class);
    match weights {
        ClassWeights::Named(named) => {
            let mut weights = vec![1.0; model.num_labels];
            for (wanted, weight) in named {
                let class = (0..model.num_labels).find(|&class| name(class) == *wanted);
                let class = class.ok_or_else(|| TrainingError::UnknownClass {
                    name: wanted.clone(),
                    known: (0..model.num_labels).map(name).collect(),
                })?;
                weights[class] = *weight as f32;
            }
            Ok(weights.into())
        }
        ClassWeights::Balanced => {
            let (examples, counts) = counts();
            let examples = examples as f64;
            let weight = |&count: &usize| match (count as f64, model.problem) {
                (0.0, _) => 1.0,
                (count, ProblemType::MultiLabelClassification) => (examples - count) / count,
                (count, _) => examples / (counts.len() as f64 * count),
            };
            Ok(counts.iter().map(|count| weight(count) as f32).collect())
        }
    }
}

/// How many texts there are, and how many have each label.
pub(super) fn counts_of(train: &EncodedDataset, num_labels: usize) -> (usize, Vec<usize>) {
    let mut counts = vec![0_usize; num_labels];
    for label in train.labels().iter().flatten() {
        match label {
            Label::Class(class) => counts[*class] += 1,
            Label::Classes(classes) => classes.iter().for_each(|class| counts[*class] += 1),
            Label::Number(_) => {}
        }
    }
    (train.len(), counts)
}
