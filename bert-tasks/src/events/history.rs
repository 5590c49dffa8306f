//! What a run has been so far, from its events.

use std::path::PathBuf;

use super::{Evaluated, Event, Phase, Resources, Spent, Stamped, Start, Step};

/// A checkpoint that was saved.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpointed {
    /// Optimizer steps by then.
    pub step: usize,
    /// Its folder.
    pub path: PathBuf,
    /// Wall time.
    pub seconds: f64,
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// By itself, or because it was asked to.
    Ended {
        /// `finished`, or why it ended before the last step.
        reason: String,
        /// Whether nothing is left to go on with.
        complete: bool,
        /// Where its time went.
        spent: Spent,
    },
    /// With an error, in words.
    Failed(String),
}

/// What a run has been so far. What a resumed process has undone is gone.
#[derive(Clone, Debug, Default)]
pub struct RunHistory {
    /// What the newest process began with.
    pub start: Option<Start>,
    /// When it began, in seconds since 1970.
    pub started: f64,
    /// When the newest event happened, in seconds since 1970.
    pub latest: f64,
    /// Every step.
    pub steps: Vec<Step>,
    /// Every evaluation.
    pub evaluations: Vec<Evaluated>,
    /// Every checkpoint.
    pub checkpoints: Vec<Checkpointed>,
    /// What was used, by the step at the time.
    pub resources: Vec<(usize, Resources)>,
    /// When, in seconds since 1970, and what.
    pub warnings: Vec<(f64, String)>,
    /// What the process does, and since when.
    pub phase: Option<(Phase, f64)>,
    /// Examples scored of those of the split, in an evaluation.
    pub progress: Option<(usize, usize)>,
    /// How the newest process ended, if it has.
    pub outcome: Option<Outcome>,
    /// Wall time in all processes, as the newest end says.
    pub seconds: Option<f64>,
}

impl RunHistory {
    /// What these events make.
    pub fn of(events: impl IntoIterator<Item = Stamped>) -> Self {
        let mut history = Self::default();
        events.into_iter().for_each(|event| history.apply(event));
        history
    }

    /// One more event.
    pub fn apply(&mut self, stamped: Stamped) {
        self.latest = stamped.time;
        match stamped.event {
            Event::Start(start) => self.begin(*start, stamped.time),
            Event::Phase { phase, .. } => {
                self.phase = Some((phase, stamped.time));
                self.progress = None;
            }
            Event::Step(step) => self.steps.push(step),
            Event::Progress { done, total } => self.progress = Some((done, total)),
            Event::Evaluation(evaluated) => self.evaluations.push(*evaluated),
            Event::Checkpoint {
                step,
                path,
                seconds,
            } => self.checkpoints.push(Checkpointed {
                step,
                path,
                seconds,
            }),
            Event::Resources(resources) => self.resources.push((self.step(), resources)),
            Event::Warning { message } => self.warnings.push((stamped.time, message)),
            Event::End {
                reason,
                complete,
                seconds,
                spent,
                ..
            } => {
                (self.phase, self.progress) = (None, None);
                self.seconds = Some(seconds);
                self.outcome = Some(Outcome::Ended {
                    reason,
                    complete,
                    spent,
                });
            }
            Event::Failure { message, .. } => {
                (self.phase, self.progress) = (None, None);
                self.outcome = Some(Outcome::Failed(message));
            }
        }
    }

    fn begin(&mut self, start: Start, time: f64) {
        let resumed = start.resumed_step;
        if resumed == 0 {
            *self = Self {
                latest: self.latest,
                // Those of before the start are about it: a checkpoint that was skipped.
                warnings: std::mem::take(&mut self.warnings),
                ..Self::default()
            };
        }
        self.steps.retain(|step| step.step <= resumed);
        self.evaluations
            .retain(|evaluated| evaluated.step <= resumed);
        self.checkpoints.retain(|saved| saved.step <= resumed);
        self.resources.retain(|(step, _)| *step <= resumed);
        (self.phase, self.progress, self.outcome) = (None, None, None);
        self.start = Some(start);
        self.started = time;
    }

    /// Optimizer steps so far.
    pub fn step(&self) -> usize {
        self.steps.last().map_or(0, |step| step.step)
    }

    /// The best evaluation.
    pub fn best(&self) -> Option<&Evaluated> {
        self.evaluations
            .iter()
            .rev()
            .find(|evaluated| evaluated.is_best)
    }

    /// Steps of this process alone, the ones that tell how fast it is.
    pub fn own_steps(&self) -> &[Step] {
        let resumed = self.start.as_ref().map_or(0, |start| start.resumed_step);
        let own = self.steps.partition_point(|step| step.step <= resumed);
        &self.steps[own..]
    }

    /// Training examples per second over the last steps of this process.
    pub fn examples_per_second(&self) -> Option<f64> {
        self.speed(|step| step.examples)
    }

    /// Tokens per second over the last steps of this process, padding not counted.
    pub fn tokens_per_second(&self) -> Option<f64> {
        self.speed(|step| step.tokens)
    }

    /// The share of the last steps of this process that went into waiting for other ranks and adding
    /// gradients up with them; nothing where there are none.
    pub fn waiting(&self) -> Option<f64> {
        self.start.as_ref().filter(|start| start.ranks > 1)?;
        let recent = self.recent_steps();
        let seconds: f64 = recent.iter().map(|step| step.seconds).sum();
        let waited: f64 = recent.iter().map(|step| step.wait).sum();
        (seconds > 0.0).then(|| waited / seconds)
    }

    fn recent_steps(&self) -> &[Step] {
        let own = self.own_steps();
        &own[own.len().saturating_sub(20)..]
    }

    fn speed(&self, count: impl Fn(&Step) -> usize) -> Option<f64> {
        let recent = self.recent_steps();
        let seconds: f64 = recent.iter().map(|step| step.seconds).sum();
        let counted: usize = recent.iter().map(count).sum();
        (seconds > 0.0).then(|| counted as f64 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::SCHEMA;

    fn at(time: f64, event: Event) -> Stamped {
        Stamped {
            v: SCHEMA,
            time,
            event,
        }
    }

    fn step(step: usize) -> Event {
        Event::Step(Step {
            step,
            examples: 8,
            tokens: 100,
            seconds: 0.5,
            ..Step::default()
        })
    }

    fn start(resumed_step: usize) -> Event {
        Event::Start(Box::new(Start {
            resumed_step,
            ..Start::default()
        }))
    }

    fn evaluation(step: usize, is_best: bool) -> Event {
        Event::Evaluation(Box::new(Evaluated {
            step,
            is_best,
            ..Evaluated::default()
        }))
    }

    #[test]
    fn what_a_resumed_process_undoes_is_gone() {
        let mut history = RunHistory::of([
            at(0.0, start(0)),
            at(1.0, step(1)),
            at(2.0, step(2)),
            at(2.5, evaluation(2, true)),
            at(3.0, step(3)),
            at(3.5, evaluation(3, true)),
            at(9.0, start(2)),
        ]);
        let steps = |history: &RunHistory| -> Vec<usize> {
            history.steps.iter().map(|step| step.step).collect()
        };
        assert_eq!(steps(&history), [1, 2]);
        assert_eq!(history.best().unwrap().step, 2);
        assert!(history.own_steps().is_empty());
        assert_eq!(history.examples_per_second(), None);
        history.apply(at(10.0, step(3)));
        assert_eq!(history.own_steps().len(), 1);
        assert_eq!(history.examples_per_second(), Some(16.0));
        assert_eq!(history.tokens_per_second(), Some(200.0));

        history.apply(at(11.0, start(0)));
        assert!(history.steps.is_empty() && history.evaluations.is_empty());
        assert_eq!((history.started, history.latest), (11.0, 11.0));
    }

    #[test]
    fn only_ranks_wait() {
        let of = |ranks: usize| {
            let start = Start {
                ranks,
                ..Start::default()
            };
            let step = |step: usize, wait: f64| {
                Event::Step(Step {
                    step,
                    seconds: 0.5,
                    wait,
                    ..Step::default()
                })
            };
            let start = Event::Start(Box::new(start));
            RunHistory::of([at(0.0, start), at(1.0, step(1, 0.1)), at(2.0, step(2, 0.2))]).waiting()
        };
        assert_eq!(of(1), None);
        assert!((of(2).unwrap() - 0.3).abs() < 1e-12);
    }

    #[test]
    fn the_best_is_the_last_that_was_better() {
        let history = RunHistory::of([
            at(1.0, evaluation(1, true)),
            at(2.0, evaluation(2, true)),
            at(3.0, evaluation(3, false)),
        ]);
        assert_eq!(history.best().unwrap().step, 2);
    }
}
