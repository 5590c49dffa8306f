//! What a run leaves and says at its end.
//!
//! A [`RunResult`] is a training or an evaluation: `eval_results.json`, and a row of the table.

use std::path::Path;
use std::time::Duration;

use bert_core::files::FileError;
use bert_core::weights::LoadReport;
use bert_data::EncodingStatistics;
use bert_tasks::display::dashboard::Screen;
use bert_tasks::metrics::{MeanStd, mean_std};
use bert_tasks::output::write_json;
use bert_tasks::training::{
    Evaluation, EvaluationRecord, FineTuned, MetricInfo, RunOptions, StopReason, TrainingArguments,
};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::backend::BackendInfo;
use crate::table::table;

/// The scores of one model on one split: `eval_results.json`.
#[derive(Serialize)]
pub struct RunResult {
    /// The task's own.
    #[serde(flatten)]
    pub scores: Map<String, Value>,
    /// Examples scored.
    pub examples: usize,
    /// The split they are of.
    pub split: &'static str,
    /// Seed of the run.
    pub seed: u64,
    /// Which fold was held out, from 1, where there are folds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fold: Option<usize>,
    /// Backend by name.
    pub backend: String,
    /// Its device in words.
    pub device: String,
    /// What matrix products were computed in.
    pub precision: &'static str,
    /// Wall time of training and evaluation.
    pub seconds: f64,
    /// Examples per second, of training where there was one.
    pub examples_per_second: f64,
    /// Which epoch this is, where there was a training.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best_epoch: Option<usize>,
    /// Which optimizer step this is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best_step: Option<usize>,
    /// Why the training ended early, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<StopReason>,
    /// Every evaluation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evaluations: Vec<EvaluationRecord>,
    /// The hyperparameters.
    pub arguments: TrainingArguments,
    /// Version of this project.
    pub version: &'static str,
    #[serde(skip)]
    figures: Vec<(&'static str, f64)>,
    /// What decides between runs.
    #[serde(rename = "decided_by", skip_serializing_if = "Option::is_none")]
    metric: Option<MetricInfo>,
}

impl RunResult {
    /// Of a training; nothing where it was stopped before its first evaluation.
    pub fn trained<E: Evaluation>(
        tuned: &FineTuned<E>,
        arguments: &TrainingArguments,
        backend: &BackendInfo,
    ) -> Option<Self> {
        let best = tuned.best.as_ref()?;
        let time = (tuned.seconds, tuned.examples_per_second);
        Some(Self {
            best_epoch: Some(best.epoch),
            best_step: Some(best.step),
            stopped: tuned.stopped.clone(),
            evaluations: tuned.evaluations.clone(),
            metric: Some(tuned.metric),
            ..Self::evaluated(&best.evaluation, time, arguments, backend)
        })
    }

    /// Of an evaluation alone, with its wall time in seconds and its examples per second.
    pub fn evaluated(
        evaluation: &impl Evaluation,
        (seconds, examples_per_second): (f64, f64),
        arguments: &TrainingArguments,
        backend: &BackendInfo,
    ) -> Self {
        Self {
            scores: evaluation.scores(),
            examples: evaluation.examples(),
            split: "dev",
            seed: arguments.seed,
            fold: None,
            backend: backend.name.to_string(),
            device: backend.device.clone(),
            precision: if arguments.bf16 { "bf16" } else { "f32" },
            seconds,
            examples_per_second,
            best_epoch: None,
            best_step: None,
            stopped: None,
            evaluations: Vec::new(),
            arguments: arguments.clone(),
            version: env!("CARGO_PKG_VERSION"),
            figures: evaluation.summary(),
            metric: None,
        }
    }

    /// The same, of a fold.
    #[must_use]
    pub fn of_fold(self, fold: usize) -> Self {
        let fold = Some(fold);
        Self { fold, ..self }
    }

    /// Writes `eval_results.json`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), FileError> {
        write_json(&folder.join("eval_results.json"), self)
    }

    /// The score that decided which of its own models is the best.
    fn decides(&self) -> Option<f64> {
        let score = self.scores.get(self.metric?.name)?.as_f64();
        score.filter(|score| score.is_finite())
    }

    fn is_better(&self, other: &Self) -> bool {
        let higher = self.metric.is_some_and(|metric| metric.higher_is_better);
        match (self.decides(), other.decides()) {
            (Some(own), Some(other)) if higher => own > other,
            (Some(own), Some(other)) => own < other,
            (own, _) => own.is_some(),
        }
    }
}

/// The run that is best by what decided which of its models is, the first of equals.
fn best(runs: &[RunResult]) -> Option<&RunResult> {
    let better = |best, run: &RunResult| run.is_better(best);
    runs.iter()
        .reduce(|best, run| if better(best, run) { run } else { best })
}

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
fn write_over(runs: &[RunResult], folder: &Path, several: Several) -> Result<(), FileError> {
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
fn over(runs: &[RunResult]) -> Vec<(&'static str, MeanStd)> {
    let names = runs.first().map_or(&[][..], |run| &run.figures);
    let figure = |(place, &(name, _)): (usize, &(&'static str, f64))| {
        let values: Vec<f64> = runs.iter().map(|run| run.figures[place].1).collect();
        (name, mean_std(&values))
    };
    names.iter().enumerate().map(figure).collect()
}

/// The table at the end: a row per run, and mean and standard deviation of several.
fn summary(runs: &[RunResult]) -> String {
    let figures = over(runs);
    let names = figures.iter().map(|(name, _)| *name);
    let header: Vec<&str> = ["run", "epoch"]
        .into_iter()
        .chain(names)
        .chain(["examples/s", "time"])
        .collect();
    let mut rows: Vec<Vec<String>> = runs
        .iter()
        .map(|run| {
            let epoch = run.best_epoch.map(|epoch| epoch.to_string());
            let figures = run.figures.iter().map(|(_, value)| format!("{value:.4}"));
            [
                match run.fold {
                    Some(fold) => format!("fold {fold}"),
                    None => format!("seed {}", run.seed),
                },
                epoch.unwrap_or_else(|| "-".to_owned()),
            ]
            .into_iter()
            .chain(figures)
            .chain([
                format!("{:.1}", run.examples_per_second),
                clock(run.seconds),
            ])
            .collect()
        })
        .collect();
    if runs.len() > 1 {
        let means = figures
            .iter()
            .map(|(_, MeanStd { mean, std })| format!("{mean:.4} ± {std:.4}"));
        let total: f64 = runs.iter().map(|run| run.seconds).sum();
        rows.push(
            ["mean ± std".to_owned(), String::new()]
                .into_iter()
                .chain(means)
                .chain([String::new(), clock(total)])
                .collect(),
        );
    }
    let what = match runs.first() {
        // Each has other rows.
        Some(RunResult { fold: Some(_), .. }) => {
            let examples: usize = runs.iter().map(|run| run.examples).sum();
            format!("held-out rows, {examples} in all")
        }
        first => {
            let examples = first.map_or(0, |run| run.examples);
            format!("dev split, {examples} examples")
        }
    };
    format!("\n{what}\n{}", table(&header, &rows))
}

/// Writes the results of a training and gives them; says so where there are none.
///
/// # Errors
/// When they cannot be written.
pub fn keep<E: Evaluation>(
    screen: &Screen,
    tuned: &FineTuned<E>,
    options: &RunOptions,
    backend: &BackendInfo,
) -> Result<Option<RunResult>, FileError> {
    let run = RunResult::trained(tuned, &options.arguments, backend);
    match &run {
        Some(run) => run.write(&options.output_dir)?,
        None => screen.say(&format!(
            "stopped at step {}, before the first evaluation{}",
            tuned.step,
            match tuned.evaluations.is_empty() {
                true => "",
                false => " that is finite",
            }
        )),
    }
    Ok(run)
}

/// Sums up the runs, of one seed or of several, and says where their results are.
///
/// # Errors
/// When the results of several cannot be written.
pub fn finish(
    screen: &Screen,
    output_dir: &Path,
    runs: &[RunResult],
    several: Option<Several>,
) -> Result<(), FileError> {
    if let Some(several) = several {
        write_over(runs, output_dir, several)?;
    }
    if !runs.is_empty() {
        screen.say(&summary(runs));
    }
    screen.say(&written(output_dir));
    Ok(())
}

/// What was loaded into a model, in words; said if it is the first.
pub fn say_report(screen: &Screen, report: Option<LoadReport>, is_first: bool) -> String {
    let report = report.map(|report| report.to_string()).unwrap_or_default();
    if is_first && !report.is_empty() {
        screen.say(&report);
    }
    report
}

/// What was unknown or cut of a split, in words. A training warns of it by its events; `warn` is
/// for a program that only scores.
pub fn say_statistics(screen: &Screen, split: &str, statistics: &EncodingStatistics, warn: bool) {
    let examples = statistics.examples;
    screen.say(&format!("{split}: {examples} examples, {statistics}"));
    for warning in statistics.warnings().iter().filter(|_| warn) {
        screen.say(&format!("warning: {split}: {warning}"));
    }
}

/// How to go on with a training that was stopped.
pub fn say_stopped(screen: &Screen, stopped: Option<&StopReason>) {
    if let Some(reason) = stopped {
        screen.say(&format!("{reason}; the same command with --resume goes on"));
    }
}

/// What a run may leave in its output folder, and what it is.
const FILES: [(&str, &str); 13] = [
    (
        "model.safetensors",
        "the best model; transformers opens the folder",
    ),
    ("eval_results.json", "scores"),
    ("predictions.tsv", "predictions of the best model"),
    ("predictions.json", "answers of the best model"),
    (
        "nbest_predictions.json",
        "its best answers to each question",
    ),
    (
        "null_odds.json",
        "how sure it is that a question has no answer",
    ),
    (
        "out_of_fold.csv",
        "predictions of each row by the model that has not learned from it",
    ),
    ("logits.tsv", "their logits"),
    ("report.html", "the run to look at"),
    ("run.toml", "its flags; bert train --config does it again"),
    ("events.jsonl", "everything that happened"),
    ("log.txt", "what was printed behind the dashboard"),
    ("tensorboard", "event files of TensorBoard"),
];

/// The paths of what was written into `folder`, or into its folders of several seeds or folds.
fn written(folder: &Path) -> String {
    let files = FILES.iter().filter_map(|(name, what)| {
        let path = folder.join(name);
        path.exists().then_some((path, *what))
    });
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let what = match name.split_once('-')? {
                ("checkpoint", _) => "to go on from",
                ("seed", _) => "the same of one seed",
                ("fold", _) => "the same of one fold",
                _ => return None,
            };
            Some((entry.path(), what))
        })
        .collect();
    folders.sort();
    let rows = files.chain(folders).map(|(path, what)| {
        let path = path.display().to_string();
        format!("  {path:<44}  {what}\n")
    });
    format!("written:\n{}", rows.collect::<String>().trim_end())
}

fn clock(seconds: f64) -> String {
    bert_tasks::display::clock(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use bert_tasks::pretraining::PretrainingEvaluation;

    use super::*;
    use crate::backend::BackendName;

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
