//! From a model and its task to the best model: what every head's `fine_tune` is made of.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bert_core::backend::BertAutodiffBackend;
use bert_core::config::BertConfig;
use bert_core::files::is_same;
use bert_core::weights::{LoadPolicy, load_folder};
use burn::module::AutodiffModule;
use burn::train::{InferenceStep, TrainStep};

use super::launch::{Job, TaskFor, launch};
use super::{
    BatchReport, EvaluationRecord, MetricInfo, RunLock, RunOptions, Split, StopReason,
    TrainingArguments, TrainingError,
};
use crate::model::TaskModel;

/// What a fine-tuning ended with, E being what an evaluation says. The best model is in the output
/// folder.
#[derive(Clone, Debug)]
pub struct FineTuned<E> {
    /// The best evaluation; absent where the training was stopped before the first that is finite.
    pub best: Option<BestEvaluation<E>>,
    /// What decided which one is the best.
    pub metric: MetricInfo,
    /// All evaluations.
    pub evaluations: Vec<EvaluationRecord>,
    /// Optimizer steps done.
    pub step: usize,
    /// Wall time of training and evaluation, in all processes of the run.
    pub seconds: f64,
    /// Training examples seen per second, evaluations included.
    pub examples_per_second: f64,
    /// Why it ended before its last step, where it did.
    pub stopped: Option<StopReason>,
    /// What somebody should know.
    pub warnings: Vec<String>,
}

/// The evaluation of the model that was kept.
#[derive(Clone, Debug)]
pub struct BestEvaluation<E> {
    /// Epoch, from 1.
    pub epoch: usize,
    /// Optimizer steps of the run by then.
    pub step: usize,
    /// Scores and predictions.
    pub evaluation: E,
}

/// The best evaluation of this process, shared by a task and whoever waits for its training.
#[derive(Debug)]
pub(crate) struct Kept<E>(Arc<Mutex<Option<E>>>);

impl<E> Clone for Kept<E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<E> Default for Kept<E> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<E: Clone> Kept<E> {
    pub(crate) fn set(&self, evaluation: &Option<E>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clone_from(evaluation);
    }

    fn take(&self) -> Option<E> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Trains to the end. The evaluation of the best model is what the task has put into `kept`; where
/// that is nothing, because a process before this one reached it or because the task keeps none,
/// the saved model is loaded and given to `evaluate`.
///
/// # Errors
/// See [`fine_tune`](crate::sequence::fine_tune).
pub(crate) fn train_to_best<B, M, S, E>(
    job: Job<B, M, TaskFor<B, M>, S>,
    options: &RunOptions,
    kept: &Kept<E>,
    evaluate: impl FnOnce(&M::InnerModule) -> Result<E, TrainingError>,
) -> Result<FineTuned<E>, TrainingError>
where
    B: BertAutodiffBackend,
    S: Split,
    E: Clone,
    M: TaskModel<B> + AutodiffModule<B> + TrainStep<Input = S::Batch> + std::fmt::Display + 'static,
    <M as TrainStep>::Output: BatchReport,
    M::InnerModule: TaskModel<B::InnerBackend> + InferenceStep<Input = S::Batch>,
{
    let RunOptions {
        arguments,
        output_dir,
        ..
    } = options;
    let (config, device) = (job.model.config().clone(), job.device.clone());
    let metric = job.task.metric();
    let model = job
        .model
        .with_label_smoothing(arguments.label_smoothing)
        .with_precision(arguments.precision());
    let lock = match &options.lock {
        Some(lock) if is_same(lock.folder(), output_dir) => lock.clone(),
        _ => Arc::new(RunLock::take(output_dir)?),
    };
    let options = RunOptions {
        lock: Some(lock),
        ..options.clone()
    };
    let ended = launch(Job { model, ..job }, &options)?;
    let state = ended.state;
    let best = match (state.best(), kept.take()) {
        (None, _) => None,
        (Some(record), Some(evaluation)) => Some((record, evaluation)),
        (Some(record), None) => {
            let saved = saved::<B, M>(&config, output_dir, arguments, &device)?;
            Some((record, evaluate(&saved)?))
        }
    };
    Ok(FineTuned {
        best: best.map(|(record, evaluation)| BestEvaluation {
            epoch: record.epoch,
            step: record.step,
            evaluation,
        }),
        metric,
        examples_per_second: state.examples as f64 / state.seconds,
        step: state.step,
        seconds: state.seconds,
        evaluations: state.evaluations,
        stopped: ended.stopped,
        warnings: ended.warnings,
    })
}

/// The model that a run has left in its output folder.
fn saved<B: BertAutodiffBackend, M: AutodiffModule<B>>(
    config: &BertConfig,
    output_dir: &Path,
    arguments: &TrainingArguments,
    device: &burn::tensor::Device<B>,
) -> Result<M::InnerModule, TrainingError>
where
    M::InnerModule: TaskModel<B::InnerBackend>,
{
    let model = M::InnerModule::new(config, arguments.seed, device)?;
    let model = model.with_precision(arguments.precision());
    Ok(load_folder(model, output_dir, &LoadPolicy::strict())?.0)
}
