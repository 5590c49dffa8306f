//! From a model and its data to the best model, whatever the head.

use std::sync::Arc;

use bert_core::backend::BertAutodiffBackend;
use bert_core::config::BertConfig;
use bert_core::files::is_same;
use bert_core::weights::{LoadPolicy, load_folder};
use burn::module::AutodiffModule;
use burn::tensor::Device;

use super::check::{check_folder, deciding_metric};
use super::evaluate::check_data;
use super::run::arguments_of_all;
use super::session::{Ended, Session};
use super::together::parameters_of_root;
use super::{
    Dataset, Evaluation, EvaluationRecord, Head, MetricInfo, RunLock, RunOptions, StopReason,
    TrainableModel, TrainingError, evaluate_together,
};
use crate::card::{CARD, ModelCard};
use crate::folder::ModelFolder;
use crate::model::TaskModel;

/// The splits of a training.
#[derive(derive_new::new)]
pub struct TrainingData<D> {
    /// Trained on.
    pub train: Arc<D>,
    /// Scored at the end, and while training where there is no `part`.
    pub dev: Arc<D>,
    /// Scored while training, in place of all of `dev`; decides which model is kept.
    #[new(default)]
    pub part: Option<Arc<D>>,
}

// By hand, because a derived one asks for data that can be cloned.
impl<D> Clone for TrainingData<D> {
    fn clone(&self) -> Self {
        Self {
            train: self.train.clone(),
            dev: self.dev.clone(),
            part: self.part.clone(),
        }
    }
}

impl<D> TrainingData<D> {
    /// What is scored while training.
    pub fn scored(&self) -> &Arc<D> {
        self.part.as_ref().unwrap_or(&self.dev)
    }
}

/// What a training ended with, E being what an evaluation says. The best model is in the output
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

/// Trains `model`, keeps the best evaluation's model in the output folder, saved as soon as it is
/// reached, and writes there what that evaluation leaves. Goes on from a checkpoint where `options`
/// say so; the weights of `model` are replaced by the checkpoint's then.
///
/// # Errors
/// Before anything is written: arguments that make no run, data that does not fit the model, an
/// output folder that has another run. Later: a loss that is not finite, no evaluation that is
/// finite, a folder that cannot be written. The best model and the last checkpoints are in the
/// output folder all the same.
pub fn fit<B, M, H>(
    model: M,
    head: &H,
    folder: &ModelFolder,
    data: &TrainingData<H::Data>,
    options: &RunOptions,
) -> Result<FineTuned<H::Evaluation>, TrainingError>
where
    B: BertAutodiffBackend,
    H: Head,
    M: TrainableModel<B, H>,
{
    let RunOptions {
        arguments,
        output_dir,
        ranks,
        ..
    } = options;
    let settings = model.settings();
    arguments.check()?;
    arguments.check_layers(&settings.config)?;
    head.check_arguments(arguments)?;
    M::check_problem(&settings.config)?;
    head.check_model(settings)?;
    let metric = deciding_metric(head.metrics(settings, data.scored()), arguments)?;
    check_folder(&settings.config, &folder.config)?;
    let splits = [
        ("train", Some(&data.train)),
        ("dev", data.part.as_ref()),
        ("dev", Some(&data.dev)),
    ];
    for (name, split) in splits {
        split.map_or(Ok(()), |split| check_data(settings, head, name, split))?;
    }

    let (config, device) = (settings.config.clone(), model.devices().remove(0));
    let learning = head.learning(settings.clone(), arguments, &data.train)?;
    let model = model
        .with_settings(learning)
        .with_precision(arguments.precision());
    let lock = match &options.lock {
        _ if !ranks.is_root() => None,
        Some(lock) if is_same(lock.folder(), output_dir) => Some(lock.clone()),
        _ => Some(Arc::new(RunLock::take(output_dir)?)),
    };
    let options = RunOptions {
        lock,
        arguments: arguments_of_all(options)?,
        ..options.clone()
    };
    let arguments = &options.arguments;
    let session = Session::begin(model, &device, head, metric, folder, data, &options)?;
    let ended = session.run();
    // The log is closed by now. What an observer cannot finish is no reason to lose the rest.
    let ends = options.observers.iter().filter(|_| ranks.is_root());
    let unfinished: Vec<String> = ends
        .filter_map(|observer| observer.end(output_dir).err())
        .collect();
    let Ended {
        state,
        best,
        stopped,
        mut warnings,
    } = ended?;
    warnings.extend(unfinished);
    let evaluation = match (state.best(), best) {
        (None, _) => None,
        // Of a part only, it would not be the answer.
        (Some(_), Some(evaluation)) if data.part.is_none() => Some(evaluation),
        // The best is one of a process before this, or of a part.
        (Some(_), _) => {
            let saved = saved::<B, M>(&config, &options, &device)?;
            let ranks = ranks.as_ref();
            Some(evaluate_together(
                &saved, head, &data.dev, arguments, ranks,
            )?)
        }
    };
    if let Some(evaluation) = evaluation.as_ref().filter(|_| ranks.is_root()) {
        head.write(evaluation, &data.dev, output_dir)?;
    }
    let best = state.best().zip(evaluation);
    if let Some((record, evaluation)) = best.as_ref().filter(|_| ranks.is_root()) {
        let figures = evaluation.figures().into_iter();
        let card = ModelCard {
            architecture: M::ARCHITECTURE.to_owned(),
            task: options.task.clone(),
            config,
            base: options.base.clone(),
            datasets: options.datasets.clone(),
            arguments: serde_json::to_value(arguments).unwrap_or_default(),
            environment: options.environment.clone(),
            scores: figures
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            best: (record.epoch, record.step),
            examples: (data.train.num_examples(), data.dev.num_examples()),
            seed: arguments.seed,
        };
        if !card.write(output_dir)? {
            let message = format!("{CARD} is somebody's own and stays as it is");
            tracing::warn!("{message}");
            warnings.push(message);
        }
    }
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
        stopped,
        warnings,
    })
}

/// The model that a run has left in its output folder.
fn saved<B: BertAutodiffBackend, M: AutodiffModule<B>>(
    config: &BertConfig,
    options: &RunOptions,
    device: &Device<B>,
) -> Result<M::InnerModule, TrainingError>
where
    M::InnerModule: TaskModel<B::InnerBackend>,
{
    let (arguments, ranks) = (&options.arguments, options.ranks.as_ref());
    let model = M::InnerModule::new(config, arguments.seed, device)?;
    let mut model = model.with_precision(arguments.precision());
    if ranks.is_root() {
        model = load_folder(model, &options.output_dir, &LoadPolicy::strict())?.0;
    }
    Ok(parameters_of_root(ranks, model))
}
