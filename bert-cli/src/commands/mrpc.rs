//! Fine-tunes BERT on MRPC: are two sentences paraphrases of each other?

use std::path::PathBuf;

use crate::backend::{BackendInfo, TrainBackend};
use crate::exit::ProgramError;
use crate::flags::TaskFlags;
use crate::hub::{GlueDataset, Source};
use crate::sample;
use crate::start::{Stage, TaskProgram};
use crate::texts::{Splits, Texts};
use bert_core::config::ProblemType;
use bert_data::{GlueTask, Split, read_split};
use bert_tasks::sequence::{BertForSequenceClassification, SequenceHead};
use bert_tasks::training::{StopReason, TrainingArguments, TrainingError};
use clap::Parser;

/// Shown below its help.
const EXAMPLE: &str = "Example:\n  cargo run --release --example mrpc -- \
     --model google-bert/bert-base-uncased \\\n    --dataset nyu-mll/glue:mrpc";

/// Fine-tunes BERT on MRPC, or scores a model on it.
#[derive(Parser)]
#[command(name = "mrpc", next_help_heading = "Data", after_help = EXAMPLE)]
pub struct Mrpc {
    /// Folder with train.tsv and dev.tsv of GLUE's MRPC
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    dataset: GlueDataset,
    /// Also write the dev split's logits to logits.tsv
    #[arg(long)]
    write_logits: bool,
    #[command(flatten)]
    flags: TaskFlags,
}

impl TaskProgram for Mrpc {
    const NAME: &'static str = "mrpc";

    fn flags(&self) -> &TaskFlags {
        &self.flags
    }

    fn arguments(&self) -> TrainingArguments {
        self.flags.arguments(self.flags.defaults())
    }

    fn fetch(&mut self, source: Source<'_>) -> Result<(), ProgramError> {
        self.flags.learns_from(self.dataset.name());
        let splits: &[Split] = match self.flags.eval_only {
            true => &[Split::Dev],
            false => &[Split::Dev, Split::Train],
        };
        self.dataset.fetch(GlueTask::Mrpc, splits, source)
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
        let data = self.data.clone().unwrap_or_else(sample::paraphrases);
        stage.screen.prepare("reading the data");
        let read = |split| match self.dataset.read(GlueTask::Mrpc, split)? {
            Some(examples) => Ok(examples),
            None => read_split(GlueTask::Mrpc, &data, split),
        };
        let dev = read(Split::Dev)?;
        let labels: Vec<String> = GlueTask::Mrpc
            .label_names()
            .iter()
            .map(|&n| n.to_owned())
            .collect();
        let program = Texts {
            name: Self::NAME,
            flags: &self.flags,
            windows: None,
            problem: ProblemType::SingleLabelClassification,
            head: SequenceHead {
                num_labels: Some(labels.len()),
                write_logits: self.write_logits,
                ..SequenceHead::default()
            },
            labels,
            splits: match self.flags.eval_only {
                true => Splits::Scored { dev },
                false => Splits::Trained {
                    train: read(Split::Train)?,
                    dev,
                },
            },
            extras: Vec::new(),
        };
        program.run::<B, BertForSequenceClassification<B>>(folder, stage, &device, &backend)
    }
}

impl Mrpc {
    /// A line on what runs when something is not given, and how to run the real thing.
    fn what_runs(&self) -> Option<String> {
        let has_data = self.data.is_some() || self.dataset.is_given();
        self.flags.what_runs(
            has_data,
            "--data",
            "cargo run --release --example mrpc -- --model \
             google-bert/bert-base-uncased --dataset nyu-mll/glue:mrpc",
        )
    }
}
