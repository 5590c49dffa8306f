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
use crate::training::{Kept, MetricInfo, NotFinite, Scores, Task, TrainingError};

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
        metric: MetricInfo,
        kept: Kept<Evaluation>,
    ) -> Self {
        Self {
            folder,
            dev,
            metric,
            last: None,
            kept,
            backend: PhantomData,
        }
    }
}

impl<B: Backend, M: TaskModel<B>> Task<M, SequenceOutput> for SequenceTask<B> {
    fn metric(&self) -> MetricInfo {
        self.metric
    }

    fn score(&mut self, outputs: Vec<SequenceOutput>) -> Scores {
        let evaluation = Evaluation::of(&outputs);
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
