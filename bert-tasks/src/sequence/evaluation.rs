//! The scores of a whole split.

use bert_core::config::ProblemType;
use bert_data::Label;

use super::decision::Decision;
use super::metrics::{MULTI_LABEL, REGRESSION, classification};
use super::{SequenceOutput, Threshold};
use crate::metrics::{self, Average, ClassScores, NotFinite, multilabel, not_finite};
use crate::training::{Evaluation, MetricInfo, mean_loss};

/// What a model says of a split, and how right it is.
#[derive(Clone, Debug, PartialEq)]
pub struct SequenceEvaluation {
    /// Every metric, in the order of [`metrics`](super::metrics).
    pub figures: Vec<(&'static str, f64)>,
    /// Mean loss over the examples.
    pub loss: f64,
    /// The predicted label of each example, in the order of the split.
    pub predictions: Vec<Label>,
    /// The right label of each example, in the order of the split.
    pub labels: Vec<Label>,
    /// The scores of each example, in the order of the split.
    pub logits: Vec<Vec<f32>>,
    /// How probable a class had to be to apply, where several can.
    pub threshold: Option<f64>,
}

impl SequenceEvaluation {
    /// Puts the outputs of all batches together, in the order of the split.
    pub fn of(outputs: &[SequenceOutput], threshold: Threshold) -> Self {
        let mut examples: Vec<(usize, &Label, &[f32])> = outputs
            .iter()
            .flat_map(|output| {
                let places = output.indices.iter().zip(&output.labels);
                places
                    .zip(output.rows())
                    .map(|((&index, label), row)| (index, label, row))
            })
            .collect();
        examples.sort_by_key(|&(index, ..)| index);
        let labels: Vec<Label> = examples
            .iter()
            .map(|&(_, label, _)| label.clone())
            .collect();
        let logits: Vec<Vec<f32>> = examples.iter().map(|&(.., row)| row.to_vec()).collect();
        let problem = problem(&labels);
        let mut decision = Decision::new(problem, 0.5);
        let threshold =
            (problem == ProblemType::MultiLabelClassification).then(|| match threshold {
                Threshold::Fixed(threshold) => threshold,
                Threshold::Tuned => {
                    let scores: Vec<_> = logits.iter().map(|row| decision.scores(row)).collect();
                    multilabel::best_threshold(&scores, &classes(&labels))
                }
            });
        if let Some(threshold) = threshold {
            decision = decision.with_threshold(threshold);
        }
        let mut evaluation = Self {
            figures: Vec::new(),
            loss: mean_loss(outputs),
            predictions: logits.iter().map(|row| decision.label(row)).collect(),
            labels,
            logits,
            threshold,
        };
        evaluation.figures = match problem {
            ProblemType::SingleLabelClassification => evaluation.of_classes(),
            ProblemType::MultiLabelClassification => evaluation.of_sets(decision),
            ProblemType::Regression => evaluation.of_numbers(),
        };
        evaluation
    }

    /// A metric by its name.
    pub fn score(&self, name: &str) -> Option<f64> {
        let mut figures = self.figures.iter();
        figures
            .find(|(known, _)| *known == name)
            .map(|&(_, score)| score)
    }

    /// How many examples of each class (row) were given each class (column); empty where examples
    /// do not have one class each.
    pub fn confusion(&self) -> Vec<Vec<usize>> {
        let labels = self.logits.first().map_or(0, Vec::len);
        let mut counts = vec![vec![0; labels]; labels];
        for (label, prediction) in self.labels.iter().zip(&self.predictions) {
            match (label.class(), prediction.class()) {
                (Some(label), Some(prediction)) => counts[label][prediction] += 1,
                _ => return Vec::new(),
            }
        }
        counts
    }

    /// Precision, recall and F1 of each class; empty where the label is a number.
    pub fn class_scores(&self) -> Vec<ClassScores> {
        let num_labels = self.logits.first().map_or(0, Vec::len);
        match self.labels.first() {
            Some(Label::Class(_)) => {
                let (predictions, labels) = (class(&self.predictions), class(&self.labels));
                metrics::class_scores(&predictions, &labels, num_labels)
            }
            Some(Label::Classes(_)) => {
                let (predictions, labels) = (classes(&self.predictions), classes(&self.labels));
                multilabel::class_scores(&predictions, &labels, num_labels)
            }
            _ => Vec::new(),
        }
    }

    /// What the model gives each label of each example, `[examples][labels]`: probabilities, or the
    /// number of a regression.
    pub fn label_scores(&self) -> Vec<Vec<f64>> {
        let problem = problem(&self.labels);
        let decision = Decision::new(problem, self.threshold.unwrap_or(0.5));
        let rows = self.logits.iter();
        rows.map(|row| decision.scores(row)).collect()
    }

    /// How sure the model is of each prediction: the probability of the class and, of several, of
    /// the decision that it is least sure of. 0 for numbers.
    pub(super) fn certainty(&self) -> Vec<f64> {
        let decision = |problem| Decision::new(problem, self.threshold.unwrap_or(0.5));
        let of = |(row, prediction): (&Vec<f32>, &Label)| match prediction {
            Label::Class(class) => {
                decision(ProblemType::SingleLabelClassification).scores(row)[*class]
            }
            Label::Classes(applying) => {
                let scores = decision(ProblemType::MultiLabelClassification).scores(row);
                let scores = scores.into_iter().enumerate();
                let sure = scores.map(|(class, p)| match applying.contains(&class) {
                    true => p,
                    false => 1.0 - p,
                });
                sure.fold(1.0, f64::min)
            }
            Label::Number(_) => 0.0,
        };
        self.logits.iter().zip(&self.predictions).map(of).collect()
    }

    fn of_classes(&self) -> Vec<(&'static str, f64)> {
        let num_labels = self.logits.first().map_or(0, Vec::len);
        let (predictions, labels) = (class(&self.predictions), class(&self.labels));
        let binary = metrics::binary_scores(&predictions, &labels);
        let average = |average| metrics::average_scores(&predictions, &labels, average);
        let (mean, weighted) = (average(Average::Macro), average(Average::Weighted));
        self.with_loss(classification(num_labels), |name| match name {
            "accuracy" => metrics::accuracy(&predictions, &labels),
            "f1" => binary.f1,
            "precision" => binary.precision,
            "recall" => binary.recall,
            "f1_macro" => mean.f1,
            "precision_macro" => mean.precision,
            "recall_macro" => mean.recall,
            "f1_micro" => average(Average::Micro).f1,
            "f1_weighted" => weighted.f1,
            _ => metrics::matthews(&predictions, &labels),
        })
    }

    fn of_sets(&self, decision: Decision) -> Vec<(&'static str, f64)> {
        let num_labels = self.logits.first().map_or(0, Vec::len);
        let (predictions, labels) = (classes(&self.predictions), classes(&self.labels));
        let scores: Vec<_> = self.logits.iter().map(|row| decision.scores(row)).collect();
        let average =
            |average| multilabel::average_scores(&predictions, &labels, num_labels, average);
        let (micro, mean) = (average(Average::Micro), average(Average::Macro));
        self.with_loss(&MULTI_LABEL, |name| match name {
            "f1_micro" => micro.f1,
            "precision_micro" => micro.precision,
            "recall_micro" => micro.recall,
            "f1_macro" => mean.f1,
            "f1_weighted" => average(Average::Weighted).f1,
            "f1_samples" => multilabel::f1_samples(&predictions, &labels),
            "subset_accuracy" => multilabel::subset_accuracy(&predictions, &labels),
            _ => multilabel::average_precision_macro(&scores, &labels),
        })
    }

    fn of_numbers(&self) -> Vec<(&'static str, f64)> {
        let of = |labels: &[Label]| -> Vec<f64> {
            let number = |label: &Label| match label {
                Label::Number(number) => Some(f64::from(*number)),
                _ => None,
            };
            labels.iter().filter_map(number).collect()
        };
        let (predictions, labels) = (of(&self.predictions), of(&self.labels));
        self.with_loss(&REGRESSION, |name| match name {
            "mse" => metrics::mse(&predictions, &labels),
            "mae" => metrics::mae(&predictions, &labels),
            "r2" => metrics::r2(&predictions, &labels),
            "pearson" => metrics::pearson(&predictions, &labels),
            _ => metrics::spearman(&predictions, &labels),
        })
    }

    fn with_loss(
        &self,
        metrics: &[MetricInfo],
        score: impl Fn(&str) -> f64,
    ) -> Vec<(&'static str, f64)> {
        let of = |metric: &MetricInfo| match metric.name {
            "loss" => (metric.name, self.loss),
            name => (name, score(name)),
        };
        metrics.iter().map(of).collect()
    }
}

/// What such labels mean.
fn problem(labels: &[Label]) -> ProblemType {
    match labels.first() {
        Some(Label::Classes(_)) => ProblemType::MultiLabelClassification,
        Some(Label::Number(_)) => ProblemType::Regression,
        Some(Label::Class(_)) | None => ProblemType::SingleLabelClassification,
    }
}

fn class(labels: &[Label]) -> Vec<usize> {
    labels.iter().filter_map(Label::class).collect()
}

fn classes(labels: &[Label]) -> Vec<Vec<usize>> {
    let of = |label: &Label| match label {
        Label::Classes(classes) => classes.clone(),
        _ => Vec::new(),
    };
    labels.iter().map(of).collect()
}

impl Evaluation for SequenceEvaluation {
    fn figures(&self) -> Vec<(&'static str, f64)> {
        self.figures.clone()
    }

    /// The two that come first, and the loss.
    fn summary(&self) -> Vec<(&'static str, f64)> {
        let mut summary = self.figures.clone();
        summary.drain(2..summary.len() - 1);
        summary
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
                labels: vec![Label::Class(1), Label::Class(0)],
                logits: vec![0.0, 1.0, 0.5, 0.1],
                loss: 0.25,
            },
            SequenceOutput {
                indices: vec![1],
                labels: vec![Label::Class(1)],
                logits: vec![2.0, 1.0],
                loss: 1.0,
            },
        ];
        let evaluation = SequenceEvaluation::of(&outputs, Threshold::default());
        assert_eq!(evaluation.predictions, [0, 0, 1].map(Label::Class));
        assert_eq!(evaluation.logits, [[0.5, 0.1], [2.0, 1.0], [0.0, 1.0]]);
        assert_eq!(evaluation.labels, [0, 1, 1].map(Label::Class));
        assert_eq!(evaluation.confusion(), [[1, 0], [1, 1]]);
        assert_eq!(evaluation.score("accuracy"), Some(2.0 / 3.0));
        assert_eq!(evaluation.loss, 0.5);
        assert!((evaluation.score("f1").unwrap() - 2.0 / 3.0).abs() < 1e-12);
        let names: Vec<&str> = evaluation
            .summary()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["f1", "accuracy", "loss"]);
    }

    fn of(labels: &[Label], logits: &[&[f32]], loss: f64) -> SequenceEvaluation {
        let output = SequenceOutput {
            indices: (0..labels.len()).collect(),
            labels: labels.to_vec(),
            logits: logits.concat(),
            loss,
        };
        SequenceEvaluation::of(&[output], Threshold::default())
    }

    fn classes_of(labels: &[usize], logits: &[&[f32]], loss: f64) -> SequenceEvaluation {
        let labels: Vec<Label> = labels.iter().copied().map(Label::Class).collect();
        of(&labels, logits, loss)
    }

    #[test]
    fn no_class_of_several_is_the_one_that_is_looked_for() {
        let zero: &[f32] = &[1.0, 0.0, 0.0];
        let logits = [zero, zero, &[0.0, 1.0, 0.0], zero];
        let evaluation = classes_of(&[0, 0, 1, 2], &logits, 0.5);
        // 0.8, 1 and 0; class 1 alone would have 1.
        let expected = [("accuracy", 0.75), ("f1_macro", 0.6), ("loss", 0.5)];
        assert_eq!(evaluation.summary(), expected);
        assert_eq!(evaluation.score("f1"), None);
    }

    #[test]
    fn sets_of_classes_have_their_own_scores_and_threshold() {
        let labels = [vec![0], vec![0, 1], vec![]].map(Label::Classes);
        let logits: [&[f32]; 3] = [&[0.5, -3.0], &[0.2, -0.4], &[-0.2, -2.0]];
        let evaluation = of(&labels, &logits, 0.5);
        assert_eq!(evaluation.threshold, Some(0.5));
        assert_eq!(
            evaluation.predictions,
            [vec![0], vec![0], vec![]].map(Label::Classes)
        );
        assert_eq!(evaluation.score("f1_micro"), Some(0.8));
        assert_eq!(evaluation.score("subset_accuracy"), Some(2.0 / 3.0));
        assert!(evaluation.confusion().is_empty());
        let output = SequenceOutput {
            indices: vec![0, 1, 2],
            labels: labels.to_vec(),
            logits: logits.concat(),
            loss: 0.5,
        };
        let tuned = SequenceEvaluation::of(&[output], Threshold::Tuned);
        assert!(tuned.score("f1_micro") > Some(0.8));
        assert!(tuned.threshold < Some(0.5));
    }

    #[test]
    fn numbers_have_errors_and_correlations() {
        let labels = [1.0, 2.0, 4.0].map(Label::Number);
        let evaluation = of(&labels, &[&[1.5], &[2.0], &[3.0]], 0.4);
        assert!((evaluation.score("mse").unwrap() - 1.25 / 3.0).abs() < 1e-12);
        assert!((evaluation.score("spearman").unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(evaluation.threshold, None);
    }

    #[test]
    fn a_score_that_is_no_number_is_found_however_plausible_the_rest_is() {
        let right: [&[f32]; 2] = [&[1.0, 0.0, 0.0], &[0.0, 1.0, 0.0]];
        assert_eq!(classes_of(&[0, 1], &right, 0.5).not_finite(), None);
        let fault = classes_of(&[0, 1], &right, f64::INFINITY)
            .not_finite()
            .unwrap();
        assert_eq!(fault.to_string(), "the loss is inf");
        // The label is right, and the loss of a label with another score is a number.
        let odd: [&[f32]; 2] = [right[0], &[f32::NEG_INFINITY, 1.0, 0.0]];
        let fault = classes_of(&[0, 1], &odd, 0.5).not_finite().unwrap();
        assert_eq!(fault.to_string(), "a logit of example 1 is -inf");
    }
}
