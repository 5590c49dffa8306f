//! When a run will be over.

use std::time::Duration;

use serde_json::Value;

use crate::events::{Phase, RunHistory, Start};

/// Steps whose mean tells how long the next ones take.
const RECENT: usize = 50;

/// An evaluation that has not been seen yet is taken to cost this share of as many training
/// examples: it has no backward pass.
const FORWARD_SHARE: f64 = 1.0 / 3.0;

/// Time from `now` (seconds since 1970) to the end of the run, with the evaluations and checkpoints
/// that are still to come. Nothing before the first step of this process, and after its end.
pub(super) fn remaining(history: &RunHistory, now: f64) -> Option<Duration> {
    let start = history.start.as_ref()?;
    let own = history.own_steps();
    if history.outcome.is_some() || own.is_empty() {
        return None;
    }
    // The first step of a process compiles, maps memory and reads from cold caches.
    let warm = if own.len() > 2 { &own[1..] } else { own };
    let recent = &warm[warm.len().saturating_sub(RECENT)..];
    let seconds: f64 = recent.iter().map(|step| step.seconds).sum();
    let examples: usize = recent.iter().map(|step| step.examples).sum();
    let step_time = seconds / recent.len() as f64;

    let done = history.step();
    let left = start.total_steps.saturating_sub(done);
    let plan = Plan::of(start);
    let mean = |times: Vec<f64>| match times.len() {
        0 => None,
        n => Some(times.iter().sum::<f64>() / n as f64),
    };
    let evaluations = history.evaluations.iter();
    let evaluation_time = mean(evaluations.map(|evaluated| evaluated.seconds).collect())
        .unwrap_or_else(|| {
            start.eval_examples as f64 * FORWARD_SHARE * seconds / examples.max(1) as f64
        });
    let saves = history.checkpoints.iter();
    let save_time = mean(saves.map(|saved| saved.seconds).collect()).unwrap_or(0.0);

    let evaluated = history.evaluations.last().map_or(0, |last| last.step);
    let saved = history.checkpoints.last().map_or(0, |last| last.step);
    let mut total = left as f64 * step_time
        + plan.evaluations(evaluated) as f64 * evaluation_time
        + plan.saves(saved) as f64 * save_time;
    // What goes on at the moment counts as work still to be done above, but some of it is done.
    if let Some((phase, since)) = history.phase {
        let whole = match phase {
            Phase::Train => step_time,
            Phase::Evaluate => evaluation_time,
            Phase::Save => save_time,
        };
        let so_far = match phase {
            Phase::Train => now - history.latest,
            Phase::Evaluate | Phase::Save => now - since,
        };
        total -= so_far.clamp(0.0, whole);
    }
    Duration::try_from_secs_f64(total.max(0.0)).ok()
}

/// When the run evaluates and saves.
struct Plan {
    total_steps: usize,
    epoch_steps: usize,
    eval_steps: Option<usize>,
    save_steps: Option<usize>,
}

impl Plan {
    fn of(start: &Start) -> Self {
        let every = |name: &str| {
            let value = start.arguments.get(name).and_then(Value::as_u64);
            value.filter(|&every| every > 0).map(|every| every as usize)
        };
        Self {
            total_steps: start.total_steps,
            epoch_steps: start.total_steps.div_ceil(start.total_epochs.max(1)).max(1),
            eval_steps: every("eval_steps"),
            save_steps: every("save_steps"),
        }
    }

    /// Multiples of `every` in what is left after `done`, and the end if it is none of them.
    fn left(&self, every: usize, done: usize) -> usize {
        if done >= self.total_steps {
            return 0;
        }
        self.total_steps.div_ceil(every) - done / every
    }

    /// Evaluations after the one of step `done`.
    fn evaluations(&self, done: usize) -> usize {
        self.left(self.eval_steps.unwrap_or(self.epoch_steps), done)
    }

    /// Checkpoints after the one of step `done`: at the end of each epoch, and in between.
    fn saves(&self, done: usize) -> usize {
        let between = self.save_steps.map_or(0, |every| {
            let multiples = self.total_steps.saturating_sub(1) / every;
            multiples.saturating_sub(done / every)
        });
        self.left(self.epoch_steps, done) + between
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{Checkpointed, Evaluated, Outcome, Spent, Step};
    use serde_json::json;

    /// Three epochs of ten steps.
    fn history(arguments: Value, steps: usize) -> RunHistory {
        RunHistory {
            start: Some(Start {
                arguments,
                total_steps: 30,
                total_epochs: 3,
                eval_examples: 120,
                ..Start::default()
            }),
            steps: (1..=steps)
                .map(|step| Step {
                    step,
                    examples: 8,
                    // The first is slow and does not count.
                    seconds: if step == 1 { 100.0 } else { 2.0 },
                    ..Step::default()
                })
                .collect(),
            ..RunHistory::default()
        }
    }

    fn seconds(history: &RunHistory, now: f64) -> f64 {
        remaining(history, now).unwrap().as_secs_f64()
    }

    #[test]
    fn evaluations_and_checkpoints_count() {
        let mut run = history(json!({}), 5);
        // 25 steps of 2 s; 3 evaluations of 120 examples at a third of 0.25 s each.
        assert!((seconds(&run, 0.0) - (50.0 + 3.0 * 10.0)).abs() < 1e-9);

        run = history(json!({"eval_steps": 7, "save_steps": 4}), 14);
        run.evaluations = [7, 14]
            .map(|step| Evaluated {
                step,
                seconds: 6.0,
                ..Evaluated::default()
            })
            .to_vec();
        run.checkpoints = [(4, 1.0), (12, 3.0)]
            .map(|(step, seconds)| Checkpointed {
                step,
                path: "".into(),
                seconds,
            })
            .to_vec();
        // Evaluations at 21, 28 and 30. Checkpoints at 16, 20, 24, 28, and those of the ends of
        // the epochs at 20 and 30.
        let expected = 16.0 * 2.0 + 3.0 * 6.0 + 6.0 * 2.0;
        assert!((seconds(&run, 0.0) - expected).abs() < 1e-9);
    }

    #[test]
    fn what_is_going_on_runs_down_and_never_below_its_end() {
        let mut run = history(json!({}), 30);
        run.phase = Some((Phase::Evaluate, 1000.0));
        for (now, expected) in [(1000.0, 10.0), (1004.0, 6.0), (1099.0, 0.0)] {
            let left = seconds(&run, now) - 20.0;
            // Two earlier evaluations are missing here, so they count as still to be done.
            assert!((left - expected).abs() < 1e-9, "{left}");
        }
    }

    #[test]
    fn there_is_none_before_the_first_step_and_after_the_end() {
        let mut run = history(json!({}), 0);
        assert_eq!(remaining(&run, 0.0), None);
        run = history(json!({}), 3);
        run.outcome = Some(Outcome::Ended {
            reason: "finished".to_owned(),
            complete: true,
            spent: Spent::default(),
        });
        assert_eq!(remaining(&run, 0.0), None);
    }
}
