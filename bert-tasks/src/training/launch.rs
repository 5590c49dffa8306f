//! From a model, its task and two splits to a finished training, by way of burn-train's learner:
//! everything of a run that knows no head.

use std::sync::{Arc, PoisonError};

use bert_core::backend::BertAutodiffBackend;
use bert_core::weights::{LoadPolicy, load_folder};
use burn::module::AutodiffModule;
use burn::tensor::Device;
use burn::train::logger::InMemoryMetricLogger;
use burn::train::{
    InferenceStep, Learner, LearningComponentsMarker, SupervisedTraining, TrainStep,
    TrainingStrategy,
};

use super::checkpoint::Identity;
use super::renderer::NoRenderer;
use super::{
    BatchLoader, BatchReport, Begin, Ended, Epoch, GroupedAdamW, ParameterGroups, RunOptions,
    RunningSchedule, Schedule, Setup, Split, Task, TrainingError, TrainingLoop, TrainingState,
    begin,
};
use crate::events::{Event, EventLog, SplitStatistics, Start};
use crate::model::TaskModel;

/// What a head brings to a training.
pub(crate) struct Job<B: BertAutodiffBackend, M, T: ?Sized, S> {
    /// With everything set that is the head's own.
    pub(crate) model: M,
    /// Where the model is.
    pub(crate) device: Device<B>,
    /// Scores its evaluations, and writes it.
    pub(crate) task: Box<T>,
    /// Trained on.
    pub(crate) train: Arc<S>,
    /// Evaluated on.
    pub(crate) dev: Arc<S>,
}

/// The scores of a batch of evaluation.
type Scored<B, M> = <<M as AutodiffModule<B>>::InnerModule as InferenceStep>::Output;

/// The task of a model.
pub(crate) type TaskFor<B, M> = dyn Task<<M as AutodiffModule<B>>::InnerModule, Scored<B, M>>;

/// Trains until the last step, or until something ends it. The best model and the last checkpoints
/// are in the output folder then.
///
/// # Errors
/// See [`fine_tune`](crate::sequence::fine_tune).
pub(crate) fn launch<B, M, S>(
    job: Job<B, M, TaskFor<B, M>, S>,
    options: &RunOptions,
) -> Result<Ended, TrainingError>
where
    B: BertAutodiffBackend,
    S: Split,
    M: TaskModel<B> + AutodiffModule<B> + TrainStep<Input = S::Batch> + std::fmt::Display + 'static,
    <M as TrainStep>::Output: BatchReport,
    M::InnerModule: InferenceStep<Input = S::Batch>,
{
    let RunOptions {
        arguments,
        output_dir,
        ..
    } = options;
    let config = job.model.config().clone();
    arguments.check_layers(&config)?;
    let identity = Identity::new(arguments, &config)
        .with_split("train", job.train.as_ref())
        .with_split("dev", job.dev.as_ref());
    let Begin {
        checkpoint,
        mut warnings,
    } = begin(options, &identity)?;

    let examples = job.train.num_examples();
    let groups = ParameterGroups::new(&job.model, arguments);
    let mut model = groups.freeze(job.model);
    let optimizer = GroupedAdamW::new(arguments, groups);
    let mut state = TrainingState {
        total_steps: arguments.total_steps(examples),
        ..TrainingState::default()
    };
    if let Some(checkpoint) = &checkpoint {
        (model, _) = load_folder(model, &checkpoint.folder, &LoadPolicy::strict())?;
        let (file, steps) = (checkpoint.optimizer_file(), &checkpoint.optimizer_steps);
        optimizer.read(&model, &file, steps)?;
        state = checkpoint.state.clone();
    }

    let events = EventLog::open(output_dir, checkpoint.is_some(), options.observers.clone())?;
    let metric = job.task.metric();
    let of_split = |split: &str, statistics| SplitStatistics {
        split: split.to_owned(),
        statistics,
    };
    let data = vec![
        of_split("train", job.train.statistics()),
        of_split("dev", job.dev.statistics()),
    ];
    for SplitStatistics { split, statistics } in &data {
        let of_split = statistics.warnings().into_iter();
        warnings.extend(of_split.map(|warning| format!("{split}: {warning}")));
    }
    events.send(Event::Start(Box::new(Start {
        task: options.task.clone(),
        arguments: serde_json::to_value(arguments).expect("plain numbers and names"),
        model: serde_json::from_str(&config.to_json()).expect("JSON that was just made"),
        environment: options.environment.clone(),
        load_report: options.load_report.clone(),
        parameters: model.num_params(),
        train_examples: examples,
        eval_examples: job.dev.num_examples(),
        data,
        total_steps: state.total_steps,
        total_epochs: arguments.total_epochs(examples),
        metric_for_best_model: metric.name.to_owned(),
        higher_is_better: metric.higher_is_better,
        resumed_step: state.step,
    })));
    for message in warnings.clone() {
        events.send(Event::Warning { message });
    }

    let epoch = Epoch::default();
    let train = BatchLoader::train(job.train, arguments, epoch.clone());
    let dev = BatchLoader::eval(job.dev, arguments);
    let schedule = RunningSchedule::new(Schedule::new(arguments, examples), state.step);
    let (training_loop, outcome) = TrainingLoop::<
        LearningComponentsMarker<B, RunningSchedule, M, GroupedAdamW<B>>,
    >::new(Setup {
        arguments: arguments.clone(),
        device: job.device,
        epoch,
        optimizer: optimizer.clone(),
        task: job.task,
        output_dir: output_dir.clone(),
        identity,
        stop: options.stop.clone(),
        clock: options.clock,
        events,
        state,
    });
    SupervisedTraining::new(output_dir, Arc::new(train), Arc::new(dev))
        .with_training_strategy(TrainingStrategy::Custom(Arc::new(training_loop)))
        .with_metric_logger(InMemoryMetricLogger::default())
        .with_application_logger(None)
        .renderer(NoRenderer)
        .launch(Learner::new(model, optimizer, schedule));

    // The log is closed by now. What an observer cannot finish is no reason to lose the rest.
    let ends = options.observers.iter();
    let unfinished: Vec<String> = ends
        .filter_map(|observer| observer.end(output_dir).err())
        .collect();
    let outcome = outcome
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let ended = outcome.expect("the learner ran the loop")?;
    Ok(Ended {
        warnings: [warnings, ended.warnings, unfinished].concat(),
        ..ended
    })
}
