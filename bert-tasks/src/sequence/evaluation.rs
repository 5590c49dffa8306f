//! The scores of a whole split.

use std::sync::Arc;

use bert_core::backend::BertBackend;
use bert_data::EncodedDataset;
use bert_data::batch::PaddedBatch;
use burn::train::InferenceStep;

use super::fine_tune::check_labels;
use super::{SequenceModel, SequenceOutput};
use crate::metrics;
use crate::training::{
    BatchLoader, BatchReport, TrainingArguments, TrainingError, check_positions,
};

/// What a model says of a split, and how right it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Share of right predictions.
    pub accuracy: f64,
    /// F1 of class 1.
    pub f1: f64,
    /// Mean cross entropy over the examples.
    pub loss: f64,
    /// The predicted label of each example, in the order of the split.
    pub predictions: Vec<usize>,
    /// The right label of each example, in the order of the split.
    pub labels: Vec<usize>,
    /// The scores of each example, in the order of the split.
    pub logits: Vec<Vec<f32>>,
}

impl Evaluation {
    /// Puts the outputs of all batches together, in the order of the split.
    pub fn of(outputs: &[SequenceOutput]) -> Self {
        let mut examples: Vec<(usize, usize, &[f32])> = outputs
            .iter()
            .flat_map(|output| {
                let places = output.indices.iter().zip(&output.labels);
                places
                    .zip(output.rows())
                    .map(|((&index, &label), row)| (index, label, row))
            })
            .collect();
        examples.sort_by_key(|&(index, ..)| index);

        let labels: Vec<usize> = examples.iter().map(|&(_, label, _)| label).collect();
        let predictions: Vec<usize> = examples
            .iter()
            .map(|&(.., row)| super::step::argmax(row))
            .collect();
        let loss: f64 = outputs
            .iter()
            .map(|o| o.loss * o.indices().len() as f64)
            .sum();
        Self {
            accuracy: metrics::accuracy(&predictions, &labels),
            f1: metrics::f1(&predictions, &labels, 1),
            loss: loss / labels.len() as f64,
            predictions,
            labels,
            logits: examples.iter().map(|&(.., row)| row.to_vec()).collect(),
        }
    }
}

impl Evaluation {
    /// How many examples of each label (row) were given each label (column).
    pub fn confusion(&self) -> Vec<Vec<usize>> {
        let labels = self.logits.first().map_or(0, Vec::len);
        let mut counts = vec![vec![0; labels]; labels];
        for (&label, &prediction) in self.labels.iter().zip(&self.predictions) {
            counts[label][prediction] += 1;
        }
        counts
    }
}

/// Runs `model` over a labelled split, without dropout.
///
/// # Errors
/// When the split does not fit the model or lacks labels.
pub fn evaluate<B, M>(
    model: &M,
    split: &Arc<EncodedDataset>,
    arguments: &TrainingArguments,
) -> Result<Evaluation, TrainingError>
where
    B: BertBackend,
    M: SequenceModel<B> + InferenceStep<Input = PaddedBatch, Output = SequenceOutput>,
{
    M::check_problem(model.config())?;
    check_labels("dev", split)?;
    check_positions(model.config(), split.max_seq_length())?;
    let loader = BatchLoader::eval(split.clone(), arguments);
    let outputs: Vec<SequenceOutput> = loader.batches().map(|batch| model.step(batch)).collect();
    Ok(Evaluation::of(&outputs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_come_together_in_the_order_of_the_split() {
        let outputs = [
            SequenceOutput {
                indices: vec![2, 0],
                labels: vec![1, 0],
                logits: vec![0.0, 1.0, 0.5, 0.1],
                loss: 0.25,
            },
            SequenceOutput {
                indices: vec![1],
                labels: vec![1],
                logits: vec![2.0, 1.0],
                loss: 1.0,
            },
        ];
        let evaluation = Evaluation::of(&outputs);
        assert_eq!(evaluation.predictions, [0, 0, 1]);
        assert_eq!(evaluation.logits, [[0.5, 0.1], [2.0, 1.0], [0.0, 1.0]]);
        assert_eq!(evaluation.labels, [0, 1, 1]);
        assert_eq!(evaluation.confusion(), [[1, 0], [1, 1]]);
        assert_eq!(evaluation.accuracy, 2.0 / 3.0);
        assert_eq!(evaluation.loss, 0.5);
        assert!((evaluation.f1 - 2.0 / 3.0).abs() < 1e-12);
    }
}
