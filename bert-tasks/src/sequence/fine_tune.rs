//! From a model and two splits to the best model, by way of burn-train's learner.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bert_core::backend::BertAutodiffBackend;
use bert_core::config::BertConfig;
use bert_core::files::check_writable;
use bert_data::EncodedDataset;
use burn::optim::adaptor::OptimizerAdaptor;
use burn::train::logger::InMemoryMetricLogger;
use burn::train::metric::LearningRateMetric;
use burn::train::{
    Interrupter, Learner, LearningComponentsMarker, SupervisedTraining, TrainingStrategy,
};
use serde::{Deserialize, Serialize};

use super::metric::{RunningF1, accuracy};
use super::{BertForSequenceClassification, Evaluation, SequenceFolder, SequenceOutput};
use crate::dashboard::{BatchMean, Display, ExamplesPerSecond, RunShape};
use crate::training::{
    AdamW, BatchLoader, Epoch, EpochEnd, EpochStrategy, TrainingArguments, TrainingError,
    WarmupLinear,
};

/// The splits of a fine-tuning.
#[derive(Clone, derive_new::new)]
pub struct FineTuneData {
    /// Trained on.
    pub train: Arc<EncodedDataset>,
    /// Evaluated on after each epoch; decides which epoch is kept.
    pub dev: Arc<EncodedDataset>,
}

/// The scores of one epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochScores {
    /// From 1.
    pub epoch: usize,
    /// Optimizer steps of the run so far.
    pub step: usize,
    /// Mean loss over the training examples, dropout on.
    pub train_loss: f64,
    /// Largest global gradient norm, before clipping.
    pub max_grad_norm: f64,
    /// Mean loss over the dev split.
    pub eval_loss: f64,
    /// Accuracy on the dev split.
    pub eval_accuracy: f64,
    /// F1 of class 1 on the dev split.
    pub eval_f1: f64,
}

/// What a fine-tuning ended with. The best model is in the output folder.
#[derive(Clone, Debug)]
pub struct FineTuned {
    /// The epoch with the highest F1; the first of equals.
    pub best_epoch: usize,
    /// Its evaluation.
    pub best: Evaluation,
    /// Every epoch.
    pub epochs: Vec<EpochScores>,
    /// Wall time of training and evaluation.
    pub seconds: f64,
    /// Training examples seen per second, evaluations included.
    pub examples_per_second: f64,
    /// Why it ended before its last epoch, where it did.
    pub interrupted: Option<String>,
}

/// Fine-tunes `model` and keeps the epoch with the best F1 on the dev split in `output_dir`,
/// saved as soon as it is reached.
///
/// # Errors
/// Before anything is written: arguments that make no run, splits that do not fit the model.
/// Later: a loss that is not finite, a folder that cannot be written. The best epoch until then is
/// in `output_dir` all the same.
pub fn fine_tune<B: BertAutodiffBackend>(
    model: BertForSequenceClassification<B>,
    folder: Arc<SequenceFolder>,
    data: FineTuneData,
    arguments: &TrainingArguments,
    output_dir: &Path,
    display: Display,
) -> Result<FineTuned, TrainingError> {
    arguments.check()?;
    for (name, split) in [("train", &data.train), ("dev", &data.dev)] {
        check_labels(name, split)?;
        check_fit(&folder.config, split)?;
    }
    check_writable(output_dir)?;

    let examples = data.train.len();
    let total_steps = arguments.total_steps(examples);
    let schedule = WarmupLinear::new(
        arguments.learning_rate,
        arguments.warmup_steps(examples),
        total_steps,
    );
    let optimizer = OptimizerAdaptor::from(AdamW::new(arguments));
    let device = model.classifier.weight.device();
    let epoch = Epoch::default();
    let train = BatchLoader::train(data.train, arguments, epoch.clone());
    let dev = BatchLoader::eval(data.dev, arguments);

    let progress = Arc::new(Mutex::new(Progress::default()));
    let keeper = Keeper {
        folder,
        output_dir: output_dir.to_path_buf(),
        progress: progress.clone(),
    };
    let (strategy, failure) = EpochStrategy::<Components<B>>::new(
        arguments,
        device,
        epoch,
        Box::new(move |end| keeper.epoch_end(end)),
    );

    let interrupter = Interrupter::new();
    let shape = RunShape {
        total_steps,
        logging_steps: arguments.logging_steps.get(),
    };
    let started = Instant::now();
    let training = SupervisedTraining::new(output_dir, Arc::new(train), Arc::new(dev))
        .metric_train_numeric(BatchMean::<SequenceOutput>::loss())
        .metric_train_numeric(accuracy())
        .metric_train_numeric(RunningF1::default())
        .metric_train_numeric(ExamplesPerSecond::<SequenceOutput>::default())
        .metric_train_numeric(LearningRateMetric::new())
        .metric_valid_numeric(BatchMean::<SequenceOutput>::loss().over_epoch())
        .metric_valid_numeric(accuracy().over_epoch())
        .metric_valid_numeric(RunningF1::default())
        .num_epochs(arguments.num_train_epochs)
        .with_training_strategy(TrainingStrategy::Custom(Arc::new(strategy)))
        .with_metric_logger(InMemoryMetricLogger::default())
        .with_application_logger(None)
        .with_interrupter(interrupter.clone());
    let result = display
        .show(training, shape)
        .launch(Learner::new(model, optimizer, schedule));
    let seconds = started.elapsed().as_secs_f64();
    // Dropping the renderer gives the terminal back before anything else is printed.
    drop(result);

    if let Some(error) = failure
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
    {
        return Err(error);
    }
    let progress = std::mem::take(&mut *progress.lock().unwrap_or_else(PoisonError::into_inner));
    let (best_epoch, best) = progress
        .best
        .expect("every epoch that ends without an error is a candidate");
    let epochs = progress.epochs;
    let complete = epochs.len() == arguments.num_train_epochs;
    let interrupted = interrupter.get_message().filter(|_| !complete);
    let share = epochs
        .last()
        .map_or(0.0, |last| last.step as f64 / total_steps as f64);
    let seen = share * (examples * arguments.num_train_epochs) as f64;
    Ok(FineTuned {
        best_epoch,
        best,
        epochs,
        seconds,
        examples_per_second: seen / seconds,
        interrupted,
    })
}

type Components<B> = LearningComponentsMarker<
    B,
    WarmupLinear,
    BertForSequenceClassification<B>,
    OptimizerAdaptor<AdamW, BertForSequenceClassification<B>, B>,
>;

/// What has been reached so far.
#[derive(Default)]
struct Progress {
    best: Option<(usize, Evaluation)>,
    epochs: Vec<EpochScores>,
}

/// Scores each epoch and keeps the best.
struct Keeper {
    folder: Arc<SequenceFolder>,
    output_dir: std::path::PathBuf,
    progress: Arc<Mutex<Progress>>,
}

impl Keeper {
    fn epoch_end<B: burn::tensor::backend::Backend>(
        &self,
        end: EpochEnd<'_, BertForSequenceClassification<B>, SequenceOutput>,
    ) -> Result<(), TrainingError> {
        let evaluation = Evaluation::of(&end.outputs);
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.epochs.push(EpochScores {
            epoch: end.epoch,
            step: end.step,
            train_loss: end.train_loss,
            max_grad_norm: end.max_grad_norm,
            eval_loss: evaluation.loss,
            eval_accuracy: evaluation.accuracy,
            eval_f1: evaluation.f1,
        });
        if progress
            .best
            .as_ref()
            .is_none_or(|(_, best)| evaluation.f1 > best.f1)
        {
            self.folder.save(end.model, &self.output_dir)?;
            progress.best = Some((end.epoch, evaluation));
        }
        Ok(())
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
