//! Classification as the training loop sees it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use burn::tensor::backend::Backend;
use serde_json::{Value, json};

use super::{BertForSequenceClassification, Evaluation, SequenceFolder, SequenceOutput};
use crate::training::{MetricInfo, RunOptions, Scores, Task, TrainingError};

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

/// Scores, and keeps the best model in the output folder.
pub(super) struct SequenceTask {
    folder: Arc<SequenceFolder>,
    output_dir: PathBuf,
    pub(super) metric: MetricInfo,
    last: Option<Evaluation>,
    kept: Arc<Mutex<Kept>>,
}

impl SequenceTask {
    /// `kept` gets the best evaluation.
    pub(super) fn new(
        folder: Arc<SequenceFolder>,
        options: &RunOptions,
        kept: Arc<Mutex<Kept>>,
    ) -> Result<Self, TrainingError> {
        let metric = match &options.arguments.metric_for_best_model {
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
            output_dir: options.output_dir.clone(),
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

    fn details(&self) -> Value {
        match &self.last {
            Some(evaluation) => json!({ "confusion": evaluation.confusion() }),
            None => Value::Null,
        }
    }

    fn keep_best(&mut self, model: &BertForSequenceClassification<B>) -> Result<(), TrainingError> {
        self.folder.save(model, &self.output_dir)?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clone_from(&self.last);
        Ok(())
    }

    fn write_model(
        &self,
        model: &BertForSequenceClassification<B>,
        folder: &Path,
    ) -> Result<(), TrainingError> {
        self.folder.write(model, folder)
    }
}
