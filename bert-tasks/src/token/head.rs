//! The labels of words, as the training knows them.

use std::path::Path;

use bert_core::files::FileError;

use super::details::details;
use super::evaluation::{ENTITIES, PLAIN};
use super::predictions::write_predictions;
use super::{TokenEvaluation, TokenOutput, TokenSplit};
use crate::events::Details;
use crate::folder::ModelFolder;
use crate::model::ModelSettings;
use crate::sequence::weights_of;
use crate::training::check::check_plain_loss;
use crate::training::{Head, MetricInfo, TrainingArguments, TrainingError};
use bert_data::TagScheme;

/// The label of every word of a sentence. Leaves `predictions.txt`: words, right tags and the
/// model's, in columns.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokenHead;

impl Head for TokenHead {
    type Data = TokenSplit;
    type Output = TokenOutput;
    type Evaluation = TokenEvaluation;

    /// Tags without prefixes make no entities: of them the words are scored.
    fn metrics(&self, _model: &ModelSettings, data: &TokenSplit) -> &'static [MetricInfo] {
        match data.names().scheme() {
            TagScheme::Plain => &PLAIN,
            _ => &ENTITIES,
        }
    }

    /// Every sentence must be tagged, with the tags of the model.
    fn check(
        &self,
        model: &ModelSettings,
        split: &'static str,
        data: &TokenSplit,
    ) -> Result<(), TrainingError> {
        let task = data.names().len();
        if task != model.num_labels {
            return Err(TrainingError::OtherLabels {
                model: model.num_labels,
                task,
            });
        }
        let mut sentences = data.sentences().iter();
        match sentences.position(|sentence| sentence.tags.is_none()) {
            Some(index) => Err(TrainingError::NoLabel { split, index }),
            None => Ok(()),
        }
    }

    /// Class weights are balanced over words. A CRF has one loss.
    fn learning(
        &self,
        model: ModelSettings,
        arguments: &TrainingArguments,
        train: &TokenSplit,
    ) -> Result<ModelSettings, TrainingError> {
        if model.config.crf() {
            check_plain_loss(
                arguments,
                "a CRF, whose loss is that of all labels together",
            )?;
        }
        let weights = arguments.class_weights.as_ref();
        let class_weights = weights.map(|weights| {
            let mut counts = vec![0; model.num_labels];
            let classes = train.labels().flat_map(|labels| &labels.classes);
            classes
                .flatten()
                .flatten()
                .for_each(|&class| counts[class] += 1);
            weights_of(weights, &model, || (counts.iter().sum(), counts))
        });
        Ok(ModelSettings {
            label_smoothing: arguments.label_smoothing,
            focal_gamma: arguments.focal_gamma,
            class_weights: class_weights.transpose()?,
            ..model
        })
    }

    fn evaluation(&self, outputs: &[TokenOutput], data: &TokenSplit) -> TokenEvaluation {
        TokenEvaluation::of(outputs, data)
    }

    fn details(
        &self,
        evaluation: &TokenEvaluation,
        data: &TokenSplit,
        _folder: &ModelFolder,
    ) -> Details {
        details(evaluation, data)
    }

    fn write(
        &self,
        evaluation: &TokenEvaluation,
        data: &TokenSplit,
        folder: &Path,
    ) -> Result<(), FileError> {
        write_predictions(&folder.join("predictions.txt"), evaluation, data)
    }
}
