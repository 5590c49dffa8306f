//! The scores of a whole split.

use super::SequenceOutput;
use crate::metrics;
use crate::metrics::{NotFinite, not_finite};
use crate::training::{Evaluation, MetricInfo, mean_loss};

/// What a model says of a split, and how right it is.
#[derive(Clone, Debug, PartialEq)]
pub struct SequenceEvaluation {
    /// Share of right predictions.
    pub accuracy: f64,
    /// F1 of class 1 of two classes; of more, the mean of the F1 of every class.
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

impl SequenceEvaluation {
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

        let num_labels = examples.first().map_or(0, |(.., row)| row.len());
        let labels: Vec<usize> = examples.iter().map(|&(_, label, _)| label).collect();
        let predictions: Vec<usize> = examples
            .iter()
            .map(|&(.., row)| crate::scores::argmax(row))
            .collect();
        Self {
            accuracy: metrics::accuracy(&predictions, &labels),
            f1: match num_labels {
                0..=2 => metrics::f1(&predictions, &labels, 1),
                _ => metrics::f1_macro(&predictions, &labels),
            },
            loss: mean_loss(outputs),
            predictions,
            labels,
            logits: examples.iter().map(|&(.., row)| row.to_vec()).collect(),
        }
    }

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

impl Evaluation for SequenceEvaluation {
    fn figures(&self) -> Vec<(&'static str, f64)> {
        let num_labels = self.logits.first().map_or(0, Vec::len);
        let score = |metric: &MetricInfo| match metric.name {
            "accuracy" => self.accuracy,
            "loss" => self.loss,
            _ => self.f1,
        };
        let metrics = super::metrics(num_labels).iter();
        metrics.map(|metric| (metric.name, score(metric))).collect()
    }

    fn examples(&self) -> usize {
        self.predictions.len()
    }

    /// Of the logits and the scores.
    fn not_finite(&self) -> Option<NotFinite> {
        let mut rows = self.logits.iter().enumerate();
        let logit = rows.find_map(|(index, row)| {
            let what = format!("a logit of example {index}");
            not_finite(row).map(|value| NotFinite { what, value })
        });
        logit.or_else(|| NotFinite::among(self.figures()))
    }
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
        let evaluation = SequenceEvaluation::of(&outputs);
        assert_eq!(evaluation.predictions, [0, 0, 1]);
        assert_eq!(evaluation.logits, [[0.5, 0.1], [2.0, 1.0], [0.0, 1.0]]);
        assert_eq!(evaluation.labels, [0, 1, 1]);
        assert_eq!(evaluation.confusion(), [[1, 0], [1, 1]]);
        assert_eq!(evaluation.accuracy, 2.0 / 3.0);
        assert_eq!(evaluation.loss, 0.5);
        assert!((evaluation.f1 - 2.0 / 3.0).abs() < 1e-12);
        let names: Vec<&str> = evaluation
            .figures()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["f1", "accuracy", "loss"]);
    }

    fn of(labels: &[usize], logits: &[[f32; 3]], loss: f64) -> SequenceEvaluation {
        SequenceEvaluation::of(&[SequenceOutput {
            indices: (0..labels.len()).collect(),
            labels: labels.to_vec(),
            logits: logits.concat(),
            loss,
        }])
    }

    #[test]
    fn no_class_of_several_is_the_one_that_is_looked_for() {
        let zero = [1.0, 0.0, 0.0];
        let evaluation = of(&[0, 0, 1, 2], &[zero, zero, [0.0, 1.0, 0.0], zero], 0.5);
        // 0.8, 1 and 0; class 1 alone would have 1.
        assert_eq!(
            evaluation.figures(),
            [("accuracy", 0.75), ("f1_macro", 0.6), ("loss", 0.5)]
        );
    }

    #[test]
    fn a_score_that_is_no_number_is_found_however_plausible_the_rest_is() {
        let right = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
        assert_eq!(of(&[0, 1], &right, 0.5).not_finite(), None);
        let fault = of(&[0, 1], &right, f64::INFINITY).not_finite().unwrap();
        assert_eq!(fault.to_string(), "the loss is inf");
        // The label is right, and the loss of a label with another score is a number.
        let mut odd = right;
        odd[1][2] = f32::NEG_INFINITY;
        let evaluation = of(&[0, 1], &odd, 0.5);
        assert_eq!(evaluation.accuracy, 1.0);
        let fault = evaluation.not_finite().unwrap();
        assert_eq!(fault.to_string(), "a logit of example 1 is -inf");
    }
}
