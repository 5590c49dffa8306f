//! What a run leaves and says at its end.
//!
//! A [`RunResult`] is a training or an evaluation: `eval_results.json`, and a row of the table.
//! `over` is the same of [`Several`], `written` the list of files.

mod over;
mod written;

use std::path::Path;
use std::time::Duration;

use bert_core::files::FileError;
use bert_core::weights::LoadReport;
use bert_data::EncodingStatistics;
use bert_tasks::display::dashboard::Screen;
use bert_tasks::metrics::MeanStd;
use bert_tasks::output::write_json;
use bert_tasks::training::{
    Evaluation, EvaluationRecord, FineTuned, MetricInfo, RunOptions, StopReason, TrainingArguments,
};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::backend::BackendInfo;
use crate::table::table;
pub use over::Several;
use over::{over, write_over};
use written::written;

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
    pub dtype: &'static str,
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
        let evaluated = Self::evaluated(&best.evaluation, time, arguments, backend);
        let mut figures = evaluated.figures.clone();
        if figures.iter().all(|(name, _)| *name != tuned.metric.name) {
            let all = best.evaluation.figures().into_iter();
            let decides = all.filter(|(name, _)| *name == tuned.metric.name);
            figures.splice(0..0, decides);
        }
        Some(Self {
            figures,
            best_epoch: Some(best.epoch),
            best_step: Some(best.step),
            stopped: tuned.stopped.clone(),
            evaluations: tuned.evaluations.clone(),
            metric: Some(tuned.metric),
            ..evaluated
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
            dtype: if arguments.bf16 { "bf16" } else { "f32" },
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
        Some(run) if options.ranks.is_root() => run.write(&options.output_dir)?,
        Some(_) => {}
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

fn clock(seconds: f64) -> String {
    bert_tasks::display::clock(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}
