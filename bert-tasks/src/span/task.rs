//! Question answering as the training loop sees it.

use std::path::Path;
use std::sync::Arc;

use burn::tensor::backend::Backend;

use super::details::details;
use super::{BertForQuestionAnswering, DecodingOptions, SpanEvaluation, SpanOutput, SpanSplit};
use crate::events::Details;
use crate::folder::ModelFolder;
use crate::training::{
    Kept, MetricInfo, Scores, Task, TrainingArguments, TrainingError, deciding_metric,
};

/// The metrics of question answering, the one that decides first. F1 and exact match are in
/// percent, as SQuAD has them.
pub const METRICS: [MetricInfo; 3] = [
    MetricInfo {
        name: "f1",
        higher_is_better: true,
    },
    MetricInfo {
        name: "exact",
        higher_is_better: true,
    },
    MetricInfo {
        name: "loss",
        higher_is_better: false,
    },
];

/// Answers, scores, and keeps the best evaluation where somebody wants it.
pub(super) struct SpanTask {
    folder: Arc<ModelFolder>,
    dev: Arc<SpanSplit>,
    options: DecodingOptions,
    metric: MetricInfo,
    last: Option<SpanEvaluation>,
    kept: Option<Kept<SpanEvaluation>>,
}

impl SpanTask {
    /// `kept`, if any, gets the best evaluation.
    pub(super) fn new(
        folder: Arc<ModelFolder>,
        dev: Arc<SpanSplit>,
        options: DecodingOptions,
        arguments: &TrainingArguments,
        kept: Option<Kept<SpanEvaluation>>,
    ) -> Result<Self, TrainingError> {
        Ok(Self {
            folder,
            dev,
            options,
            metric: deciding_metric(&METRICS, arguments)?,
            last: None,
            kept,
        })
    }
}

impl<B: Backend> Task<BertForQuestionAnswering<B>, SpanOutput> for SpanTask {
    fn metric(&self) -> MetricInfo {
        self.metric
    }

    fn score(&mut self, outputs: Vec<SpanOutput>) -> Scores {
        let evaluation = SpanEvaluation::of(&outputs, &self.dev, &self.options);
        let scores = [
            ("exact", evaluation.scores.exact),
            ("f1", evaluation.scores.f1),
            ("loss", evaluation.loss),
        ];
        self.last = Some(evaluation);
        scores
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    fn details(&self) -> Details {
        match &self.last {
            Some(evaluation) => details(evaluation, &self.dev),
            None => Details::default(),
        }
    }

    fn keep_best(&mut self) {
        if let Some(kept) = &self.kept {
            kept.set(&self.last);
        }
    }

    fn write_model(
        &self,
        model: &BertForQuestionAnswering<B>,
        folder: &Path,
    ) -> Result<(), TrainingError> {
        self.folder.write(model, folder)
    }
}
