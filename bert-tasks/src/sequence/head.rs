//! One label for a text, as the training knows it.

use std::path::Path;

use bert_core::files::FileError;
use bert_data::EncodedDataset;

use super::details::details;
use super::{SequenceEvaluation, SequenceOutput};
use crate::events::Details;
use crate::folder::ModelFolder;
use crate::model::ModelSettings;
use crate::output::{write_logits, write_predictions};
use crate::training::check::check_label;
use crate::training::{Head, MetricInfo, TrainingError};

const F1: MetricInfo = MetricInfo::higher("f1");
const ACCURACY: MetricInfo = MetricInfo::higher("accuracy");
const F1_MACRO: MetricInfo = MetricInfo::higher("f1_macro");
const LOSS: MetricInfo = MetricInfo::lower("loss");

/// The metrics of a classification with so many labels, the one that decides first.
///
/// Of two labels, 1 is the one that is looked for, and its F1 decides. Of more, none is: accuracy
/// decides, and [`f1_macro`](crate::metrics::f1_macro) takes the place of F1.
pub fn metrics(num_labels: usize) -> &'static [MetricInfo] {
    match num_labels {
        0..=2 => &[F1, ACCURACY, LOSS],
        _ => &[ACCURACY, F1_MACRO, LOSS],
    }
}

/// One label of several for a sentence or a pair of them. Leaves `predictions.tsv`.
#[derive(Clone, Debug, Default)]
pub struct SequenceHead {
    /// Labels that the task has, where a model with another number of them is to be refused.
    pub num_labels: Option<usize>,
    /// Whether `logits.tsv` is written, too.
    pub write_logits: bool,
}

impl Head for SequenceHead {
    type Data = EncodedDataset;
    type Output = SequenceOutput;
    type Evaluation = SequenceEvaluation;

    fn metrics(&self, model: &ModelSettings, _data: &EncodedDataset) -> &'static [MetricInfo] {
        metrics(model.num_labels)
    }

    fn check_model(&self, model: &ModelSettings) -> Result<(), TrainingError> {
        let num_labels = model.num_labels;
        match self.num_labels {
            _ if num_labels < 2 => Err(TrainingError::OneLabel),
            Some(task) if task != num_labels => Err(TrainingError::OtherLabels {
                model: num_labels,
                task,
            }),
            _ => Ok(()),
        }
    }

    /// Every example must have a label that the model has a score for.
    fn check(
        &self,
        model: &ModelSettings,
        split: &'static str,
        data: &EncodedDataset,
    ) -> Result<(), TrainingError> {
        let mut labels = data.labels().iter().enumerate();
        labels.try_for_each(|(index, label)| {
            let class = label.as_ref().map(|label| {
                label.class().ok_or_else(|| TrainingError::LabelKind {
                    split,
                    index,
                    found: label.kind(),
                    expected: "a class",
                })
            });
            check_label(split, index, class.transpose()?, model.num_labels)
        })
    }

    fn evaluation(&self, outputs: &[SequenceOutput], _data: &EncodedDataset) -> SequenceEvaluation {
        SequenceEvaluation::of(outputs)
    }

    fn details(
        &self,
        evaluation: &SequenceEvaluation,
        data: &EncodedDataset,
        folder: &ModelFolder,
    ) -> Details {
        details(evaluation, folder, data)
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
