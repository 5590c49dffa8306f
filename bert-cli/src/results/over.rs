//! Several runs together: `eval_results.json` over seeds or folds.

use std::path::Path;

use bert_core::files::FileError;
use bert_tasks::metrics::{MeanStd, mean_std};
use bert_tasks::output::write_json;
use serde::Serialize;
use serde_json::{Map, Value};

use super::RunResult;

/// In what several runs differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Several {
    /// In their seeds.
    Seeds,
    /// In the rows that are held out.
    Folds,
}

/// `eval_results.json` over several seeds or folds.
#[derive(Serialize)]
struct OverRuns<'a> {
    #[serde(flatten)]
    figures: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    best_seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    best_fold: Option<usize>,
    runs: &'a [RunResult],
}

/// Writes `eval_results.json` over several runs; nothing for no runs.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write_over(
    runs: &[RunResult],
    folder: &Path,
    several: Several,
) -> Result<(), FileError> {
    let Some(best) = best(runs) else {
        return Ok(());
    };
    let figures = over(runs).into_iter().map(|(name, figure)| {
        let figure = serde_json::to_value(figure).expect("two plain numbers");
        (name.to_owned(), figure)
    });
    let over = OverRuns {
        figures: figures.collect(),
        best_seed: (several == Several::Seeds).then_some(best.seed),
        best_fold: best.fold,
        runs,
    };
    write_json(&folder.join("eval_results.json"), &over)
}

/// Mean and standard deviation of each figure.
pub(super) fn over(runs: &[RunResult]) -> Vec<(&'static str, MeanStd)> {
    let names = runs.first().map_or(&[][..], |run| &run.figures);
    let figure = |(place, &(name, _)): (usize, &(&'static str, f64))| {
        let values: Vec<f64> = runs.iter().map(|run| run.figures[place].1).collect();
        (name, mean_std(&values))
    };
    names.iter().enumerate().map(figure).collect()
}

/// The run that is best by what decided which of its models is, the first of equals.
fn best(runs: &[RunResult]) -> Option<&RunResult> {
    let better = |best, run: &RunResult| run.is_better(best);
    runs.iter()
        .reduce(|best, run| if better(best, run) { run } else { best })
}

#[cfg(test)]
mod tests {
    use bert_tasks::pretraining::PretrainingEvaluation;
    use bert_tasks::training::{MetricInfo, TrainingArguments};

    use super::*;
    use crate::backend::{BackendInfo, BackendName};

    fn run(seed: u64, loss: f64, accuracy: f64, metric: Option<(&'static str, bool)>) -> RunResult {
        let evaluation = PretrainingEvaluation {
            loss,
            masked_lm_accuracy: accuracy,
            ..PretrainingEvaluation::default()
        };
        let arguments = TrainingArguments::default().with_seed(seed);
        let backend = BackendInfo {
            name: BackendName::Flex,
            device: String::new(),
        };
        RunResult {
            metric: metric.map(|(name, higher_is_better)| MetricInfo {
                name,
                higher_is_better,
            }),
            ..RunResult::evaluated(&evaluation, (1.0, 1.0), &arguments, &backend)
        }
    }

    #[test]
    fn the_best_run_is_best_by_what_decided_in_it() {
        let best_of = |metric, runs: &[(f64, f64)]| {
            let run = |(seed, &(loss, accuracy)): (u64, &(f64, f64))| {
                run(seed, loss, accuracy, Some(metric))
            };
            let runs: Vec<RunResult> = (0..).zip(runs).map(run).collect();
            best(&runs).unwrap().seed
        };
        let runs = [(2.0, 0.3), (1.5, 0.2), (1.5, 0.1), (3.0, 0.6)];
        assert_eq!(best_of(("loss", false), &runs), 1);
        assert_eq!(best_of(("mlm_accuracy", true), &runs), 3);
        let odd = [(f64::NAN, 0.3), (f64::NEG_INFINITY, 0.1), (9.0, 0.1)];
        assert_eq!(best_of(("loss", false), &odd), 2);
    }
}
