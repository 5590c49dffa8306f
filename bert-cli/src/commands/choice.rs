//! Fine-tunes BERT on multiple choice: which of several choices is right?

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::backend::{BackendInfo, TrainBackend};
use crate::flags::TaskFlags;
use crate::results::say_statistics;
use crate::runs::{Data, Runs};
use crate::sample;
use crate::start::{Stage, TaskProgram};
use bert_data::table::{LabelUse, expand_globs};
use bert_data::{ChoiceExample, EncodedChoices, read_choices};
use bert_tasks::ModelFolder;
use bert_tasks::choice::{BertForMultipleChoice, ChoiceHead};
use bert_tasks::display::dashboard::Screen;
use bert_tasks::training::{StopReason, TrainingArguments, TrainingData, TrainingError};
use clap::Parser;

/// Shown below its help.
const EXAMPLE: &str = "Example:\n  cargo run --release --example choice -- \
     --model BERT_FOLDER \\\n    --train-file train.jsonl --validation-file dev.jsonl";

/// Fine-tunes BERT to pick the right one of several choices, or scores a model that does.
#[derive(Parser)]
#[command(name = "choice", next_help_heading = "Data", after_help = EXAMPLE)]
pub struct Choice {
    /// Questions to train on: JSON lines (context, question, choices, label), SWAG's or RACE's files,
    /// or a folder of RACE's; several, also with * in their names
    #[arg(long, value_name = "FILE", num_args = 1..)]
    train_file: Vec<PathBuf>,
    /// Questions to score
    #[arg(long, value_name = "FILE", num_args = 1..)]
    validation_file: Vec<PathBuf>,
    #[command(flatten)]
    flags: TaskFlags,
}

impl TaskProgram for Choice {
    const NAME: &'static str = "choice";

    fn flags(&self) -> &TaskFlags {
        &self.flags
    }

    fn arguments(&self) -> TrainingArguments {
        let defaults = self.flags.defaults();
        self.flags.arguments(match self.flags.model {
            Some(_) => defaults,
            None => defaults.with_learning_rate(5e-4),
        })
    }

    fn run<B: TrainBackend>(
        self,
        stage: Stage,
        device: B::Device,
        backend: BackendInfo,
    ) -> Result<Option<StopReason>, TrainingError> {
        let flags = &self.flags;
        let said = self.what_runs();
        said.iter().for_each(|line| stage.screen.say(line));
        stage.screen.prepare("reading the questions");
        let folder = flags.open()?;
        let dev = read("dev", &self.validation_file)?;
        let length = stage.arguments.max_seq_length;
        let encode = |split, examples: &[ChoiceExample]| {
            encode(
                split,
                &stage.screen,
                &folder,
                examples,
                length,
                flags.eval_only,
            )
        };
        let data = if flags.eval_only {
            Data::Scored(encode("dev", &dev)?)
        } else {
            let train = read("train", &self.train_file)?;
            Data::Trained(TrainingData {
                train: encode("train", &train)?,
                dev: encode("dev", &dev)?,
                part: None,
            })
        };
        let runs = Runs {
            name: Self::NAME,
            flags,
            head: ChoiceHead,
        };
        runs.run::<B, BertForMultipleChoice<B>>(stage, &folder, &data, &device, &backend)
    }
}

impl Choice {
    /// A line on what runs when something is not given, and how to run the real thing.
    fn what_runs(&self) -> Option<String> {
        let has_train = !self.train_file.is_empty() || self.flags.eval_only;
        let has_files = has_train && !self.validation_file.is_empty();
        self.flags.what_runs(
            has_files,
            "--train-file or --validation-file",
            "cargo run --release --example choice -- --model \
             BERT_FOLDER --train-file train.jsonl --validation-file dev.jsonl",
        )
    }
}

/// The questions of a split, each with its right choice; those of the sample where no file is given.
fn read(split: &str, files: &[PathBuf]) -> Result<Vec<ChoiceExample>, TrainingError> {
    let files = match files {
        [] => vec![sample::choices().join(Path::new(split).with_extension("jsonl"))],
        files => expand_globs(files)?,
    };
    Ok(read_choices(&files, LabelUse::Required)?)
}

fn encode(
    split: &str,
    screen: &Screen,
    folder: &ModelFolder,
    examples: &[ChoiceExample],
    max_seq_length: usize,
    warn: bool,
) -> Result<Arc<EncodedChoices>, TrainingError> {
    let encoded = EncodedChoices::encode_choices(&folder.tokenizer, examples, max_seq_length)?;
    screen.say(&format!("{split}: {} questions", encoded.len()));
    say_statistics(screen, split, &encoded.statistics(), warn);
    Ok(Arc::new(encoded))
}
