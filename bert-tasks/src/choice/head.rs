//! Multiple choice as the training knows it: data, evaluation, head.

use std::path::Path;

use bert_core::files::FileError;
use bert_data::{EncodedChoices, Label};

use super::ChoiceOutput;
use crate::events::{Details, ScoredExample, hardest};
use crate::folder::ModelFolder;
use crate::metrics::{NotFinite, accuracy, not_finite};
use crate::model::ModelSettings;
use crate::output::write_predictions;
use crate::scores::{argmax, probabilities};
use crate::training::check::{check_label, check_plain_loss};
use crate::training::{Evaluation, Head, MetricInfo, TrainingArguments, TrainingError, mean_loss};

/// What a model chooses of a split, and how right it is.
#[derive(Clone, Debug, PartialEq)]
pub struct ChoiceEvaluation {
    /// Share of the questions whose right choice is chosen.
    pub accuracy: f64,
    /// Mean cross entropy over the questions.
    pub loss: f64,
    /// The choice for each question, in the order of the split.
    pub predictions: Vec<usize>,
    /// The scores of each question's choices, in the order of the split.
    pub scores: Vec<Vec<f32>>,
}

impl Evaluation for ChoiceEvaluation {
    fn figures(&self) -> Vec<(&'static str, f64)> {
        vec![("accuracy", self.accuracy), ("loss", self.loss)]
    }

    fn examples(&self) -> usize {
        self.predictions.len()
    }

    fn not_finite(&self) -> Option<NotFinite> {
        let mut rows = self.scores.iter().enumerate();
        let score = rows.find_map(|(index, row)| {
            let what = format!("a score of question {index}");
            not_finite(row).map(|value| NotFinite { what, value })
        });
        score.or_else(|| NotFinite::among(self.figures()))
    }
}

/// The right one of several choices. Leaves `predictions.tsv`.
#[derive(Clone, Copy, Debug)]
pub struct ChoiceHead;

impl Head for ChoiceHead {
    type Data = EncodedChoices;
    type Output = ChoiceOutput;
    type Evaluation = ChoiceEvaluation;

    fn metrics(&self, _model: &ModelSettings, _data: &EncodedChoices) -> &'static [MetricInfo] {
        const METRICS: [MetricInfo; 2] =
            [MetricInfo::higher("accuracy"), MetricInfo::lower("loss")];
        &METRICS
    }

    fn check_arguments(&self, arguments: &TrainingArguments) -> Result<(), TrainingError> {
        check_plain_loss(arguments, "multiple choice")
    }

    /// Every question must have choices, and say which one is right.
    fn check(
        &self,
        _model: &ModelSettings,
        split: &'static str,
        data: &EncodedChoices,
    ) -> Result<(), TrainingError> {
        let mut labels = data.labels().iter().enumerate();
        labels.try_for_each(|(index, &label)| {
            check_label(split, index, label, data.rows(index).len())
        })
    }

    fn evaluation(&self, outputs: &[ChoiceOutput], data: &EncodedChoices) -> ChoiceEvaluation {
        let mut scores = vec![Vec::new(); data.len()];
        for output in outputs {
            for (&index, row) in output.indices.iter().zip(&output.scores) {
                scores[index].clone_from(row);
            }
        }
        let predictions: Vec<usize> = scores.iter().map(|row| argmax(row)).collect();
        let labels: Vec<usize> = data.labels().iter().flatten().copied().collect();
        ChoiceEvaluation {
            accuracy: accuracy(&predictions, &labels),
            loss: mean_loss(outputs),
            predictions,
            scores,
        }
    }

    /// The questions that the model finds hardest: the context, and the choices with the question.
    fn details(&self, of: &Self::Evaluation, data: &Self::Data, folder: &ModelFolder) -> Details {
        let right = |index: usize| data.labels()[index].unwrap_or_default();
        let sure = |index: usize| probabilities(&of.scores[index])[of.predictions[index]];
        let is_right = |index: usize| of.predictions[index] == right(index);
        let example = |index: usize| {
            let texts = |choice: usize| folder.texts(&data.rows(index)[choice]);
            let choice = |choice: usize| texts(choice).pop().unwrap_or_default();
            ScoredExample {
                index,
                texts: texts(right(index)).into_iter().take(1).collect(),
                expected: choice(right(index)),
                predicted: choice(of.predictions[index]),
                probability: sure(index),
                correct: is_right(index),
                marks: Vec::new(),
            }
        };
        let shown = hardest((0..data.len()).map(|index| (is_right(index), sure(index))));
        Details {
            examples: shown.into_iter().map(example).collect(),
            ..Details::default()
        }
    }

    fn write(
        &self,
        evaluation: &ChoiceEvaluation,
        _data: &EncodedChoices,
        folder: &Path,
    ) -> Result<(), FileError> {
        let labels: Vec<Label> = evaluation
            .predictions
            .iter()
            .map(|&at| Label::Class(at))
            .collect();
        write_predictions(&folder.join("predictions.tsv"), &labels)
    }
}
