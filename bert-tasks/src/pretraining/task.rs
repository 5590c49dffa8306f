//! Pretraining as the training loop sees it.

use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use burn::tensor::backend::Backend;

use super::{PretrainingEvaluation, PretrainingOutput};
use crate::events::Details;
use crate::folder::ModelFolder;
use crate::model::TaskModel;
use crate::training::{
    Kept, MetricInfo, Scores, Task, TrainingArguments, TrainingError, deciding_metric,
};

/// The metrics of pretraining, the one that decides first.
pub const METRICS: [MetricInfo; 4] = [
    MetricInfo {
        name: "loss",
        higher_is_better: false,
    },
    MetricInfo {
        name: "mlm_loss",
        higher_is_better: false,
    },
    MetricInfo {
        name: "mlm_accuracy",
        higher_is_better: true,
    },
    MetricInfo {
        name: "nsp_accuracy",
        higher_is_better: true,
    },
];

/// Scores, and keeps the best evaluation.
pub(super) struct PretrainingTask<B> {
    folder: Arc<ModelFolder>,
    metric: MetricInfo,
    last: Option<PretrainingEvaluation>,
    kept: Kept<PretrainingEvaluation>,
    backend: PhantomData<fn() -> B>,
}

impl<B: Backend> PretrainingTask<B> {
    /// `kept` gets the best evaluation.
    pub(super) fn new(
        folder: Arc<ModelFolder>,
        arguments: &TrainingArguments,
        kept: Kept<PretrainingEvaluation>,
    ) -> Result<Self, TrainingError> {
        Ok(Self {
            folder,
            metric: deciding_metric(&METRICS, arguments)?,
            last: None,
            kept,
            backend: PhantomData,
        })
    }
}

impl<B: Backend, M: TaskModel<B>> Task<M, PretrainingOutput> for PretrainingTask<B> {
    fn metric(&self) -> MetricInfo {
        self.metric
    }

    fn score(&mut self, outputs: Vec<PretrainingOutput>) -> Scores {
        let evaluation = PretrainingEvaluation::of(&outputs);
        self.last = Some(evaluation);
        let figures = evaluation.figures().into_iter();
        figures
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    fn details(&self) -> Details {
        Details::default()
    }

    fn keep_best(&mut self) {
        self.kept.set(&self.last);
    }

    fn write_model(&self, model: &M, folder: &Path) -> Result<(), TrainingError> {
        self.folder.write(model, folder)
    }
}
