//! Classification as the training loop sees it.

use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use bert_data::EncodedDataset;
use burn::tensor::backend::Backend;

use super::details::details;
use super::{Evaluation, SequenceOutput};
use crate::events::Details;
use crate::folder::ModelFolder;
use crate::model::TaskModel;
use crate::training::{
    Kept, MetricInfo, Scores, Task, TrainingArguments, TrainingError, deciding_metric,
};

/// The metrics of a classification, the one that decides first.
pub const METRICS: [MetricInfo; 3] = [
    MetricInfo {
        name: "f1",
        higher_is_better: true,
    },
    MetricInfo {
        name: "accuracy",
        higher_is_better: true,
    },
    MetricInfo {
        name: "loss",
        higher_is_better: false,
    },
];

/// Scores, and keeps the best evaluation.
pub(super) struct SequenceTask<B> {
    folder: Arc<ModelFolder>,
    dev: Arc<EncodedDataset>,
    metric: MetricInfo,
    last: Option<Evaluation>,
    kept: Kept<Evaluation>,
    backend: PhantomData<fn() -> B>,
}

impl<B: Backend> SequenceTask<B> {
    /// `kept` gets the best evaluation.
    pub(super) fn new(
        folder: Arc<ModelFolder>,
        dev: Arc<EncodedDataset>,
        arguments: &TrainingArguments,
        kept: Kept<Evaluation>,
    ) -> Result<Self, TrainingError> {
        Ok(Self {
            folder,
            dev,
            metric: deciding_metric(&METRICS, arguments)?,
            last: None,
            kept,
            backend: PhantomData,
        })
    }
}

impl<B: Backend, M: TaskModel<B>> Task<M, SequenceOutput> for SequenceTask<B> {
    fn metric(&self) -> MetricInfo {
        self.metric
    }

    fn score(&mut self, outputs: Vec<SequenceOutput>) -> Scores {
        let evaluation = Evaluation::of(&outputs);
        let scores = [
            ("accuracy", evaluation.accuracy),
            ("f1", evaluation.f1),
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
            Some(evaluation) => details(evaluation, &self.folder, &self.dev),
            None => Details::default(),
        }
    }

    fn keep_best(&mut self) {
        self.kept.set(&self.last);
    }

    fn write_model(&self, model: &M, folder: &Path) -> Result<(), TrainingError> {
        self.folder.write(model, folder)
    }
}
