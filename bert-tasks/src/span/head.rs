//! Question answering as the training knows it.

use std::path::Path;

use bert_core::files::FileError;
use bert_data::SquadExample;

use super::details::details;
use super::{
    DecodingOptions, SpanEvaluation, SpanOutput, SpanSplit, nbest_json, null_odds_json,
    predictions_json,
};
use crate::events::Details;
use crate::folder::ModelFolder;
use crate::model::ModelSettings;
use crate::output::write_json;
use crate::training::check::check_plain_loss;
use crate::training::{Head, MetricInfo, TrainingArguments, TrainingError};

/// The metrics of question answering, the one that decides first. F1 and exact match are in
/// percent, as SQuAD has them.
pub const METRICS: [MetricInfo; 3] = [
    MetricInfo::higher("f1"),
    MetricInfo::higher("exact"),
    MetricInfo::lower("loss"),
];

/// The answer to a question as a span of a passage. Leaves the files of `run_qa.py`:
/// `predictions.json`, `nbest_predictions.json` and, for SQuAD 2.0, `null_odds.json`.
#[derive(Clone, Copy, Debug)]
pub struct SpanHead {
    /// How answers are chosen.
    pub decoding: DecodingOptions,
}

impl Head for SpanHead {
    type Data = SpanSplit;
    type Output = SpanOutput;
    type Evaluation = SpanEvaluation;

    fn metrics(&self, _model: &ModelSettings, _data: &SpanSplit) -> &'static [MetricInfo] {
        &METRICS
    }

    fn check_arguments(&self, arguments: &TrainingArguments) -> Result<(), TrainingError> {
        check_plain_loss(arguments, "question answering, where a label is a place")
    }

    /// Every question must have an answer, or be said to have none; in SQuAD 1.1 all have one.
    fn check(
        &self,
        _model: &ModelSettings,
        split: &'static str,
        data: &SpanSplit,
    ) -> Result<(), TrainingError> {
        let may_lack = self.decoding.version_2_with_negative;
        let is_labelled = |example: &SquadExample| {
            !example.answers.is_empty() || (example.is_impossible && may_lack)
        };
        let unlabelled = data.examples().iter().find(|example| !is_labelled(example));
        unlabelled.map_or(Ok(()), |example| {
            Err(TrainingError::NoAnswer {
                split,
                id: example.id.clone(),
                is_impossible: example.is_impossible,
            })
        })
    }

    fn evaluation(&self, outputs: &[SpanOutput], data: &SpanSplit) -> SpanEvaluation {
        SpanEvaluation::of(outputs, data, &self.decoding)
    }

    fn details(
        &self,
        evaluation: &SpanEvaluation,
        data: &SpanSplit,
        _folder: &ModelFolder,
    ) -> Details {
        details(evaluation, data)
    }

    fn write(
        &self,
        evaluation: &SpanEvaluation,
        data: &SpanSplit,
        folder: &Path,
    ) -> Result<(), FileError> {
        let answers = || evaluation.by_id(data);
        let path = |name: &str| folder.join(name);
        write_json(&path("predictions.json"), &predictions_json(answers()))?;
        write_json(&path("nbest_predictions.json"), &nbest_json(answers()))?;
        if answers().any(|(_, decoded)| decoded.null_odds.is_some()) {
            write_json(&path("null_odds.json"), &null_odds_json(answers()))?;
        }
        Ok(())
    }
}
