//! Question answering as the training loop sees it.

use std::path::Path;
use std::sync::Arc;

use burn::tensor::backend::Backend;

use super::details::details;
use super::{BertForQuestionAnswering, DecodingOptions, SpanEvaluation, SpanOutput, SpanSplit};
use crate::events::Details;
use crate::folder::ModelFolder;
use crate::training::{Kept, MetricInfo, NotFinite, Scores, Task, TrainingError};

/// The metrics of question answering, the one that decides first. F1 and exact match are in
/// percent, as SQuAD has them.
pub const METRICS: [MetricInfo; 3] = [
    MetricInfo::higher("f1"),
    MetricInfo::higher("exact"),
    MetricInfo::lower("loss"),
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
        metric: MetricInfo,
        kept: Option<Kept<SpanEvaluation>>,
    ) -> Self {
        Self {
            folder,
            dev,
            options,
            metric,
            last: None,
            kept,
        }
    }
}

impl<B: Backend> Task<BertForQuestionAnswering<B>, SpanOutput> for SpanTask {
    fn metric(&self) -> MetricInfo {
        self.metric
    }

    fn score(&mut self, outputs: Vec<SpanOutput>) -> Scores {
        let evaluation = SpanEvaluation::of(&outputs, &self.dev, &self.options);
        let figures = evaluation.figures();
        self.last = Some(evaluation);
        figures
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    fn not_finite(&self) -> Option<NotFinite> {
        self.last.as_ref()?.not_finite()
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
