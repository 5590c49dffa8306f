//! Where a training is: what a checkpoint holds besides tensors.

use serde::{Deserialize, Serialize};

use crate::events::{Scores, number_or_nan, numbers_or_nan};

/// A metric of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MetricInfo {
    /// Its name in files and flags, such as `f1`.
    pub name: &'static str,
    /// Whether more is better.
    pub higher_is_better: bool,
}

impl MetricInfo {
    /// One of which more is better.
    pub const fn higher(name: &'static str) -> Self {
        Self {
            name,
            higher_is_better: true,
        }
    }

    /// One of which less is better.
    pub const fn lower(name: &'static str) -> Self {
        Self {
            name,
            higher_is_better: false,
        }
    }
}

/// One evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluationRecord {
    /// From 1.
    pub epoch: usize,
    /// Optimizer steps of the run so far.
    pub step: usize,
    /// Mean loss over the training examples since the epoch began, dropout on.
    #[serde(deserialize_with = "number_or_nan")]
    pub train_loss: f64,
    /// Largest global gradient norm since the epoch began, before clipping.
    pub max_grad_norm: f64,
    /// Over the whole split.
    #[serde(deserialize_with = "numbers_or_nan")]
    pub scores: Scores,
}

/// Running totals of an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochTotals {
    /// Sum of the losses, each with its weight.
    pub loss: f64,
    /// Sum of the weights.
    pub weight: f64,
    /// Largest global gradient norm, before clipping.
    pub max_grad_norm: f64,
}

impl EpochTotals {
    /// Mean loss.
    pub fn mean_loss(&self) -> f64 {
        self.loss / self.weight
    }
}

/// Where a training is, between two optimizer steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingState {
    /// Optimizer steps done.
    pub step: usize,
    /// Optimizer steps of the whole run.
    pub total_steps: usize,
    /// The epoch in progress, from 1.
    pub epoch: usize,
    /// Batches of that epoch done.
    pub batches: usize,
    /// Training examples seen, in all epochs.
    pub examples: usize,
    /// Of the epoch in progress.
    pub totals: EpochTotals,
    /// All so far.
    pub evaluations: Vec<EvaluationRecord>,
    /// Which of them is the best.
    pub best: Option<usize>,
    /// Evaluations since one that was better than all before it by more than the threshold of early
    /// stopping; what patience is measured against.
    pub without_better: usize,
    /// Whether early stopping has ended the run.
    pub ended_early: bool,
    /// How many times a batch is halved to fit into memory.
    pub halvings: u32,
    /// How many processes train it together.
    #[serde(default = "one")]
    pub ranks: usize,
    /// Wall time of training and evaluation so far.
    pub seconds: f64,
}

/// What an older checkpoint had.
fn one() -> usize {
    1
}

impl Default for TrainingState {
    fn default() -> Self {
        Self {
            step: 0,
            total_steps: 0,
            epoch: 1,
            batches: 0,
            examples: 0,
            totals: EpochTotals::default(),
            evaluations: Vec::new(),
            best: None,
            without_better: 0,
            ended_early: false,
            halvings: 0,
            ranks: 1,
            seconds: 0.0,
        }
    }
}

impl TrainingState {
    /// The best evaluation.
    pub fn best(&self) -> Option<&EvaluationRecord> {
        self.best.map(|best| &self.evaluations[best])
    }

    /// Whether there is another step to do.
    pub fn has_steps_left(&self) -> bool {
        !self.ended_early && self.step < self.total_steps
    }

    /// Whether nothing is left to do: the last model has been evaluated, too.
    pub fn is_complete(&self) -> bool {
        !self.has_steps_left() && self.is_evaluated()
    }

    /// Whether the last thing done was an evaluation.
    pub fn is_evaluated(&self) -> bool {
        let last = self.evaluations.last();
        last.is_some_and(|last| last.step == self.step)
    }

    /// Records an evaluation; true if it is the best so far: strictly better than all before it.
    ///
    /// `threshold` decides how patient early stopping is, and never which evaluation is the best.
    /// One that `is_finite` is false of, or whose metric is missing or not finite, is not the best,
    /// whatever the others are.
    ///
    /// Follows `EarlyStoppingCallback` and `_determine_best_metric` of `transformers`, where the
    /// first evaluation never counts against patience, whatever it is.
    pub fn record(
        &mut self,
        scores: Scores,
        metric: MetricInfo,
        threshold: f64,
        is_finite: bool,
    ) -> bool {
        let value = |scores: &Scores| {
            let value = scores.get(metric.name).copied();
            value.filter(|value| value.is_finite())
        };
        let best = self.best().and_then(|best| value(&best.scores));
        let gain = value(&scores).filter(|_| is_finite).map(|now| match best {
            None => f64::INFINITY,
            Some(best) if metric.higher_is_better => now - best,
            Some(best) => best - now,
        });
        let is_first = self.evaluations.is_empty();
        self.evaluations.push(EvaluationRecord {
            epoch: self.epoch,
            step: self.step,
            train_loss: self.totals.mean_loss(),
            max_grad_norm: self.totals.max_grad_norm,
            scores,
        });
        if is_first || gain.is_some_and(|gain| gain > threshold) {
            self.without_better = 0;
        } else {
            self.without_better += 1;
        }
        let is_best = gain.is_some_and(|gain| gain > 0.0);
        if is_best {
            self.best = Some(self.evaluations.len() - 1);
        }
        is_best
    }

    /// On to the next epoch.
    pub fn next_epoch(&mut self) {
        self.epoch += 1;
        self.batches = 0;
        self.totals = EpochTotals::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(value: f64) -> Scores {
        Scores::from([("m".to_owned(), value)])
    }

    /// The best evaluation, and what patience has counted after each.
    fn recorded(
        higher_is_better: bool,
        threshold: f64,
        values: &[f64],
    ) -> (Option<usize>, Vec<usize>) {
        let metric = MetricInfo {
            name: "m",
            higher_is_better,
        };
        let mut state = TrainingState::default();
        let record = |&value: &f64| {
            state.record(scores(value), metric, threshold, true);
            state.without_better
        };
        let counts = values.iter().map(record).collect();
        (state.best, counts)
    }

    /// Of `EarlyStoppingCallback` and `_determine_best_metric` of transformers 5.24, run on the
    /// same values.
    #[test]
    fn best_and_patience_are_those_of_transformers() {
        const NAN: f64 = f64::NAN;
        type Case = (bool, f64, &'static [f64], Option<usize>, &'static [usize]);
        let cases: [Case; 9] = [
            // A slow rise is better each time, and never by more than the threshold.
            (true, 0.05, &[0.5, 0.53, 0.56, 0.59], Some(3), &[0, 1, 2, 3]),
            (true, 0.05, &[0.5, 0.7, 0.7, 0.6], Some(1), &[0, 0, 1, 2]),
            (false, 0.05, &[0.5, 0.4, 0.7, 0.38], Some(3), &[0, 0, 1, 2]),
            (false, 0.1, &[1.0, 0.95, 0.91, 0.8], Some(3), &[0, 1, 2, 0]),
            (false, 0.25, &[1.0, 0.75, 0.5, 0.25], Some(3), &[0, 1, 2, 3]),
            (true, 0.05, &[0.5, NAN, 0.4, 0.52], Some(3), &[0, 1, 2, 3]),
            (true, 0.0, &[NAN, NAN, 0.3, 0.3], Some(2), &[0, 1, 0, 1]),
            (false, 0.0, &[NAN, 0.3, NAN, 0.2], Some(3), &[0, 0, 1, 0]),
            (true, 0.1, &[NAN, NAN, NAN], None, &[0, 1, 2]),
        ];
        for (higher_is_better, threshold, values, best, counts) in cases {
            assert_eq!(
                recorded(higher_is_better, threshold, values),
                (best, counts.to_vec()),
                "{values:?}"
            );
        }
    }

    #[test]
    fn what_is_not_finite_is_never_the_best() {
        const INFINITY: f64 = f64::INFINITY;
        assert_eq!(recorded(true, 0.0, &[INFINITY, 0.5, INFINITY]).0, Some(1));
        assert_eq!(recorded(false, 0.0, &[-INFINITY, 0.5]).0, Some(1));
        assert_eq!(recorded(true, 0.0, &[INFINITY]).0, None);

        // A plausible number of an evaluation that has others which are none.
        let metric = MetricInfo {
            name: "m",
            higher_is_better: true,
        };
        let mut state = TrainingState::default();
        assert!(!state.record(scores(0.9), metric, 0.0, false));
        assert!(state.record(scores(0.4), metric, 0.0, true));
        assert!(!state.record(scores(0.9), metric, 0.0, false));
        // A metric that the evaluation has not.
        assert!(!state.record(Scores::new(), metric, 0.0, true));
        assert_eq!((state.best, state.without_better), (Some(1), 2));
    }

    #[test]
    fn a_state_whose_scores_are_no_numbers_comes_back() {
        let metric = MetricInfo {
            name: "m",
            higher_is_better: true,
        };
        let mut state = TrainingState::default();
        state.record(scores(f64::NAN), metric, 0.0, true);
        let text = serde_json::to_string(&state).unwrap();
        let read: TrainingState = serde_json::from_str(&text).unwrap();
        assert!(read.evaluations[0].scores["m"].is_nan());
        assert!(read.evaluations[0].train_loss.is_nan());
    }

    #[test]
    fn a_run_is_complete_once_its_last_model_is_evaluated() {
        let metric = MetricInfo {
            name: "m",
            higher_is_better: true,
        };
        let mut state = TrainingState {
            step: 4,
            total_steps: 5,
            ..Default::default()
        };
        state.record(scores(0.5), metric, 0.0, true);
        assert!(state.has_steps_left() && !state.is_complete());
        state.step = 5;
        assert!(!state.has_steps_left() && !state.is_complete());
        state.record(scores(0.5), metric, 0.0, true);
        assert!(state.is_complete());
    }

    #[test]
    fn a_state_comes_back_from_json_to_the_bit() {
        let mut state = TrainingState {
            seconds: 0.1 + 0.2,
            ..Default::default()
        };
        state.totals = EpochTotals {
            loss: 1.0 / 3.0,
            weight: 7.0,
            max_grad_norm: 5e-324,
        };
        let metric = MetricInfo {
            name: "m",
            higher_is_better: true,
        };
        state.record(scores(2.0 / 3.0), metric, 0.0, true);
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<TrainingState>(&text).unwrap(), state);
    }
}
