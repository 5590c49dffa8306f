//! What a classification run leaves and says at its end.

use std::path::Path;
use std::time::Duration;

use bert_core::files::FileError;
use bert_tasks::metrics::{MeanStd, mean_std};
use bert_tasks::output::{write_json, write_logits, write_predictions};
use bert_tasks::sequence::{BestEvaluation, Evaluation, FineTuned};
use bert_tasks::training::{EvaluationRecord, StopReason, TrainingArguments};
use serde::Serialize;

use crate::backend::BackendInfo;
use crate::table::table;

/// The scores of one model on one split: `eval_results.json`.
#[derive(Serialize)]
pub struct Run {
    /// Share of right predictions.
    pub accuracy: f64,
    /// F1 of class 1.
    pub f1: f64,
    /// Mean cross entropy.
    pub loss: f64,
    /// Examples scored.
    pub examples: usize,
    /// The split they are of.
    pub split: &'static str,
    /// Seed of the run.
    pub seed: u64,
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
    evaluation: Evaluation,
}

impl Run {
    /// Of a training; nothing where it was stopped before its first evaluation.
    pub fn trained(
        tuned: FineTuned,
        arguments: &TrainingArguments,
        backend: &BackendInfo,
    ) -> Option<Self> {
        let time = (tuned.seconds, tuned.examples_per_second);
        let BestEvaluation {
            epoch,
            step,
            evaluation,
        } = tuned.best?;
        Some(Self {
            best_epoch: Some(epoch),
            best_step: Some(step),
            stopped: tuned.stopped,
            evaluations: tuned.evaluations,
            ..Self::evaluated(evaluation, time, arguments, backend)
        })
    }

    /// Of an evaluation alone, with its wall time in seconds and its examples per second.
    pub fn evaluated(
        evaluation: Evaluation,
        (seconds, examples_per_second): (f64, f64),
        arguments: &TrainingArguments,
        backend: &BackendInfo,
    ) -> Self {
        Self {
            accuracy: evaluation.accuracy,
            f1: evaluation.f1,
            loss: evaluation.loss,
            examples: evaluation.predictions.len(),
            split: "dev",
            seed: arguments.seed,
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
            evaluation,
        }
    }

    /// Writes `eval_results.json`, `predictions.tsv` and, if asked to, `logits.tsv`.
    ///
    /// # Errors
    /// When one cannot be written.
    pub fn write(&self, folder: &Path, logits: bool) -> Result<(), FileError> {
        write_predictions(
            &folder.join("predictions.tsv"),
            &self.evaluation.predictions,
        )?;
        if logits {
            write_logits(&folder.join("logits.tsv"), &self.evaluation.logits)?;
        }
        write_json(&folder.join("eval_results.json"), self)
    }
}

/// `eval_results.json` over several seeds.
#[derive(Serialize)]
struct Seeds<'a> {
    accuracy: MeanStd,
    f1: MeanStd,
    loss: MeanStd,
    best_seed: u64,
    runs: &'a [Run],
}

/// The run with the highest F1, the first of equals.
pub fn best(runs: &[Run]) -> Option<&Run> {
    runs.iter()
        .reduce(|best, run| if run.f1 > best.f1 { run } else { best })
}

/// Writes `eval_results.json` over several seeds; nothing for no runs.
///
/// # Errors
/// When it cannot be written.
pub fn write_seeds(runs: &[Run], folder: &Path) -> Result<(), FileError> {
    let Some(best) = best(runs) else {
        return Ok(());
    };
    let seeds = Seeds {
        accuracy: over(runs, |run| run.accuracy),
        f1: over(runs, |run| run.f1),
        loss: over(runs, |run| run.loss),
        best_seed: best.seed,
        runs,
    };
    write_json(&folder.join("eval_results.json"), &seeds)
}

fn over(runs: &[Run], value: impl Fn(&Run) -> f64) -> MeanStd {
    mean_std(&runs.iter().map(value).collect::<Vec<_>>())
}

/// The table at the end: a row per run, and mean and standard deviation of several.
pub fn summary(runs: &[Run]) -> String {
    let header = [
        "run",
        "epoch",
        "accuracy",
        "f1",
        "loss",
        "examples/s",
        "time",
    ];
    let mut rows: Vec<Vec<String>> = runs
        .iter()
        .map(|run| {
            vec![
                format!("seed {}", run.seed),
                run.best_epoch
                    .map_or("-".to_owned(), |epoch| epoch.to_string()),
                format!("{:.4}", run.accuracy),
                format!("{:.4}", run.f1),
                format!("{:.4}", run.loss),
                format!("{:.1}", run.examples_per_second),
                clock(run.seconds),
            ]
        })
        .collect();
    if runs.len() > 1 {
        let mean = |value: fn(&Run) -> f64| {
            let MeanStd { mean, std } = over(runs, value);
            format!("{mean:.4} ± {std:.4}")
        };
        let total: f64 = runs.iter().map(|run| run.seconds).sum();
        rows.push(vec![
            "mean ± std".to_owned(),
            String::new(),
            mean(|run| run.accuracy),
            mean(|run| run.f1),
            mean(|run| run.loss),
            String::new(),
            clock(total),
        ]);
    }
    let examples = runs.first().map_or(0, |run| run.examples);
    format!(
        "\ndev split, {examples} examples\n{}",
        table(&header, &rows)
    )
}

/// What a run may leave in its output folder, and what it is.
const FILES: [(&str, &str); 8] = [
    (
        "model.safetensors",
        "the best model; transformers opens the folder",
    ),
    ("eval_results.json", "scores"),
    ("predictions.tsv", "predictions of the best model"),
    ("logits.tsv", "their logits"),
    ("report.html", "the run to look at"),
    ("events.jsonl", "everything that happened"),
    ("log.txt", "what was printed behind the dashboard"),
    ("tensorboard", "event files of TensorBoard"),
];

/// The paths of what was written into `folder`, or into its folders of several seeds.
pub fn written(folder: &Path) -> String {
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
    bert_tasks::dashboard::clock(Duration::from_secs_f64(seconds))
}
