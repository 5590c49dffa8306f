//! Labels of a text, as the training knows them.

use std::path::Path;

use bert_core::config::{BertConfig, ProblemType};
use bert_core::files::FileError;
use bert_data::{EncodedDataset, Label};

use super::class_weights::{counts_of, weights_of};
use super::details::details;
use super::{SequenceEvaluation, SequenceOutput, metrics};
use crate::events::Details;
use crate::folder::ModelFolder;
use crate::model::ModelSettings;
use crate::output::{write_logits, write_predictions};
use crate::training::check::check_label;
use crate::training::{Head, MetricInfo, TrainingArguments, TrainingError};

/// How probable a class has to be to apply to a text, where several can.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// So much.
    Fixed(f64),
    /// As much as gives the highest micro F1 on the split that is scored; the model that is kept
    /// keeps it in its configuration.
    Tuned,
}

impl Default for Threshold {
    fn default() -> Self {
        Self::Fixed(0.5)
    }
}

/// The labels of a sentence or a pair of them: a class, several, or a number, as the model's
/// `problem_type` says. Leaves `predictions.tsv`.
#[derive(Clone, Debug, Default)]
pub struct SequenceHead {
    /// Labels that the task has, where a model with another number of them is to be refused.
    pub num_labels: Option<usize>,
    /// Whether `logits.tsv` is written, too.
    pub write_logits: bool,
    /// Which classes apply, where several can.
    pub threshold: Threshold,
}

impl Head for SequenceHead {
    type Data = EncodedDataset;
    type Output = SequenceOutput;
    type Evaluation = SequenceEvaluation;

    fn metrics(&self, model: &ModelSettings, _data: &EncodedDataset) -> &'static [MetricInfo] {
        metrics(model)
    }

    fn check_model(&self, model: &ModelSettings) -> Result<(), TrainingError> {
        match self.num_labels {
            Some(task) if task != model.num_labels => Err(TrainingError::OtherLabels {
                model: model.num_labels,
                task,
            }),
            _ => Ok(()),
        }
    }

    /// Every example must have a label of the kind that the model learns and has scores for.
    fn check(
        &self,
        model: &ModelSettings,
        split: &'static str,
        data: &EncodedDataset,
    ) -> Result<(), TrainingError> {
        let check = |(index, label): (usize, &Option<Label>)| {
            let check = |class| check_label(split, index, Some(class), model.num_labels);
            match (model.problem, label) {
                (_, None) => Err(TrainingError::NoLabel { split, index }),
                (ProblemType::SingleLabelClassification, Some(Label::Class(class))) => {
                    check(*class)
                }
                (ProblemType::MultiLabelClassification, Some(Label::Classes(classes))) => {
                    classes.iter().copied().try_for_each(check)
                }
                (ProblemType::Regression, Some(Label::Number(number))) => {
                    match number.is_finite() {
                        true => Ok(()),
                        false => Err(TrainingError::NoLabel { split, index }),
                    }
                }
                (problem, Some(label)) => Err(TrainingError::LabelKind {
                    split,
                    index,
                    found: label.kind(),
                    expected: match problem {
                        ProblemType::SingleLabelClassification => "a class",
                        ProblemType::MultiLabelClassification => "several classes",
                        ProblemType::Regression => "a number",
                    },
                }),
            }
        };
        data.labels().iter().enumerate().try_for_each(check)
    }

    /// Label smoothing and the focal loss are of classes, class weights of their names.
    fn learning(
        &self,
        model: ModelSettings,
        arguments: &TrainingArguments,
        train: &EncodedDataset,
    ) -> Result<ModelSettings, TrainingError> {
        let is_number = model.problem == ProblemType::Regression;
        let is_single = model.problem == ProblemType::SingleLabelClassification;
        let refused = |name, value: String, expected| {
            Err(TrainingError::Argument {
                name,
                value,
                expected,
            })
        };
        if !is_single && arguments.label_smoothing > 0.0 {
            let value = arguments.label_smoothing.to_string();
            return refused(
                "label_smoothing",
                value,
                "0 where a text has not one class of several",
            );
        }
        if is_number && arguments.focal_gamma > 0.0 {
            let value = arguments.focal_gamma.to_string();
            return refused("focal_gamma", value, "0 where the label is a number");
        }
        let class_weights = match &arguments.class_weights {
            Some(weights) if is_number => {
                return refused(
                    "class_weights",
                    weights.to_string(),
                    "left out where the label is a number",
                );
            }
            Some(weights) => Some(weights_of(weights, &model, || {
                counts_of(train, model.num_labels)
            })?),
            None => None,
        };
        Ok(ModelSettings {
            label_smoothing: arguments.label_smoothing,
            focal_gamma: arguments.focal_gamma,
            class_weights,
            ..model
        })
    }

    fn evaluation(&self, outputs: &[SequenceOutput], _data: &EncodedDataset) -> SequenceEvaluation {
        SequenceEvaluation::of(outputs, self.threshold)
    }

    fn details(
        &self,
        evaluation: &SequenceEvaluation,
        data: &EncodedDataset,
        folder: &ModelFolder,
    ) -> Details {
        details(evaluation, folder, data)
    }

    fn keep(&self, evaluation: &SequenceEvaluation, config: &mut BertConfig) {
        if let Some(threshold) = evaluation.threshold {
            config.set_threshold(threshold);
        }
    }

    fn write(
        &self,
        evaluation: &SequenceEvaluation,
        _data: &EncodedDataset,
        folder: &Path,
    ) -> Result<(), FileError> {
        write_predictions(&folder.join("predictions.tsv"), &evaluation.predictions)?;
        if self.write_logits {
            write_logits(&folder.join("logits.tsv"), &evaluation.logits)?;
        }
        Ok(())
    }
}
