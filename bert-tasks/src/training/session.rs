//! One training in progress.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use bert_core::backend::BertAutodiffBackend;
use bert_core::files::replace_files;
use burn::module::AutodiffModule;
use burn::train::{
    InferenceStep, Learner, LearningComponentsTypes, SupervisedTrainingEventProcessor, TrainLoader,
    TrainStep, TrainingComponents, ValidLoader,
};

use super::gradients::clip_global_norm;
use super::passes::{Accumulated, Passes};
use super::prefetch::prefetch;
use super::strategy::{Ended, Outcome, Setup};
use super::{
    BatchReport, PassInput, StopReason, TrainingError, TrainingState, checkpoint, step_seed,
};
use crate::events::{Evaluated, Event, Phase, Spent, Step};

/// Time between two words on how far an evaluation is.
const TELL: Duration = Duration::from_millis(500);

/// The learner, what it works with, and where it is.
pub(super) struct Session<LC: LearningComponentsTypes>
where
    LC::Backend: BertAutodiffBackend,
{
    setup: Setup<LC>,
    learner: Learner<LC>,
    processor: SupervisedTrainingEventProcessor<LC>,
    phase: Option<Phase>,
    /// Of this run in this process.
    started: Instant,
    /// Since when `max_time` counts.
    clock: Instant,
    /// Of the processes before it, in seconds.
    before: f64,
    spent: Spent,
    warnings: Vec<String>,
}

type Input<LC> = <<LC as LearningComponentsTypes>::TrainingModel as TrainStep>::Input;

impl<LC: LearningComponentsTypes> Session<LC>
where
    LC::Backend: BertAutodiffBackend,
{
    pub(super) fn new(
        setup: Setup<LC>,
        learner: Learner<LC>,
        components: TrainingComponents<LC>,
    ) -> Self {
        let started = Instant::now();
        Self {
            learner,
            processor: components.event_processor,
            phase: None,
            started,
            clock: setup.clock.unwrap_or(started),
            before: setup.state.seconds,
            spent: Spent::default(),
            warnings: Vec::new(),
            setup,
        }
    }

    /// The trained model.
    pub(super) fn into_parts(self) -> (LC::TrainingModel, SupervisedTrainingEventProcessor<LC>) {
        (self.learner.model(), self.processor)
    }

    fn state(&mut self) -> &mut TrainingState {
        &mut self.setup.state
    }

    fn send(&self, event: Event) {
        self.setup.events.send(event);
    }

    fn enter(&mut self, phase: Phase) {
        if self.phase != Some(phase) {
            self.phase = Some(phase);
            let step = self.setup.state.step;
            self.send(Event::Phase { phase, step });
        }
    }

    fn is_due(&self, every: Option<NonZeroUsize>) -> bool {
        every.is_some_and(|every| self.setup.state.step.is_multiple_of(every.get()))
    }

    fn warn(&mut self, message: String) {
        tracing::warn!("{message}");
        self.warnings.push(message.clone());
        self.send(Event::Warning { message });
    }

    /// A run whose evaluations are all worth nothing has no result. One that a signal has stopped
    /// says so by itself.
    fn check_best(&self, stopped: Option<StopReason>) -> Result<Option<StopReason>, TrainingError> {
        let evaluations = self.setup.state.evaluations.len();
        let by_signal = stopped.as_ref().is_some_and(StopReason::is_signal);
        match self.setup.state.best() {
            None if evaluations > 0 && !by_signal => Err(TrainingError::NoBest { evaluations }),
            _ => Ok(stopped),
        }
    }

    /// Why the training should end between two steps, if it should.
    fn stop_reason(&self) -> Option<StopReason> {
        if let Some(reason) = self.setup.stop.requested() {
            return Some(reason);
        }
        let is_over = self.setup.arguments.is_time_over(self.clock);
        is_over.then_some(StopReason::MaxTime)
    }

    /// Saves a checkpoint. One that cannot be saved is no reason to lose the training as well: it
    /// says so and goes on with the checkpoints that are there.
    fn save(&mut self) {
        self.enter(Phase::Save);
        let started = Instant::now();
        self.setup.state.seconds = self.before + self.started.elapsed().as_secs_f64();
        let model = self.learner.model();
        let inference = model.valid();
        let setup = &self.setup;
        let written = checkpoint::write(
            &setup.output_dir,
            &setup.state,
            &setup.identity,
            |folder| setup.task.write_model(&inference, folder),
            |path| Ok(setup.optimizer.write(&model, path)?),
        );
        match written {
            Ok(path) => {
                let keep = setup.arguments.save_total_limit.get();
                checkpoint::remove_old(&setup.output_dir, keep);
                self.send(Event::Checkpoint {
                    step: setup.state.step,
                    path,
                    seconds: started.elapsed().as_secs_f64(),
                });
            }
            Err(error) => {
                let message = format!("no checkpoint of step {}: {error}", setup.state.step);
                self.warn(message);
            }
        }
        self.spent.save += started.elapsed().as_secs_f64();
    }
}

impl<LC> Session<LC>
where
    LC: LearningComponentsTypes,
    LC::Backend: BertAutodiffBackend,
    Input<LC>: PassInput,
    <LC::TrainingModel as TrainStep>::Output: BatchReport,
{
    /// From where it is to the last step, or to where something ends it.
    pub(super) fn run(&mut self, train: &TrainLoader<LC>, valid: &ValidLoader<LC>) -> Outcome {
        let result = self.steps(train, valid);
        let result = result.and_then(|stopped| self.check_best(stopped));
        let total = self.started.elapsed().as_secs_f64();
        self.setup.state.seconds = self.before + total;
        let spent = &mut self.spent;
        spent.other = total - spent.compute - spent.input - spent.evaluate - spent.save;
        let step = self.setup.state.step;
        match result {
            Ok(stopped) => {
                let reason = stopped.as_ref().map(ToString::to_string);
                self.send(Event::End {
                    step,
                    reason: reason.unwrap_or_else(|| "finished".to_owned()),
                    complete: self.setup.state.is_complete(),
                    seconds: self.setup.state.seconds,
                    spent: self.spent,
                });
                Ok(Ended {
                    state: self.setup.state.clone(),
                    stopped,
                    warnings: std::mem::take(&mut self.warnings),
                })
            }
            Err(error) => {
                let message = error.to_string();
                self.send(Event::Failure { step, message });
                Err(error)
            }
        }
    }

    fn steps(
        &mut self,
        train: &TrainLoader<LC>,
        valid: &ValidLoader<LC>,
    ) -> Result<Option<StopReason>, TrainingError> {
        while !self.setup.state.is_complete() {
            self.setup.epoch.set(self.setup.state.epoch);
            if let Some(reason) = self.epoch(train, valid)? {
                self.save();
                return Ok(Some(reason));
            }
            let last = !self.setup.state.has_steps_left();
            let due = self.setup.arguments.eval_steps.is_none() || last;
            if due && let Some(reason) = self.evaluate(valid)? {
                self.save();
                return Ok(Some(reason));
            }
            self.state().next_epoch();
            self.save();
        }
        let ended_early = self.setup.state.ended_early;
        Ok(ended_early.then_some(StopReason::EarlyStopping))
    }

    /// To the end of the epoch or of the training; a reason where it is to stop before.
    fn epoch(
        &mut self,
        train: &TrainLoader<LC>,
        valid: &ValidLoader<LC>,
    ) -> Result<Option<StopReason>, TrainingError> {
        let done = self.setup.state.batches;
        let loader = train.clone();
        let produce = move |give: &mut dyn FnMut(Input<LC>) -> bool| {
            let _ = loader.iter().skip(done).all(give);
        };
        prefetch(produce, |batches| {
            let mut batches = batches.into_iter();
            // A checkpoint may have been saved when an evaluation was due and not done.
            let mut evaluate = done > 0 && self.is_due(self.setup.arguments.eval_steps);
            loop {
                if evaluate && let Some(reason) = self.evaluate(valid)? {
                    return Ok(Some(reason));
                }
                if !self.setup.state.has_steps_left() || !self.step(&mut batches)? {
                    return Ok(None);
                }
                evaluate = self.is_due(self.setup.arguments.eval_steps);
                if !self.setup.state.has_steps_left() {
                    continue;
                }
                if let Some(reason) = self.stop_reason() {
                    return Ok(Some(reason));
                }
                if self.is_due(self.setup.arguments.save_steps) {
                    self.save();
                }
            }
        })
    }

    /// One optimizer step; false where the epoch has no batch left.
    fn step(
        &mut self,
        batches: &mut impl Iterator<Item = Input<LC>>,
    ) -> Result<bool, TrainingError> {
        self.enter(Phase::Train);
        let started = Instant::now();
        let passes = self.setup.arguments.gradient_accumulation_steps.get();
        let mut batches: Vec<Input<LC>> = batches.take(passes).collect();
        let input = started.elapsed();
        if batches.is_empty() {
            return Ok(false);
        }
        PassInput::in_one_step(&mut batches);
        self.learner.lr_step();
        let mut compute = Duration::ZERO;
        let mut sum = Accumulated::new();
        for batch in batches {
            let (setup, computing) = (&mut self.setup, Instant::now());
            let (seed, epoch) = (setup.arguments.seed, setup.state.epoch);
            let seed = step_seed(seed, epoch, setup.state.batches);
            let mut passes = Passes::<LC::Backend> {
                device: &setup.device,
                auto_batch_size: setup.arguments.auto_batch_size,
                halvings: &mut setup.state.halvings,
            };
            passes.add(&mut sum, &self.learner, batch, seed)?;
            setup.state.batches += 1;
            compute += computing.elapsed();
        }
        let (loss, examples) = (sum.mean_loss(), sum.examples());
        let (step, epoch) = (self.setup.state.step + 1, self.setup.state.epoch);
        let learning_rate = self.learner.lr_current();
        let computing = Instant::now();
        let max_norm = self.setup.arguments.max_grad_norm;
        let (grads, grad_norm) = clip_global_norm(&self.learner.model(), sum.grads, max_norm);
        if !loss.is_finite() || !grad_norm.is_finite() {
            return Err(TrainingError::NotFinite {
                loss,
                grad_norm,
                epoch,
                step,
                learning_rate,
                examples,
            });
        }
        self.learner.optimizer_step(grads);
        compute += computing.elapsed();

        let state = self.state();
        state.step = step;
        state.examples += examples.len();
        state.totals.loss += sum.loss;
        state.totals.weight += sum.weight;
        state.totals.max_grad_norm = state.totals.max_grad_norm.max(grad_norm);
        self.send(Event::Step(Step {
            step,
            epoch,
            loss,
            grad_norm,
            learning_rate,
            examples: examples.len(),
            tokens: sum.tokens,
            seconds: started.elapsed().as_secs_f64(),
        }));
        self.spent.compute += compute.as_secs_f64();
        self.spent.input += input.as_secs_f64();
        Ok(true)
    }

    /// Scores the validation split, and keeps the model if it is the best so far. Does nothing
    /// where that has been done; gives a reason where it is to stop before it is through.
    fn evaluate(&mut self, valid: &ValidLoader<LC>) -> Result<Option<StopReason>, TrainingError> {
        if self.setup.state.is_evaluated() {
            return Ok(None);
        }
        self.enter(Phase::Evaluate);
        let started = Instant::now();
        let model = self.learner.model().valid();
        let (mut outputs, mut told) = (Vec::new(), started);
        let mut batches = valid.iter();
        while let Some(batch) = batches.next() {
            if let Some(reason) = self.stop_reason() {
                return Ok(Some(reason));
            }
            outputs.push(model.step(batch));
            if told.elapsed() >= TELL {
                told = Instant::now();
                let progress = batches.progress();
                let (done, total) = (progress.items_processed, progress.items_total);
                self.send(Event::Progress { done, total });
            }
        }

        let setup = &mut self.setup;
        let scores = setup.task.score(outputs);
        let fault = setup.task.not_finite();
        let threshold = setup.arguments.early_stopping_threshold;
        let is_best = setup.state.record(
            scores.clone(),
            setup.task.metric(),
            threshold,
            fault.is_none(),
        );
        let seconds = started.elapsed().as_secs_f64();
        self.spent.evaluate += seconds;
        if is_best {
            let saving = Instant::now();
            replace_files(&setup.output_dir, |staging| {
                setup.task.write_model(&model, staging)
            })?;
            setup.task.keep_best();
            self.spent.save += saving.elapsed().as_secs_f64();
        }
        let patience = setup.arguments.early_stopping_patience;
        let state = &mut setup.state;
        state.ended_early |=
            patience.is_some_and(|patience| state.without_better >= patience.get());
        let (step, epoch, train_loss) = (state.step, state.epoch, state.totals.mean_loss());
        let details = setup.task.details();
        self.send(Event::Evaluation(Box::new(Evaluated {
            step,
            epoch,
            train_loss,
            scores,
            is_best,
            seconds,
            details,
        })));
        if let Some(fault) = fault {
            self.warn(format!(
                "the evaluation of step {step} is worth nothing, and its model not the best: {fault}"
            ));
        }
        Ok(None)
    }
}
