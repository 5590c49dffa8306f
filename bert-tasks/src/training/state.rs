//! Where a training is: what a checkpoint holds besides tensors.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A metric of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricInfo {
    /// Its name in files and flags, such as `f1`.
    pub name: &'static str,
    /// Whether more is better.
    pub higher_is_better: bool,
}

/// The metrics of one evaluation, by name.
pub type Scores = BTreeMap<String, f64>;

/// One evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluationRecord {
    /// From 1.
    pub epoch: usize,
    /// Optimizer steps of the run so far.
    pub step: usize,
    /// Mean loss over the training examples since the epoch began, dropout on.
    pub train_loss: f64,
    /// Largest global gradient norm since the epoch began, before clipping.
    pub max_grad_norm: f64,
    /// Over the whole split.
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
    /// Evaluations since the best.
    pub without_better: usize,
    /// Whether early stopping has ended the run.
    pub ended_early: bool,
    /// How many times a batch is halved to fit into memory.
    pub halvings: u32,
    /// Wall time of training and evaluation so far.
    pub seconds: f64,
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

    /// Records an evaluation; true if it is the best so far, by more than `threshold`.
    pub fn record(&mut self, scores: Scores, metric: MetricInfo, threshold: f64) -> bool {
        let value = |record: &EvaluationRecord| record.scores[metric.name];
        let record = EvaluationRecord {
            epoch: self.epoch,
            step: self.step,
            train_loss: self.totals.mean_loss(),
            max_grad_norm: self.totals.max_grad_norm,
            scores,
        };
        let gain = self.best().map(|best| match metric.higher_is_better {
            true => value(&record) - value(best),
            false => value(best) - value(&record),
        });
        // The first counts even if it is not a number; later ones have to be better.
        let better = gain.is_none_or(|gain| gain > threshold);
        self.evaluations.push(record);
        if better {
            self.best = Some(self.evaluations.len() - 1);
            self.without_better = 0;
        } else {
            self.without_better += 1;
        }
        better
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

    #[test]
    fn the_best_is_the_first_of_equals_in_the_metrics_direction() {
        for (higher_is_better, values, best, without_better) in [
            (true, [0.5, 0.7, 0.7, 0.6], 1, 2),
            (false, [0.5, 0.4, 0.7, 0.3], 3, 0),
            (true, [0.5, f64::NAN, 0.4, 0.52], 0, 3),
        ] {
            let metric = MetricInfo {
                name: "m",
                higher_is_better,
            };
            let mut state = TrainingState::default();
            for value in values {
                state.record(scores(value), metric, 0.05);
            }
            assert_eq!(
                (state.best, state.without_better),
                (Some(best), without_better)
            );
        }
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
        state.record(scores(0.5), metric, 0.0);
        assert!(state.has_steps_left() && !state.is_complete());
        state.step = 5;
        assert!(!state.has_steps_left() && !state.is_complete());
        state.record(scores(0.5), metric, 0.0);
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
        state.record(scores(2.0 / 3.0), metric, 0.0);
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<TrainingState>(&text).unwrap(), state);
    }
}
