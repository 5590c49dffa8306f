//! From a model and two splits to the best model, by way of burn-train's learner.

use std::sync::{Arc, Mutex, PoisonError};

use bert_core::backend::BertAutodiffBackend;
use bert_core::config::BertConfig;
use bert_core::weights::{LoadPolicy, load_folder};
use bert_data::EncodedDataset;
use burn::module::Module;
use burn::train::logger::InMemoryMetricLogger;
use burn::train::metric::LearningRateMetric;
use burn::train::{Learner, LearningComponentsMarker, SupervisedTraining, TrainingStrategy};

use super::metric::{RunningF1, accuracy};
use super::task::{Kept, SequenceTask};
use super::{BertForSequenceClassification, Evaluation, SequenceFolder, SequenceOutput, evaluate};
use crate::dashboard::{BatchMean, ExamplesPerSecond, RunShape};
use crate::events::{Event, EventLog};
use crate::training::checkpoint::Identity;
use crate::training::{
    BatchLoader, Begin, Epoch, EvaluationRecord, GroupedAdamW, ParameterGroups, RunOptions,
    RunningSchedule, Schedule, Setup, StopReason, TrainingError, TrainingLoop, TrainingState,
    begin,
};

/// The splits of a fine-tuning.
#[derive(Clone, derive_new::new)]
pub struct FineTuneData {
    /// Trained on.
    pub train: Arc<EncodedDataset>,
    /// Evaluated on; decides which model is kept.
    pub dev: Arc<EncodedDataset>,
}

/// What a fine-tuning ended with. The best model is in the output folder.
#[derive(Clone, Debug)]
pub struct FineTuned {
    /// The best evaluation; absent where the training was stopped before the first.
    pub best: Option<BestEvaluation>,
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
pub struct BestEvaluation {
    /// Epoch, from 1.
    pub epoch: usize,
    /// Optimizer steps of the run by then.
    pub step: usize,
    /// Scores and predictions.
    pub evaluation: Evaluation,
}

type Components<B> =
    LearningComponentsMarker<B, RunningSchedule, BertForSequenceClassification<B>, GroupedAdamW<B>>;

/// Fine-tunes `model` and keeps the best evaluation's model in the output folder, saved as soon as
/// it is reached. Goes on from a checkpoint where `options` say so; the weights of `model` are
/// replaced by the checkpoint's then.
///
/// # Errors
/// Before anything is written: arguments that make no run, splits that do not fit the model, an
/// output folder that has another run. Later: a loss that is not finite, a folder that cannot be
/// written. The best model and the last checkpoints are in the output folder all the same.
pub fn fine_tune<B: BertAutodiffBackend>(
    model: BertForSequenceClassification<B>,
    folder: Arc<SequenceFolder>,
    data: FineTuneData,
    options: &RunOptions,
) -> Result<FineTuned, TrainingError> {
    let RunOptions {
        arguments,
        output_dir,
        ..
    } = options;
    arguments.check()?;
    for (name, split) in [("train", &data.train), ("dev", &data.dev)] {
        check_labels(name, split)?;
        check_fit(&folder.config, split)?;
    }
    let kept = Arc::new(Mutex::new(Kept::default()));
    let task = SequenceTask::new(folder.clone(), options, kept.clone())?;

    let identity = Identity::new(arguments, &folder.config)
        .with_split("train", &data.train)
        .with_split("dev", &data.dev);
    let Begin {
        checkpoint,
        warnings,
    } = begin(output_dir, &options.resume, &identity)?;

    let examples = data.train.len();
    let total_steps = arguments.total_steps(examples);
    let device = model.classifier.weight.device();
    let groups = ParameterGroups::new(&model, arguments);
    let mut model = groups
        .freeze(model)
        .with_label_smoothing(arguments.label_smoothing)
        .with_precision(arguments.precision());
    let optimizer = GroupedAdamW::new(arguments, groups);
    let mut state = TrainingState {
        total_steps,
        ..TrainingState::default()
    };
    if let Some(checkpoint) = &checkpoint {
        (model, _) = load_folder(model, &checkpoint.folder, &LoadPolicy::strict())?;
        let (file, steps) = (checkpoint.optimizer_file(), &checkpoint.optimizer_steps);
        optimizer.read(&model, &file, steps)?;
        state = checkpoint.state.clone();
    }

    let events = EventLog::open(output_dir, checkpoint.is_some(), options.tensorboard)?;
    events.send(start(options, &folder.config, &data, &model, &state, &task));
    for message in warnings.clone() {
        events.send(Event::Warning { message });
    }

    let epoch = Epoch::default();
    let train = BatchLoader::train(data.train, arguments, epoch.clone());
    let dev = BatchLoader::eval(data.dev.clone(), arguments);
    let schedule = Schedule::new(arguments, examples);
    let schedule = RunningSchedule::new(schedule, state.step);
    let (training_loop, outcome) = TrainingLoop::<Components<B>>::new(Setup {
        arguments: arguments.clone(),
        device: device.clone(),
        epoch,
        optimizer: optimizer.clone(),
        task: Box::new(task),
        output_dir: output_dir.clone(),
        identity,
        stop: options.stop.clone(),
        events,
        state,
    });

    let shape = RunShape {
        total_steps,
        logging_steps: arguments.logging_steps.get(),
    };
    let training = SupervisedTraining::new(output_dir, Arc::new(train), Arc::new(dev))
        .metric_train_numeric(BatchMean::<SequenceOutput>::loss())
        .metric_train_numeric(accuracy())
        .metric_train_numeric(RunningF1::default())
        .metric_train_numeric(ExamplesPerSecond::<SequenceOutput>::default())
        .metric_train_numeric(LearningRateMetric::new())
        .metric_valid_numeric(BatchMean::<SequenceOutput>::loss().over_epoch())
        .metric_valid_numeric(accuracy().over_epoch())
        .metric_valid_numeric(RunningF1::default())
        .num_epochs(arguments.total_epochs(examples))
        .with_training_strategy(TrainingStrategy::Custom(Arc::new(training_loop)))
        .with_metric_logger(InMemoryMetricLogger::default())
        .with_application_logger(None);
    let result = options
        .display
        .show(training, shape)
        .launch(Learner::new(model, optimizer, schedule));
    // Dropping the renderer gives the terminal back before anything else is printed.
    drop(result);

    let outcome = outcome
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let ended = outcome.expect("the learner ran the loop")?;
    let state = ended.state;
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner).take();
    let best = match (state.best(), kept) {
        (None, _) => None,
        (Some(record), Some(evaluation)) => Some((record, evaluation)),
        // It was reached by a process before this one, which has left the model.
        (Some(record), None) => {
            let saved = BertForSequenceClassification::<B::InnerBackend>::new(
                &folder.config,
                arguments.seed,
                &device,
            )?;
            let saved = saved.with_precision(arguments.precision());
            let (saved, _) = load_folder(saved, output_dir, &LoadPolicy::strict())?;
            Some((record, evaluate(&saved, &data.dev, arguments)?))
        }
    };
    Ok(FineTuned {
        best: best.map(|(record, evaluation)| BestEvaluation {
            epoch: record.epoch,
            step: record.step,
            evaluation,
        }),
        examples_per_second: state.examples as f64 / state.seconds,
        step: state.step,
        seconds: state.seconds,
        evaluations: state.evaluations,
        stopped: ended.stopped,
        warnings: [warnings, ended.warnings].concat(),
    })
}

fn start<B: BertAutodiffBackend>(
    options: &RunOptions,
    config: &BertConfig,
    data: &FineTuneData,
    model: &BertForSequenceClassification<B>,
    state: &TrainingState,
    task: &SequenceTask,
) -> Event {
    let (arguments, examples) = (&options.arguments, data.train.len());
    let metric = task.metric;
    Event::Start {
        task: options.task.clone(),
        arguments: serde_json::to_value(arguments).expect("plain numbers and names"),
        model: serde_json::from_str(&config.to_json()).expect("JSON that was just made"),
        environment: options.environment.clone(),
        parameters: model.num_params(),
        train_examples: examples,
        eval_examples: data.dev.len(),
        total_steps: state.total_steps,
        total_epochs: arguments.total_epochs(examples),
        metric_for_best_model: metric.name.to_owned(),
        higher_is_better: metric.higher_is_better,
        resumed_step: state.step,
    }
}

/// Every example of a split that is trained on or scored must have a label.
pub(super) fn check_labels(
    split: &'static str,
    data: &EncodedDataset,
) -> Result<(), TrainingError> {
    match data.labels().iter().position(Option::is_none) {
        Some(index) => Err(TrainingError::NoLabel { split, index }),
        None => Ok(()),
    }
}

/// No sequence of a split may be longer than the positions of the model.
pub(super) fn check_fit(config: &BertConfig, data: &EncodedDataset) -> Result<(), TrainingError> {
    if data.max_seq_length() > config.max_position_embeddings {
        return Err(TrainingError::TooLong {
            max_seq_length: data.max_seq_length(),
            positions: config.max_position_embeddings,
        });
    }
    Ok(())
}

/// What `--reinit-layers` leaves fresh of a model that is loaded: the top layers and the pooler, as
/// in Zhang et al. 2021, <https://arxiv.org/abs/2006.05987>.
pub fn reinit(policy: LoadPolicy, config: &BertConfig, layers: usize) -> LoadPolicy {
    if layers == 0 {
        return policy;
    }
    let all = config.num_hidden_layers;
    (all.saturating_sub(layers)..all).fold(policy.leave_fresh("bert.pooler."), |policy, layer| {
        policy.leave_fresh(format!("bert.encoder.layer.{layer}."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;
    use burn::tensor::Tensor;

    #[test]
    fn top_layers_and_the_pooler_start_fresh_on_request() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../bert-core/tests/fixtures/tiny-bert"
        );
        let folder = SequenceFolder::open(path.as_ref()).unwrap();
        let device = Default::default();
        let load = |layers| {
            let policy = reinit(LoadPolicy::strict(), &folder.config, layers);
            folder
                .load::<Flex>(path.as_ref(), &policy, 3, &device)
                .unwrap()
        };
        let fresh = BertForSequenceClassification::<Flex>::new(&folder.config, 3, &device).unwrap();
        let ((whole, all), (partly, report)) = (load(0), load(2));
        assert!(all.left_fresh.is_empty());
        // Two layers of 16 parameters, and the pooler's two.
        assert_eq!(report.left_fresh.len(), 34, "{report}");
        assert_eq!(report.loaded.len() + 34, all.loaded.len());

        let query = |model: &BertForSequenceClassification<Flex>, layer: usize| {
            let layer = &model.bert.encoder.layer[layer];
            layer.attention.self_attention.query.weight.val()
        };
        let pooler =
            |model: &BertForSequenceClassification<Flex>| model.bert.pooler.dense.weight.val();
        let same = |a: Tensor<Flex, 2>, b: Tensor<Flex, 2>| a.into_data() == b.into_data();
        assert!(same(query(&partly, 0), query(&whole, 0)));
        for layer in [1, 2] {
            assert!(same(query(&partly, layer), query(&fresh, layer)));
            assert!(!same(query(&partly, layer), query(&whole, layer)));
        }
        assert!(same(pooler(&partly), pooler(&fresh)));
    }
}
