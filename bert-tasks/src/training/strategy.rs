//! The loop: what the learner does in an epoch.
//!
//! burn-train's own loop sums accumulated gradients, drops what is left of them at the end of an
//! epoch, clips per parameter and moves the schedule at every pass. This one takes the mean, ends
//! an epoch with a smaller step, clips by the global norm, and moves the schedule once per
//! optimizer step. The learner, its metrics and its display stay burn-train's.

use std::sync::{Arc, Mutex, PoisonError};

use bert_core::backend::BertAutodiffBackend;
use burn::data::dataloader::Progress;
use burn::module::AutodiffModule;
use burn::optim::GradientsParams;
use burn::tensor::Device;
use burn::tensor::backend::Backend;
use burn::train::{
    EventProcessorTraining, InferenceStep, Interrupter, Learner, LearnerEvent,
    LearningComponentsTypes, SupervisedLearningStrategy, SupervisedTrainingEventProcessor,
    TrainLoader, TrainStep, TrainingComponents, TrainingItem, ValidLoader,
};

use super::gradients::{accumulate, clip_global_norm};
use super::{Epoch, TrainingArguments, TrainingError, step_seed};

/// What the loop has to know of a pass, whatever the task.
pub trait BatchReport {
    /// Mean loss over the examples.
    fn loss(&self) -> f64;
    /// The examples by their place in the split.
    fn indices(&self) -> &[usize];
}

/// What the loop has to tell a batch, whatever the task.
pub trait PassInput {
    /// Sets what decides everything random in a training pass over the batch.
    fn seed_pass(&mut self, seed: u64);
}

/// An epoch that has just been trained and run over the validation split.
pub struct EpochEnd<'a, M, O> {
    /// From 1.
    pub epoch: usize,
    /// Optimizer steps of the run so far.
    pub step: usize,
    /// Mean loss over the epoch's training examples.
    pub train_loss: f64,
    /// Largest global gradient norm of the epoch, before clipping.
    pub max_grad_norm: f64,
    /// The model without gradients and dropout.
    pub model: &'a M,
    /// What it said of every batch of the validation split.
    pub outputs: Vec<O>,
}

/// Called at the end of each epoch; an error ends the training.
pub type OnEpochEnd<M, O> = Box<dyn FnMut(EpochEnd<'_, M, O>) -> Result<(), TrainingError> + Send>;

type ValidOutput<LC> = <<LC as LearningComponentsTypes>::InferenceModel as InferenceStep>::Output;

/// The loop over epochs as a strategy of burn-train's learner.
pub struct EpochStrategy<LC: LearningComponentsTypes> {
    arguments: TrainingArguments,
    device: Device<LC::Backend>,
    epoch: Epoch,
    on_epoch_end: Mutex<OnEpochEnd<LC::InferenceModel, ValidOutput<LC>>>,
    failure: Arc<Mutex<Option<TrainingError>>>,
}

impl<LC: LearningComponentsTypes> EpochStrategy<LC> {
    /// `epoch` is shared with the training loader; the second value holds what ended the training
    /// early, if anything did, after the learner has returned.
    pub fn new(
        arguments: &TrainingArguments,
        device: Device<LC::Backend>,
        epoch: Epoch,
        on_epoch_end: OnEpochEnd<LC::InferenceModel, ValidOutput<LC>>,
    ) -> (Self, Arc<Mutex<Option<TrainingError>>>) {
        let failure = Arc::new(Mutex::new(None));
        let strategy = Self {
            arguments: arguments.clone(),
            device,
            epoch,
            on_epoch_end: Mutex::new(on_epoch_end),
            failure: failure.clone(),
        };
        (strategy, failure)
    }
}

/// Running totals of an epoch.
#[derive(Default)]
struct EpochTotals {
    loss: f64,
    examples: usize,
    max_grad_norm: f64,
}

impl<LC> EpochStrategy<LC>
where
    LC: LearningComponentsTypes,
    LC::Backend: BertAutodiffBackend,
    <LC::TrainingModel as TrainStep>::Input: PassInput,
    <LC::TrainingModel as TrainStep>::Output: BatchReport,
    ValidOutput<LC>: Clone,
{
    /// One pass over the training split; stops early when asked to.
    fn train_epoch(
        &self,
        learner: &mut Learner<LC>,
        loader: &TrainLoader<LC>,
        step: &mut usize,
        epochs: &Progress,
        processor: &mut SupervisedTrainingEventProcessor<LC>,
        interrupter: &Interrupter,
    ) -> Result<EpochTotals, TrainingError> {
        let epoch = epochs.items_processed;
        let passes = self.arguments.gradient_accumulation_steps.get();
        let mut totals = EpochTotals::default();
        let mut batches = loader.iter();
        let mut pass = 0;
        loop {
            let mut mean = GradientsParams::new();
            let mut reports = Vec::new();
            let mut examples = 0;
            for _ in 0..passes {
                let Some(mut batch) = batches.next() else {
                    break;
                };
                let seed = step_seed(self.arguments.seed, epoch, pass);
                batch.seed_pass(seed);
                // For the backends whose dropout draws from a generator of their own.
                LC::Backend::seed(&self.device, seed);
                pass += 1;
                let output = learner.train_step(batch);
                let report = output.item;
                let size = report.indices().len();
                if !report.loss().is_finite() {
                    return Err(TrainingError::NonFiniteLoss {
                        loss: report.loss(),
                        epoch,
                        step: *step + 1,
                        learning_rate: learner.lr_current(),
                        examples: report.indices().to_vec(),
                    });
                }
                totals.loss += report.loss() * size as f64;
                examples += size;
                let share = size as f64 / examples as f64;
                mean = accumulate(&learner.model(), mean, output.grads, share);
                reports.push((report, batches.progress()));
            }
            if reports.is_empty() {
                return Ok(totals);
            }
            totals.examples += examples;
            *step += 1;
            learner.lr_step();
            let (grads, norm) =
                clip_global_norm(&learner.model(), mean, self.arguments.max_grad_norm);
            totals.max_grad_norm = totals.max_grad_norm.max(norm);
            learner.optimizer_step(grads);
            for (report, progress) in reports {
                processor.process_train(LearnerEvent::ProcessedItem(TrainingItem::new(
                    report,
                    progress,
                    epochs.clone(),
                    Some(*step),
                    Some(learner.lr_current()),
                )));
            }
            if interrupter.should_stop() {
                return Ok(totals);
            }
        }
    }

    /// One pass over the validation split.
    fn validate(
        &self,
        model: &LC::InferenceModel,
        loader: &ValidLoader<LC>,
        step: usize,
        epochs: &Progress,
        processor: &mut SupervisedTrainingEventProcessor<LC>,
    ) -> Vec<ValidOutput<LC>> {
        let mut outputs = Vec::new();
        let mut batches = loader.iter();
        while let Some(batch) = batches.next() {
            let output = model.step(batch);
            outputs.push(output.clone());
            processor.process_valid(LearnerEvent::ProcessedItem(TrainingItem::new(
                output,
                batches.progress(),
                epochs.clone(),
                Some(step),
                None,
            )));
        }
        outputs
    }
}

impl<LC> SupervisedLearningStrategy<LC> for EpochStrategy<LC>
where
    LC: LearningComponentsTypes,
    LC::Backend: BertAutodiffBackend,
    <LC::TrainingModel as TrainStep>::Input: PassInput,
    <LC::TrainingModel as TrainStep>::Output: BatchReport,
    ValidOutput<LC>: Clone,
{
    fn fit(
        &self,
        components: TrainingComponents<LC>,
        mut learner: Learner<LC>,
        train: TrainLoader<LC>,
        valid: ValidLoader<LC>,
        starting_epoch: usize,
    ) -> (LC::TrainingModel, SupervisedTrainingEventProcessor<LC>) {
        let TrainingComponents {
            num_epochs,
            interrupter,
            mut event_processor,
            ..
        } = components;
        let mut step = 0;
        for epoch in starting_epoch..=num_epochs {
            self.epoch.set(epoch);
            let epochs = Progress::new(epoch, num_epochs);
            let result = self
                .train_epoch(
                    &mut learner,
                    &train,
                    &mut step,
                    &epochs,
                    &mut event_processor,
                    &interrupter,
                )
                .and_then(|totals| {
                    event_processor.process_train(LearnerEvent::EndEpoch(epoch));
                    // An interrupted epoch is evaluated too, so that what it learned can be kept.
                    let model = learner.model().valid();
                    let outputs =
                        self.validate(&model, &valid, step, &epochs, &mut event_processor);
                    event_processor.process_valid(LearnerEvent::EndEpoch(epoch));
                    let mut on_epoch_end = self
                        .on_epoch_end
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner);
                    on_epoch_end(EpochEnd {
                        epoch,
                        step,
                        train_loss: totals.loss / totals.examples as f64,
                        max_grad_norm: totals.max_grad_norm,
                        model: &model,
                        outputs,
                    })
                });
            if let Err(error) = result {
                *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                break;
            }
            if interrupter.should_stop() {
                break;
            }
        }
        (learner.model(), event_processor)
    }
}
