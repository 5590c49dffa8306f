//! One training in progress: the loop from its first step to its last.
//!
//! burn-train's own loop sums accumulated gradients, drops what is left of them at the end of an
//! epoch, clips per parameter, moves the schedule at every pass, and can go on from the end of an
//! epoch only. This one takes the mean, ends an epoch with a smaller step, clips by the global
//! norm, moves the schedule once per optimizer step, and goes on from any step as if it had never
//! stopped. burn-train's `Learner` does the passes and the update.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use bert_core::backend::BertAutodiffBackend;
use bert_core::files::replace_files;
use burn::tensor::Device;
use burn::train::{InferenceStep, Learner, LearningComponentsMarker};

use super::checkpoint::Identity;
use super::gradients::clip_global_norm;
use super::passes::{Accumulated, Passes};
use super::prefetch::prefetch;
use super::together::{check_alike, fold};
use super::{
    BatchLoader, BatchOf, Evaluation, GroupedAdamW, Head, MetricInfo, PassInput, RunOptions,
    RunningSchedule, Scores, StopReason, TrainableModel, TrainingData, TrainingError,
    TrainingState, checkpoint, step_seed,
};
use crate::events::{Evaluated, Event, EventLog, Phase, Spent, Step};
use crate::folder::ModelFolder;
use crate::ranks::{Ranks, first, gather, share, together};

/// Time between two words on how far an evaluation is.
const TELL: Duration = Duration::from_millis(500);

/// Steps between two looks at whether all ranks have the same parameters, besides those before a
/// checkpoint.
const COMPARED_EVERY: usize = 100;

/// burn-train's learner, with this library's schedule and optimizer.
pub(super) type LearnerOf<B, M> =
    Learner<LearningComponentsMarker<B, RunningSchedule, M, GroupedAdamW<B>>>;

/// The learner, what it works with, and where it is. [`begin`](Self::begin) is in `start`.
pub(super) struct Session<'a, B, M, H>
where
    B: BertAutodiffBackend,
    H: Head,
    M: TrainableModel<B, H>,
{
    pub(super) learner: LearnerOf<B, M>,
    /// Shares its state with the learner's.
    pub(super) optimizer: GroupedAdamW<B>,
    pub(super) device: &'a Device<B>,
    pub(super) head: &'a H,
    /// What decides which evaluation is the best.
    pub(super) metric: MetricInfo,
    pub(super) folder: &'a ModelFolder,
    pub(super) data: &'a TrainingData<H::Data>,
    pub(super) options: &'a RunOptions,
    /// What makes a checkpoint one of this run.
    pub(super) identity: Identity,
    pub(super) events: EventLog,
    pub(super) state: TrainingState,
    /// The best evaluation, where this process has made it.
    pub(super) best: Option<H::Evaluation>,
    pub(super) phase: Option<Phase>,
    /// Of this run in this process.
    pub(super) started: Instant,
    /// Since when `max_time` counts.
    pub(super) clock: Instant,
    /// Of the processes before it, in seconds.
    pub(super) before: f64,
    pub(super) spent: Spent,
    pub(super) warnings: Vec<String>,
}

/// How a training ended that nothing went wrong with.
pub(super) struct Ended<E> {
    /// Where it was.
    pub(super) state: TrainingState,
    /// The best evaluation, where this process has made it.
    pub(super) best: Option<E>,
    /// Why it did not go on to its last step, where it did not.
    pub(super) stopped: Option<StopReason>,
    /// What somebody should know.
    pub(super) warnings: Vec<String>,
}

impl<B, M, H> Session<'_, B, M, H>
where
    B: BertAutodiffBackend,
    H: Head,
    M: TrainableModel<B, H>,
{
    fn send(&self, event: Event) {
        self.events.send(event);
    }

    fn enter(&mut self, phase: Phase) {
        if self.phase != Some(phase) {
            self.phase = Some(phase);
            let step = self.state.step;
            self.send(Event::Phase { phase, step });
        }
    }

    fn ranks(&self) -> &dyn Ranks {
        self.options.ranks.as_ref()
    }

    fn is_due(&self, every: Option<NonZeroUsize>) -> bool {
        every.is_some_and(|every| self.state.step.is_multiple_of(every.get()))
    }

    fn warn(&mut self, message: String) {
        tracing::warn!("{message}");
        self.warnings.push(message.clone());
        self.send(Event::Warning { message });
    }

    /// A run whose evaluations are all worth nothing has no result. One that a signal has stopped
    /// says so by itself.
    fn check_best(&self, stopped: Option<StopReason>) -> Result<Option<StopReason>, TrainingError> {
        let evaluations = self.state.evaluations.len();
        let by_signal = stopped.as_ref().is_some_and(StopReason::is_signal);
        match self.state.best() {
            None if evaluations > 0 && !by_signal => Err(TrainingError::NoBest { evaluations }),
            _ => Ok(stopped),
        }
    }

    /// Why the training should end between two steps, if any rank has a reason.
    fn stop_reason(&self) -> Option<StopReason> {
        let is_over = self.options.arguments.is_time_over(self.clock);
        let own = self.options.stop.requested();
        let own = own.or(is_over.then_some(StopReason::MaxTime));
        first(self.ranks(), own)
    }

    /// Saves a checkpoint. One that cannot be saved is no reason to lose the training as well: it
    /// says so and goes on with the checkpoints that are there.
    ///
    /// # Errors
    /// When there is no saying which rank's model it should be.
    fn save(&mut self) -> Result<(), TrainingError> {
        self.enter(Phase::Save);
        let started = Instant::now();
        self.state.seconds = self.before + self.started.elapsed().as_secs_f64();
        let model = self.learner.model();
        check_alike(self.ranks(), &model, self.state.step)?;
        if !self.ranks().is_root() {
            return Ok(());
        }
        let inference = model.valid();
        let output_dir = &self.options.output_dir;
        let written = checkpoint::write(
            output_dir,
            &self.state,
            &self.identity,
            |folder| Ok(self.folder.write(&inference, folder)?),
            |path| Ok(self.optimizer.write(&model, path)?),
        );
        match written {
            Ok(path) => {
                let keep = self.options.arguments.save_total_limit.get();
                checkpoint::remove_old(output_dir, keep);
                self.send(Event::Checkpoint {
                    step: self.state.step,
                    path,
                    seconds: started.elapsed().as_secs_f64(),
                });
            }
            Err(error) => {
                let message = format!("no checkpoint of step {}: {error}", self.state.step);
                self.warn(message);
            }
        }
        self.spent.save += started.elapsed().as_secs_f64();
        Ok(())
    }

    /// From where it is to the last step, or to where something ends it.
    pub(super) fn run(mut self) -> Result<Ended<H::Evaluation>, TrainingError> {
        let result = self.steps();
        let result = result.and_then(|stopped| self.check_best(stopped));
        let total = self.started.elapsed().as_secs_f64();
        self.state.seconds = self.before + total;
        let spent = &mut self.spent;
        spent.other =
            total - spent.compute - spent.input - spent.wait - spent.evaluate - spent.save;
        let step = self.state.step;
        match result {
            Ok(stopped) => {
                let reason = stopped.as_ref().map(ToString::to_string);
                self.send(Event::End {
                    step,
                    reason: reason.unwrap_or_else(|| "finished".to_owned()),
                    complete: self.state.is_complete(),
                    seconds: self.state.seconds,
                    spent: self.spent,
                });
                Ok(Ended {
                    state: self.state,
                    best: self.best,
                    stopped,
                    warnings: self.warnings,
                })
            }
            Err(error) => {
                let message = error.to_string();
                self.send(Event::Failure { step, message });
                Err(error)
            }
        }
    }

    fn steps(&mut self) -> Result<Option<StopReason>, TrainingError> {
        let arguments = &self.options.arguments;
        let train = BatchLoader::new(self.data.train.clone(), arguments);
        let scored = BatchLoader::new(self.data.scored().clone(), arguments);
        let is_fresh = self.state.step == 0 && self.state.batches == 0;
        if arguments.eval_on_start
            && is_fresh
            && let Some(reason) = self.evaluate(&scored)?
        {
            return Ok(Some(reason));
        }
        while !self.state.is_complete() {
            if let Some(reason) = self.epoch(&train, &scored)? {
                self.save()?;
                return Ok(Some(reason));
            }
            let last = !self.state.has_steps_left();
            let due = arguments.eval_steps.is_none() || last;
            if due && let Some(reason) = self.evaluate(&scored)? {
                self.save()?;
                return Ok(Some(reason));
            }
            self.state.next_epoch();
            self.save()?;
        }
        let ended_early = self.state.ended_early;
        Ok(ended_early.then_some(StopReason::EarlyStopping))
    }

    /// To the end of the epoch or of the training; a reason where it is to stop before.
    fn epoch(
        &mut self,
        train: &BatchLoader<H::Data>,
        scored: &BatchLoader<H::Data>,
    ) -> Result<Option<StopReason>, TrainingError> {
        let (epoch, done) = (self.state.epoch, self.state.batches);
        let place = (self.ranks().rank(), self.ranks().size());
        let produce = move |give: &mut dyn FnMut((usize, BatchOf<H>)) -> bool| {
            let _ = share(place, done, train.training(epoch)).all(give);
        };
        prefetch(produce, |batches| {
            let mut batches = batches.into_iter();
            // A checkpoint may have been saved when an evaluation was due and not done.
            let mut evaluate = done > 0 && self.is_due(self.options.arguments.eval_steps);
            loop {
                if evaluate && let Some(reason) = self.evaluate(scored)? {
                    return Ok(Some(reason));
                }
                if !self.state.has_steps_left() || !self.step(&mut batches)? {
                    return Ok(None);
                }
                evaluate = self.is_due(self.options.arguments.eval_steps);
                if !self.state.has_steps_left() {
                    continue;
                }
                if let Some(reason) = self.stop_reason() {
                    return Ok(Some(reason));
                }
                if self.is_due(self.options.arguments.save_steps) {
                    self.save()?;
                } else if self.state.step.is_multiple_of(COMPARED_EVERY) {
                    check_alike(self.ranks(), &self.learner.model(), self.state.step)?;
                }
            }
        })
    }

    /// One optimizer step with the next batches, by their number in the epoch, of this rank; false
    /// where the epoch has no batch left on any.
    fn step(
        &mut self,
        batches: &mut impl Iterator<Item = (usize, BatchOf<H>)>,
    ) -> Result<bool, TrainingError> {
        self.enter(Phase::Train);
        let started = Instant::now();
        let all = self.options.arguments.gradient_accumulation_steps.get();
        let passes = all / self.ranks().size();
        let (numbers, mut batches): (Vec<usize>, Vec<BatchOf<H>>) = batches.take(passes).unzip();
        let input = started.elapsed();
        let number: usize = gather(self.ranks(), batches.len()).into_iter().sum();
        if number == 0 {
            return Ok(false);
        }
        PassInput::in_one_step(&mut batches, self.ranks());
        self.learner.lr_step();
        let computing = Instant::now();
        let own = self.passes(&numbers, &batches)?;
        let mut compute = computing.elapsed();
        self.state.batches += number;
        let waiting = Instant::now();
        let sum = fold(self.ranks(), &self.learner.model(), own);
        let wait = waiting.elapsed();
        let (loss, examples) = (sum.mean_loss(), sum.examples);
        let (step, epoch) = (self.state.step + 1, self.state.epoch);
        let learning_rate = self.learner.lr_current();
        let computing = Instant::now();
        let max_norm = self.options.arguments.max_grad_norm;
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

        let state = &mut self.state;
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
            wait: wait.as_secs_f64(),
        }));
        self.spent.compute += compute.as_secs_f64();
        self.spent.input += input.as_secs_f64();
        self.spent.wait += wait.as_secs_f64();
        Ok(true)
    }

    /// Forward and backward over this rank's batches of a step. Where they are too large for the
    /// memory of one rank, all do them again in parts as small: what is dropped in a pass depends
    /// on its parts.
    fn passes(
        &mut self,
        numbers: &[usize],
        batches: &[BatchOf<H>],
    ) -> Result<Accumulated, TrainingError> {
        loop {
            let (arguments, before) = (&self.options.arguments, self.state.halvings);
            let mut sum = Accumulated::new();
            for (number, batch) in numbers.iter().zip(batches) {
                let seed = step_seed(arguments.seed, self.state.epoch, *number);
                let mut passes = Passes::<B> {
                    device: self.device,
                    auto_batch_size: arguments.auto_batch_size,
                    halvings: &mut self.state.halvings,
                };
                passes.add(&mut sum, &self.learner, batch, seed)?;
            }
            if self.ranks().is_alone() || !arguments.auto_batch_size {
                return Ok(sum);
            }
            let most = gather(self.ranks(), self.state.halvings).into_iter().max();
            self.state.halvings = most.unwrap_or(before);
            if self.state.halvings == before {
                return Ok(sum);
            }
        }
    }

    /// Scores the validation split, and keeps the model if it is the best so far. Does nothing
    /// where that has been done; gives a reason where it is to stop before it is through.
    fn evaluate(
        &mut self,
        scored: &BatchLoader<H::Data>,
    ) -> Result<Option<StopReason>, TrainingError> {
        if self.state.is_evaluated() {
            return Ok(None);
        }
        self.enter(Phase::Evaluate);
        let started = Instant::now();
        let model = self.learner.model().valid();
        let (mut outputs, mut told, mut done) = (Vec::new(), started, 0);
        let (rank, size) = (self.ranks().rank(), self.ranks().size());
        let mut own = share((rank, size), 0, scored.evaluation());
        // As often on every rank, because they ask one another whether to go on.
        for _ in 0..scored.num_evaluation_batches().div_ceil(size) {
            if let Some(reason) = self.stop_reason() {
                return Ok(Some(reason));
            }
            let Some((_, batch)) = own.next() else {
                continue;
            };
            done += batch.examples() * size;
            outputs.push(model.step(batch));
            if told.elapsed() >= TELL {
                told = Instant::now();
                let total = scored.num_examples();
                let done = done.min(total);
                self.send(Event::Progress { done, total });
            }
        }
        let outputs = together(self.ranks(), outputs);

        let evaluation = self.head.evaluation(&outputs, self.data.scored());
        let scores: Scores = evaluation
            .figures()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let fault = evaluation.not_finite();
        let arguments = &self.options.arguments;
        let is_best = self.state.record(
            scores.clone(),
            self.metric,
            arguments.early_stopping_threshold,
            fault.is_none(),
        );
        let seconds = started.elapsed().as_secs_f64();
        self.spent.evaluate += seconds;
        let details = self
            .head
            .details(&evaluation, self.data.scored(), self.folder);
        if is_best {
            let saving = Instant::now();
            let mut config = self.folder.config.clone();
            self.head.keep(&evaluation, &mut config);
            if self.ranks().is_root() {
                replace_files(&self.options.output_dir, |staging| {
                    self.folder.write_with(&config, &model, staging)
                })?;
            }
            self.best = Some(evaluation);
            self.spent.save += saving.elapsed().as_secs_f64();
        }
        let state = &mut self.state;
        state.ended_early |= arguments
            .early_stopping_patience
            .is_some_and(|patience| state.without_better >= patience.get());
        let (step, epoch, train_loss) = (state.step, state.epoch, state.totals.mean_loss());
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
