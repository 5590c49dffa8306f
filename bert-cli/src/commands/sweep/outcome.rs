//! What the runs of a sweep have come to, best first.

use std::cmp::Ordering;
use std::path::Path;

use bert_tasks::metrics::{MeanStd, mean_std};
use bert_tasks::training::StopReason;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::table::table;

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It has done all of its steps.
    Finished,
    /// It can go on.
    Stopped,
    /// It ended with an error.
    Failed,
    /// It has not begun.
    Waiting,
}

/// The score that decided which model of a run is its best, over its seeds or folds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Its metric.
    pub metric: String,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// Mean and standard deviation.
    #[serde(flatten)]
    pub value: MeanStd,
    /// Of how many models.
    pub models: usize,
    /// Wall time of them all.
    pub seconds: f64,
}

/// A run of a sweep, as in `sweep.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Its folder in that of the sweep.
    pub name: String,
    /// Its command line without the program's name.
    pub command: Vec<String>,
    /// How far it is.
    pub status: Status,
    /// Why it ended, where that was no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it has reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
}

/// The score of the run in a folder by its `eval_results.json`, and whether all `models` are there
/// and none was stopped.
pub fn read(folder: &Path, models: usize) -> Option<(Score, bool)> {
    let text = std::fs::read(folder.join("eval_results.json")).ok()?;
    let results: Value = serde_json::from_slice(&text).ok()?;
    let runs = match results.get("runs").and_then(Value::as_array) {
        Some(runs) => runs.clone(),
        None => vec![results],
    };
    let decided_by = runs.first()?.get("decided_by")?;
    let metric = decided_by.get("name")?.as_str()?.to_owned();
    let values = runs.iter().map(|run| run.get(&metric)?.as_f64());
    let values: Vec<f64> = values.collect::<Option<_>>()?;
    let seconds = runs.iter().filter_map(|run| run.get("seconds")?.as_f64());
    let score = Score {
        higher_is_better: decided_by.get("higher_is_better")?.as_bool()?,
        metric,
        value: mean_std(&values),
        models: values.len(),
        seconds: seconds.sum(),
    };
    let is_whole = |run: &Value| match run.get("stopped") {
        None => true,
        Some(reason) => {
            let reason = StopReason::deserialize(reason);
            reason.is_ok_and(|reason| reason.is_end())
        }
    };
    let is_whole = runs.len() == models && runs.iter().all(is_whole);
    Some((score, is_whole))
}

/// Best first; then those without a score, as they were.
pub fn sort(outcomes: &mut [Outcome]) {
    outcomes.sort_by(|one, other| match (&one.score, &other.score) {
        (Some(one), Some(other)) => {
            let order = one.value.mean.total_cmp(&other.value.mean);
            if one.higher_is_better {
                order.reverse()
            } else {
                order
            }
        }
        (one, other) => match (one.is_some(), other.is_some()) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            _ => Ordering::Equal,
        },
    });
}

impl Outcome {
    /// How it ended, in words.
    pub fn state(&self) -> String {
        let status = match self.status {
            Status::Finished => "finished",
            Status::Stopped => "stopped",
            Status::Failed => "failed",
            Status::Waiting => "not begun",
        };
        match &self.reason {
            Some(reason) => format!("{status}: {reason}"),
            None => status.to_owned(),
        }
    }

    /// The score, with its deviation where there are several models.
    pub fn shown(&self) -> String {
        match &self.score {
            None => "-".to_owned(),
            Some(Score {
                value, models: 1, ..
            }) => format!("{:.4}", value.mean),
            Some(Score { value, .. }) => format!("{:.4} ± {:.4}", value.mean, value.std),
        }
    }

    /// How long it took.
    pub fn time(&self) -> String {
        let seconds = self.score.as_ref().map(|score| score.seconds);
        let time = seconds.and_then(|seconds| std::time::Duration::try_from_secs_f64(seconds).ok());
        time.map_or("-".to_owned(), bert_tasks::display::clock)
    }
}

/// The metric that decided.
pub fn metric(outcomes: &[Outcome]) -> &str {
    let scores = outcomes.iter().filter_map(|outcome| outcome.score.as_ref());
    let mut metrics = scores.map(|score| score.metric.as_str());
    metrics.next().unwrap_or("score")
}

/// The table at the end, a row a run.
pub fn summary(outcomes: &[Outcome]) -> String {
    let row = |outcome: &Outcome| {
        vec![
            outcome.name.clone(),
            outcome.shown(),
            outcome.time(),
            outcome.state(),
        ]
    };
    let rows: Vec<Vec<String>> = outcomes.iter().map(row).collect();
    table(&["run", metric(outcomes), "time", "state"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(name: &str, score: Option<(f64, bool)>) -> Outcome {
        Outcome {
            name: name.to_owned(),
            command: Vec::new(),
            status: Status::Finished,
            reason: None,
            score: score.map(|(mean, higher_is_better)| Score {
                metric: "m".to_owned(),
                higher_is_better,
                value: MeanStd { mean, std: 0.0 },
                models: 1,
                seconds: 1.0,
            }),
        }
    }

    #[test]
    fn the_best_comes_first_and_what_failed_last() {
        let order = |higher| {
            let mut all = vec![
                outcome("none", None),
                outcome("low", Some((0.1, higher))),
                outcome("high", Some((0.9, higher))),
            ];
            sort(&mut all);
            all.into_iter().map(|one| one.name).collect::<Vec<_>>()
        };
        assert_eq!(order(true), ["high", "low", "none"]);
        assert_eq!(order(false), ["low", "high", "none"]);
    }

    #[test]
    fn a_run_is_whole_when_all_of_its_models_are() {
        let root = tempfile::tempdir().unwrap();
        let decided = r#""decided_by": {"name": "f1", "higher_is_better": true}"#;
        let of = |text: String, models| {
            std::fs::write(root.path().join("eval_results.json"), text).unwrap();
            read(root.path(), models)
        };
        let one = |f1: f64, more: &str| format!(r#"{{"f1": {f1}, "seconds": 2, {decided}{more}}}"#);
        let (score, is_whole) = of(one(0.5, ""), 1).unwrap();
        assert_eq!((score.value.mean, score.seconds), (0.5, 2.0));
        assert!(is_whole);
        assert!(
            of(one(0.5, r#", "stopped": "early_stopping""#), 1)
                .unwrap()
                .1
        );
        assert!(!of(one(0.5, r#", "stopped": "max_time""#), 1).unwrap().1);
        let seeds = format!(r#"{{"runs": [{}, {}]}}"#, one(0.5, ""), one(0.7, ""));
        let (score, is_whole) = of(seeds.clone(), 2).unwrap();
        assert!((score.value.mean - 0.6).abs() < 1e-12 && is_whole);
        assert!(!of(seeds, 3).unwrap().1);
        assert!(of("{}".to_owned(), 1).is_none());
    }
}
