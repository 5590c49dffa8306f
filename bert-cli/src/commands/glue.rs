//! Fine-tunes BERT on a task of GLUE, scores it by the task's own metrics, and writes what the
//! benchmark's server takes.

use std::path::PathBuf;

use bert_core::config::ProblemType;
use bert_data::glue::submission;
use bert_data::{GlueTask, PairExample, ShortRows, Split, read_split_with};
use bert_tasks::sequence::{BertForSequenceClassification, SequenceHead};
use bert_tasks::training::{StopReason, TrainingArguments, TrainingError};
use clap::Parser;

use crate::backend::{BackendInfo, TrainBackend};
use crate::exit::ProgramError;
use crate::flags::TaskFlags;
use crate::hub::{GlueDataset, Source};
use crate::sample;
use crate::start::{Stage, TaskProgram};
use crate::texts::{Extra, Splits, Texts};

/// Shown below its help.
const EXAMPLE: &str = "Example:\n  cargo run --release --example glue -- --glue-task rte \
     --model google-bert/bert-base-uncased --dataset nyu-mll/glue";

/// Fine-tunes BERT on a task of GLUE, or scores a model on it.
#[derive(Parser)]
#[command(name = "glue", next_help_heading = "Data", after_help = EXAMPLE)]
pub struct Glue {
    /// cola, sst2, mrpc, qqp, stsb, mnli, qnli, rte or wnli
    #[arg(long, value_name = "TASK", default_value = "mrpc")]
    glue_task: GlueTask,
    /// Folder with the task's train.tsv, dev.tsv and test.tsv, as GLUE has them [default: of mrpc,
    /// the shipped sample]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    dataset: GlueDataset,
    /// Label the test split and write the file that GLUE's server takes
    #[arg(long)]
    predict_test: bool,
    /// Also write the dev split's logits to logits.tsv
    #[arg(long)]
    write_logits: bool,
    #[command(flatten)]
    flags: TaskFlags,
}

impl TaskProgram for Glue {
    const NAME: &'static str = "glue";

    fn flags(&self) -> &TaskFlags {
        &self.flags
    }

    fn arguments(&self) -> TrainingArguments {
        let arguments = self.flags.defaults();
        let official = self.glue_task.metrics()[0];
        self.flags
            .arguments(arguments.with_metric_for_best_model(official))
    }

    fn fetch(&mut self, source: Source<'_>) -> Result<(), ProgramError> {
        self.flags.learns_from(self.dataset.name());
        let splits = self.splits();
        self.dataset.fetch(self.glue_task, &splits, source)
    }

    fn run<B: TrainBackend>(
        self,
        stage: Stage,
        device: B::Device,
        backend: BackendInfo,
    ) -> Result<Option<StopReason>, TrainingError> {
        let task = self.glue_task;
        stage.screen.say(&format!("{task}: {}", task.title()));
        let folder = self.flags.open()?;
        stage.screen.prepare("reading the data");
        let data = match (&self.data, task) {
            (Some(data), _) => data.clone(),
            (None, _) if self.dataset.is_given() => PathBuf::new(),
            (None, GlueTask::Mrpc) => sample::paraphrases(),
            (None, _) => {
                return Err(TrainingError::Argument {
                    name: "data",
                    value: "not given".to_owned(),
                    expected: "the folder with the task's train.tsv and dev.tsv",
                });
            }
        };
        let read = |split| -> Result<Vec<PairExample>, TrainingError> {
            if let Some(examples) = self.dataset.read(task, split)? {
                return Ok(examples);
            }
            let read = read_split_with(task, &data, split, ShortRows::of(task))?;
            if let [first, ..] = read.skipped[..] {
                let (rows, split) = (read.skipped.len(), split.name());
                stage.screen.say(&format!(
                    "{split}: {rows} rows have too few columns and were left out, the first in \
                     line {first}"
                ));
            }
            Ok(read.examples)
        };
        let dev = read(Split::Dev)?;
        let splits = match self.flags.eval_only {
            true => Splits::Scored { dev },
            false => Splits::Trained {
                train: read(Split::Train)?,
                dev,
            },
        };
        let mut extras = Vec::new();
        if task == GlueTask::Mnli {
            extras.push(Extra::scored("mismatched", read(Split::DevMismatched)?));
        }
        let tests = [Split::Test, Split::TestMismatched];
        for split in tests.into_iter().filter(|_| self.predict_test) {
            if let Some(name) = task.submission_file_name(split) {
                let text = move |labels: &[_]| Ok(submission(task, labels)?);
                extras.push(Extra::submitted(read(split)?, (name, Box::new(text))));
            }
        }
        let labels: Vec<String> = match task.is_regression() {
            true => vec!["LABEL_0".to_owned()],
            false => task
                .label_names()
                .iter()
                .map(|&name| name.to_owned())
                .collect(),
        };
        let program = Texts {
            name: Self::NAME,
            flags: &self.flags,
            windows: None,
            problem: match task.is_regression() {
                true => ProblemType::Regression,
                false => ProblemType::SingleLabelClassification,
            },
            head: SequenceHead {
                num_labels: Some(labels.len()),
                write_logits: self.write_logits,
                ..SequenceHead::default()
            },
            labels,
            splits,
            extras,
        };
        program.run::<B, BertForSequenceClassification<B>>(folder, stage, &device, &backend)
    }
}

impl Glue {
    /// The splits that are read.
    fn splits(&self) -> Vec<Split> {
        let mut splits = vec![Split::Dev];
        if !self.flags.eval_only {
            splits.push(Split::Train);
        }
        if self.glue_task == GlueTask::Mnli {
            splits.push(Split::DevMismatched);
        }
        if self.predict_test {
            splits.push(Split::Test);
        }
        if self.predict_test && self.glue_task == GlueTask::Mnli {
            splits.push(Split::TestMismatched);
        }
        splits
    }
}
