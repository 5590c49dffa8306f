//! Fine-tunes BERT on a table of one's own: a class, several classes or a number for each text.

use bert_tasks::sequence::{BertForSequenceClassification, SequenceHead, Threshold};
use bert_tasks::training::{StopReason, TrainingArguments, TrainingError};
use clap::Parser;

use crate::backend::{BackendInfo, TrainBackend};
use crate::exit::ProgramError;
use crate::flags::{DataFlags, TaskFlags, WindowFlags};
use crate::hub::Source;
use crate::labelled::{Labelled, Rows};
use crate::start::{Stage, TaskProgram};
use crate::texts::{Extra, Splits, Texts};

/// Shown below its help.
const EXAMPLE: &str = "Example:\n  cargo run --release --example train_classifier -- \
     --model google-bert/bert-base-uncased \\\n    --train-file train.csv --validation-split 0.1 --text-column text \
     --label-column label";

/// Rows above which a training does not look at them first: it cuts each text once more.
const MOST_ROWS: usize = 200_000;

/// Fine-tunes BERT on a table of texts with labels, or scores a model on it.
#[derive(Parser)]
#[command(name = "train_classifier", after_help = EXAMPLE)]
pub struct TrainClassifier {
    #[command(flatten)]
    data: DataFlags,
    /// Cut the training rows into K folds and train K times, each time on all but one, which is
    /// scored; every row gets a prediction of a model that has not learned from it
    #[arg(
        long,
        value_name = "K",
        value_parser = clap::value_parser!(u64).range(2..),
        conflicts_with_all = [
            "validation_file",
            "validation_split",
            "seeds",
            "eval_only",
            "resume_from_checkpoint",
        ],
        help_heading = "Data"
    )]
    folds: Option<u64>,
    /// How probable a class has to be to apply, where several can: a number, or tune for the best
    /// on the validation rows
    #[arg(
        long,
        value_name = "NUMBER|tune",
        value_parser = threshold,
        conflicts_with = "eval_only",
        help_heading = "Data"
    )]
    threshold: Option<Threshold>,
    /// Also write the logits of the validation rows to logits.tsv
    #[arg(long, help_heading = "Data")]
    write_logits: bool,
    #[command(flatten)]
    long: WindowFlags,
    #[command(flatten)]
    flags: TaskFlags,
}

impl TaskProgram for TrainClassifier {
    const NAME: &'static str = "classify";

    fn flags(&self) -> &TaskFlags {
        &self.flags
    }

    fn arguments(&self) -> TrainingArguments {
        self.flags.arguments(self.flags.defaults())
    }

    fn folds(&self) -> Option<u64> {
        self.folds
    }

    fn fetch(&mut self, source: Source<'_>) -> Result<(), ProgramError> {
        self.flags.learns_from(self.data.dataset.as_ref());
        self.data.fetch(self.flags.eval_only, source)?;
        if self.folds.is_some() {
            self.data.validation_file.clear();
        }
        Ok(())
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
        let flags = self.data.clone().or_sample(self.flags.eval_only);
        let seed = stage.arguments.seed;
        let data = match (self.flags.eval_only, self.folds) {
            (true, _) => Labelled::to_score(&flags, &folder.config)?,
            (false, None) => Labelled::to_train(&flags, seed)?,
            (false, Some(folds)) => {
                // More than there can be rows are as many as there cannot be.
                let folds = usize::try_from(folds).unwrap_or(usize::MAX);
                Labelled::to_folds(&flags, folds, seed)?
            }
        };
        let notes = data.note.iter().flat_map(|note| note.lines());
        notes.for_each(|line| stage.screen.say(line));
        if (1..=MOST_ROWS).contains(&data.train_rows()) {
            stage.screen.prepare("looking at the data");
            let report = data.inspect(&folder.tokenizer, stage.arguments.max_seq_length)?;
            report
                .summary()
                .iter()
                .for_each(|line| stage.screen.say(line));
        }
        let program = Texts {
            name: Self::NAME,
            flags: &self.flags,
            windows: self.long.windows(),
            problem: data.problem(),
            labels: data.label_names(),
            splits: match data.rows {
                Rows::Scored { dev } => Splits::Scored { dev: dev.examples },
                Rows::Trained { train, dev } => Splits::Trained {
                    train: train.examples,
                    dev: dev.examples,
                },
                Rows::Folds(folds) => Splits::Folds(folds),
            },
            extras: data
                .test
                .map(|test| Extra::scored("test", test.examples))
                .into_iter()
                .collect(),
            head: SequenceHead {
                num_labels: None,
                write_logits: self.write_logits,
                threshold: match self.flags.eval_only {
                    true => Threshold::Fixed(folder.config.threshold()),
                    false => self.threshold.unwrap_or_default(),
                },
            },
        };
        program.run::<B, BertForSequenceClassification<B>>(folder, stage, &device, &backend)
    }
}

impl TrainClassifier {
    /// A line on what runs when something is not given, and how to run the real thing.
    fn what_runs(&self) -> Option<String> {
        let has_files = match self.flags.eval_only {
            true => !self.data.validation_file.is_empty(),
            false => !self.data.train_file.is_empty(),
        };
        self.flags.what_runs(
            has_files,
            "--train-file",
            "bert train --task classify --model \
             google-bert/bert-base-uncased --train-file train.csv",
        )
    }
}

fn threshold(text: &str) -> Result<Threshold, String> {
    if text == "tune" {
        return Ok(Threshold::Tuned);
    }
    let number = text.parse().ok();
    let number = number.filter(|number| (0.0..=1.0).contains(number));
    let threshold = number.map(Threshold::Fixed);
    threshold.ok_or_else(|| "it must be a number from 0 to 1, or tune".to_owned())
}
