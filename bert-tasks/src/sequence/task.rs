//! Classification as the training loop sees it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bert_data::EncodedDataset;
use burn::tensor::backend::Backend;

use super::details::details;
use super::{BertForSequenceClassification, Evaluation, SequenceFolder, SequenceOutput};
use crate::events::Details;
use crate::training::{MetricInfo, Scores, Task, TrainingArguments, TrainingError};

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

/// The best evaluation of this process.
pub(super) type Kept = Option<Evaluation>;

/// Scores, and keeps the best evaluation.
pub(super) struct SequenceTask {
    folder: Arc<SequenceFolder>,
    dev: Arc<EncodedDataset>,
    metric: MetricInfo,
    last: Option<Evaluation>,
    kept: Arc<Mutex<Kept>>,
}

impl SequenceTask {
    /// `kept` gets the best evaluation.
    pub(super) fn new(
        folder: Arc<SequenceFolder>,
        dev: Arc<EncodedDataset>,
        arguments: &TrainingArguments,
        kept: Arc<Mutex<Kept>>,
    ) -> Result<Self, TrainingError> {
        let metric = match &arguments.metric_for_best_model {
            None => METRICS[0],
            Some(name) => *METRICS
                .iter()
                .find(|metric| metric.name == name.strip_prefix("eval_").unwrap_or(name))
                .ok_or_else(|| TrainingError::UnknownMetric {
                    name: name.clone(),
                    known: METRICS.map(|metric| metric.name).to_vec(),
                })?,
        };
        Ok(Self {
            folder,
            dev,
            metric,
            last: None,
            kept,
        })
    }
}

impl<B: Backend> Task<BertForSequenceClassification<B>, SequenceOutput> for SequenceTask {
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
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clone_from(&self.last);
    }

    fn write_model(
        &self,
        model: &BertForSequenceClassification<B>,
        folder: &Path,
    ) -> Result<(), TrainingError> {
        self.folder.write(model, folder)
    }
}
