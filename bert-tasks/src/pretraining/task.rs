//! Pretraining as the training loop sees it.

use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use burn::tensor::backend::Backend;

use super::{PretrainingEvaluation, PretrainingOutput};
use crate::events::Details;
use crate::folder::ModelFolder;
use crate::model::TaskModel;
use crate::training::{Kept, MetricInfo, NotFinite, Scores, Task, TrainingError};

const LOSS: MetricInfo = MetricInfo::lower("loss");
const MLM_LOSS: MetricInfo = MetricInfo::lower("mlm_loss");
const MLM_ACCURACY: MetricInfo = MetricInfo::higher("mlm_accuracy");
const NSP_LOSS: MetricInfo = MetricInfo::lower("nsp_loss");
const NSP_ACCURACY: MetricInfo = MetricInfo::higher("nsp_accuracy");

/// The metrics of pretraining, with next sentences or without, the one that decides first.
pub fn metrics(next_sentence: bool) -> &'static [MetricInfo] {
    match next_sentence {
        true => &[LOSS, MLM_LOSS, MLM_ACCURACY, NSP_LOSS, NSP_ACCURACY],
        false => &[LOSS, MLM_LOSS, MLM_ACCURACY],
    }
}

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
        metric: MetricInfo,
        kept: Kept<PretrainingEvaluation>,
    ) -> Self {
        Self {
            folder,
            metric,
            last: None,
            kept,
            backend: PhantomData,
        }
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

    fn not_finite(&self) -> Option<NotFinite> {
        self.last.as_ref()?.not_finite()
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
