//! Fine-tunes BERT on a table of one's own: a class, several classes or a number for each text.

use std::path::PathBuf;

use bert_core::config::ProblemType;
use bert_data::table::{LabelKind, LabelNames, LabelUse, stratified_split};
use bert_data::{Label, PairExample};
use bert_tasks::ModelFolder;
use bert_tasks::sequence::{BertForSequenceClassification, SequenceHead, Threshold};
use bert_tasks::training::{StopReason, TrainingArguments, TrainingError};
use clap::{Args, Parser};

use crate::backend::{BackendInfo, TrainBackend};
use crate::flags::{TableFlags, TaskFlags};
use crate::sample;
use crate::start::{Stage, TaskProgram};
use crate::texts::{Splits, Texts};

/// Shown below its help.
const EXAMPLE: &str = "Example:\n  cargo run --release --example train_classifier -- \
     --model BERT_FOLDER \\\n    --train-file train.csv --validation-split 0.1 --text-column text \
     --label-column label";

/// Share of the training rows that are scored where nothing says which are.
const VALIDATION_SPLIT: f64 = 0.1;

/// Fine-tunes BERT on a table of texts with labels, or scores a model on it.
#[derive(Parser)]
#[command(name = "train_classifier", after_help = EXAMPLE)]
pub struct TrainClassifier {
    #[command(flatten)]
    data: DataFlags,
    #[command(flatten)]
    table: TableFlags,
    #[command(flatten)]
    flags: TaskFlags,
}

#[derive(Args)]
#[command(next_help_heading = "Data")]
struct DataFlags {
    /// Tables to train on: CSV, TSV, JSON lines or Parquet; several, also with * in their names
    #[arg(long, value_name = "FILE", num_args = 1..)]
    train_file: Vec<PathBuf>,
    /// Tables to score
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "validation_split")]
    validation_file: Vec<PathBuf>,
    /// Share of the training rows that is scored instead: seeded, of each class the same
    /// [default: 0.1 without --validation-file]
    #[arg(long, value_name = "SHARE")]
    validation_split: Option<f64>,
    /// Tables that the best model labels at the end, and is scored on where they have labels
    #[arg(long, value_name = "FILE", num_args = 1..)]
    test_file: Vec<PathBuf>,
    /// What the labels are: single-label, multi-label or regression [default: as they look]
    #[arg(long, value_name = "KIND", value_parser = problem_type)]
    problem_type: Option<LabelKind>,
    /// How probable a class has to be to apply, where several can: a number, or tune for the best
    /// on the validation rows
    #[arg(long, value_name = "NUMBER|tune", value_parser = threshold, conflicts_with = "eval_only")]
    threshold: Option<Threshold>,
    /// Also write the logits of the validation rows to logits.tsv
    #[arg(long)]
    write_logits: bool,
}

impl TaskProgram for TrainClassifier {
    const NAME: &'static str = "classify";

    fn flags(&self) -> &TaskFlags {
        &self.flags
    }

    fn arguments(&self) -> TrainingArguments {
        self.flags.arguments(match self.flags.model {
            Some(_) => TrainingArguments::default(),
            None => sample::arguments(),
        })
    }

    fn run<B: TrainBackend>(
        self,
        stage: Stage,
        device: B::Device,
        backend: BackendInfo,
    ) -> Result<Option<StopReason>, TrainingError> {
        let said = self.what_runs();
        said.iter().for_each(|line| stage.screen.say(line));
        let folder = self.flags.open()?;
        stage.screen.prepare("reading the tables");
        let (kind, names, splits) = match self.flags.eval_only {
            true => self.to_score(&folder)?,
            false => self.to_train(&stage)?,
        };
        let test = match self.data.test_file.as_slice() {
            [] => None,
            files => Some(self.examples(files, LabelUse::Optional, kind, &names)?),
        };
        let program = Texts {
            name: Self::NAME,
            flags: &self.flags,
            problem: problem(kind),
            labels: match kind {
                LabelKind::Regression => vec!["LABEL_0".to_owned()],
                _ => names.names().to_vec(),
            },
            splits,
            test,
            head: SequenceHead {
                num_labels: None,
                write_logits: self.data.write_logits,
                threshold: match self.flags.eval_only {
                    true => Threshold::Fixed(folder.config.threshold()),
                    false => self.data.threshold.unwrap_or_default(),
                },
            },
        };
        program.run::<B, BertForSequenceClassification<B>>(folder, stage, &device, &backend)
    }
}

impl TrainClassifier {
    /// What is scored with the labels that the model has.
    fn to_score(
        &self,
        folder: &ModelFolder,
    ) -> Result<(LabelKind, LabelNames, Splits), TrainingError> {
        let kind = match folder.config.problem() {
            ProblemType::SingleLabelClassification => LabelKind::SingleLabel,
            ProblemType::MultiLabelClassification => LabelKind::MultiLabel,
            ProblemType::Regression => LabelKind::Regression,
        };
        let labels = 0..folder.config.num_labels();
        let names = LabelNames::new(labels.map(|label| folder.label_name(label)).collect());
        let names = names?;
        let files = self.validation_files();
        let dev = self.examples(&files, LabelUse::Required, kind, &names)?;
        Ok((kind, names, Splits::Scored { dev }))
    }

    /// What is trained on, which says what the labels are.
    fn to_train(&self, stage: &Stage) -> Result<(LabelKind, LabelNames, Splits), TrainingError> {
        let (train_files, validation_files) = (self.train_files(), self.validation_files());
        let table = self.table.read(&train_files, LabelUse::Required)?;
        let kind = match self.data.problem_type {
            Some(kind) => kind,
            None => table.label_kind()?,
        };
        let names = table.label_names(kind)?;
        let train = table.examples(kind, &names)?;
        let (train, dev) = match validation_files.as_slice() {
            [] => {
                let share = self.data.validation_split.unwrap_or(VALIDATION_SPLIT);
                let (train, dev) = split(train, &names, share, stage.arguments.seed)?;
                let (rows, all) = (dev.len(), dev.len() + train.len());
                stage.screen.say(&format!(
                    "validation: {rows} of the {all} training rows, drawn by seed {}",
                    stage.arguments.seed
                ));
                (train, dev)
            }
            files => (
                train,
                self.examples(files, LabelUse::Required, kind, &names)?,
            ),
        };
        stage.screen.say(&labels_in_words(kind, &names, &train));
        Ok((kind, names, Splits::Trained { train, dev }))
    }

    fn examples(
        &self,
        files: &[PathBuf],
        label_use: LabelUse,
        kind: LabelKind,
        names: &LabelNames,
    ) -> Result<Vec<PairExample>, TrainingError> {
        Ok(self.table.read(files, label_use)?.examples(kind, names)?)
    }

    /// The files of `--train-file`, or the shipped sample.
    fn train_files(&self) -> Vec<PathBuf> {
        match self.data.train_file.is_empty() {
            true => vec![sample::requests().join("train.csv")],
            false => self.data.train_file.clone(),
        }
    }

    /// The files of `--validation-file`, or the shipped sample where nothing else is given.
    fn validation_files(&self) -> Vec<PathBuf> {
        let is_sample = self.data.train_file.is_empty() && self.data.validation_split.is_none();
        match self.data.validation_file.is_empty() && is_sample {
            true => vec![sample::requests().join("validation.csv")],
            false => self.data.validation_file.clone(),
        }
    }

    /// A line on what runs when something is not given, and how to run the real thing.
    fn what_runs(&self) -> Option<String> {
        let has_files = match self.flags.eval_only {
            true => !self.data.validation_file.is_empty(),
            false => !self.data.train_file.is_empty(),
        };
        let what = match (&self.flags.model, has_files) {
            (None, false) => "bert-nano on the shipped sample",
            (None, true) => "no --model: bert-nano, which comes with the examples",
            (Some(_), false) => "no --train-file: the shipped sample",
            (Some(_), true) => return None,
        };
        Some(format!(
            "{what}; for the real thing: bert train --task classify --model BERT_FOLDER \
             --train-file train.csv"
        ))
    }
}

/// The examples to train on, and those to score.
fn split(
    examples: Vec<PairExample>,
    names: &LabelNames,
    share: f64,
    seed: u64,
) -> Result<(Vec<PairExample>, Vec<PairExample>), TrainingError> {
    let labels: Vec<Label> = examples
        .iter()
        .filter_map(|one| one.label.clone())
        .collect();
    let (train, dev) = stratified_split(&labels, names, share, seed)?;
    let of = |places: Vec<usize>| places.into_iter().map(|at| examples[at].clone()).collect();
    Ok((of(train), of(dev)))
}

fn problem(kind: LabelKind) -> ProblemType {
    match kind {
        LabelKind::SingleLabel => ProblemType::SingleLabelClassification,
        LabelKind::MultiLabel => ProblemType::MultiLabelClassification,
        LabelKind::Regression => ProblemType::Regression,
    }
}

/// What the labels were taken for: a number that is a class is the first thing to find out.
fn labels_in_words(kind: LabelKind, names: &LabelNames, train: &[PairExample]) -> String {
    const SHOWN: usize = 6;
    let mut list: Vec<&str> = names
        .names()
        .iter()
        .take(SHOWN)
        .map(String::as_str)
        .collect();
    if names.len() > SHOWN {
        list.push("...");
    }
    let list = list.join(", ");
    match kind {
        LabelKind::SingleLabel => format!("labels: one of {} classes ({list})", names.len()),
        LabelKind::MultiLabel => format!("labels: any of {} classes ({list})", names.len()),
        LabelKind::Regression => {
            let numbers = || {
                train.iter().filter_map(|example| match example.label {
                    Some(Label::Number(number)) => Some(number),
                    _ => None,
                })
            };
            let (low, high) = (
                numbers().fold(f32::MAX, f32::min),
                numbers().fold(f32::MIN, f32::max),
            );
            format!("labels: a number from {low} to {high}")
        }
    }
}

/// The names of flags and those of `transformers`.
fn problem_type(text: &str) -> Result<LabelKind, String> {
    match text {
        "single_label_classification" => Ok(LabelKind::SingleLabel),
        "multi_label_classification" => Ok(LabelKind::MultiLabel),
        other => other
            .parse()
            .map_err(|error: bert_data::UnknownName| error.to_string()),
    }
}

fn threshold(text: &str) -> Result<Threshold, String> {
    if text == "tune" {
        return Ok(Threshold::Tuned);
    }
    let number = text
        .parse()
        .ok()
        .filter(|number| (0.0..=1.0).contains(number));
    let threshold = number.map(Threshold::Fixed);
    threshold.ok_or_else(|| "it must be a number from 0 to 1, or tune".to_owned())
}
