//! Fine-tunes BERT on SQuAD: where in a passage is the answer to a question?

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use crate::backend::{BackendInfo, TrainBackend};
use crate::exit::ProgramError;
use crate::flags::TaskFlags;
use crate::hub::{Source, VALIDATION, Wanted, find_dataset};
use crate::progress::progress;
use crate::results::say_statistics;
use crate::runs::{Data, Runs};
use crate::sample;
use crate::start::{Stage, TaskProgram};
use bert_data::{BadExamples, SpanConfig, SquadExample, read_squad};
use bert_tasks::ModelFolder;
use bert_tasks::display::dashboard::Screen;
use bert_tasks::span::{BertForQuestionAnswering, DecodingOptions, SpanHead, SpanSplit};
use bert_tasks::training::{StopReason, TrainingArguments, TrainingData, TrainingError};
use clap::Parser;

/// Shown below its help.
const EXAMPLE: &str = "Example:\n  cargo run --release --example squad -- \
     --model google-bert/bert-base-uncased \\\n    --dataset rajpurkar/squad";

/// Fine-tunes BERT on SQuAD 1.1 or 2.0, or scores a model on it.
#[derive(Parser)]
#[command(name = "squad", next_help_heading = "Data", after_help = EXAMPLE)]
pub struct Squad {
    /// Data set on the hub instead of files: NAME or NAME:PART, such as rajpurkar/squad, perhaps
    /// with @REVISION; its splits train and validation are meant
    #[arg(long, value_name = "NAME", conflicts_with_all = ["train_file", "dev_file"])]
    dataset: Option<String>,
    /// Its files: to train on, to score.
    #[arg(skip)]
    found: [Vec<PathBuf>; 2],
    /// Questions to train on: SQuAD's JSON, or any file in its shape
    #[arg(long, value_name = "JSON")]
    train_file: Option<PathBuf>,
    /// Questions to score
    #[arg(long, value_name = "JSON")]
    dev_file: Option<PathBuf>,
    #[command(flatten)]
    questions: QuestionFlags,
    #[command(flatten)]
    flags: TaskFlags,
}

/// How questions are read, cut and answered. Names and defaults are those of run_qa.py.
#[derive(clap::Args)]
#[command(next_help_heading = "Questions")]
struct QuestionFlags {
    /// Tokens that a window of a long passage shares with the window before it
    #[arg(long, value_name = "N", default_value_t = 128)]
    doc_stride: usize,
    /// Longest question in tokens; more are cut off
    #[arg(long, value_name = "N", default_value_t = 64)]
    max_query_length: usize,
    /// Questions may have no answer, as in SQuAD 2.0 [default: whether the files have such ones]
    #[arg(long)]
    version_2_with_negative: bool,
    /// A question is not answered where its null odds are higher
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 0.0,
        allow_negative_numbers = true
    )]
    null_score_diff_threshold: f32,
    /// Answers that are kept of each question
    #[arg(long, value_name = "N", default_value_t = 20)]
    n_best_size: usize,
    /// Longest answer in tokens
    #[arg(long, value_name = "N", default_value_t = 30)]
    max_answer_length: usize,
    /// Score only so many questions of the dev file, evenly spaced
    #[arg(long, value_name = "N")]
    max_eval_samples: Option<NonZeroUsize>,
    /// Score so many of them during training; all at its end
    #[arg(long, value_name = "N", default_value = "1000")]
    eval_part: NonZeroUsize,
    /// What to do about questions that something is wrong with
    #[arg(long, value_name = "correct|drop|error", default_value_t)]
    bad_examples: BadExamples,
}

impl TaskProgram for Squad {
    const NAME: &'static str = "squad";

    fn flags(&self) -> &TaskFlags {
        &self.flags
    }

    fn arguments(&self) -> TrainingArguments {
        self.flags.arguments(match self.flags.model {
            Some(_) => TrainingArguments::default()
                .with_learning_rate(5e-5)
                .with_num_train_epochs(2)
                .with_train_batch_size(NonZeroUsize::new(12).expect("written here, above zero"))
                .with_max_seq_length(384),
            // Looking words up wants a higher rate than telling pairs apart.
            None => sample::arguments()
                .with_learning_rate(1e-3)
                .with_num_train_epochs(8)
                .with_max_seq_length(256),
        })
    }

    fn fetch(&mut self, source: Source<'_>) -> Result<(), ProgramError> {
        let Some(name) = &self.dataset else {
            return Ok(());
        };
        self.flags.learns_from(Some(name));
        let mut wanted = vec![Wanted::needed(&VALIDATION)];
        if !self.flags.eval_only {
            wanted.push(Wanted::needed(&["train"]));
        }
        let mut files = find_dataset(name, None, &wanted, source)?.files.into_iter();
        let dev = files.next().unwrap_or_default();
        self.found = [files.next().unwrap_or_default(), dev];
        Ok(())
    }

    fn run<B: TrainBackend>(
        self,
        stage: Stage,
        device: B::Device,
        backend: BackendInfo,
    ) -> Result<Option<StopReason>, TrainingError> {
        let (flags, arguments) = (&self.flags, stage.arguments.clone());
        let said = self.what_runs();
        said.iter().for_each(|line| stage.screen.say(line));
        stage.screen.prepare("reading the questions");
        let folder = flags.open()?;
        let config = self.questions.config(&arguments);
        config.check()?;
        let [train_files, dev_files] = &self.found;
        let dev = self.read(&stage.screen, "dev", (dev_files, &self.dev_file))?;
        let dev = evenly(dev, self.questions.max_eval_samples);
        let encode = |split, examples| {
            encode(
                split,
                &stage.screen,
                &folder,
                examples,
                config,
                flags.eval_only,
            )
        };
        let data;
        let decoding;
        if flags.eval_only {
            decoding = self.questions.decoding(&[&dev]);
            data = Data::Scored(encode("dev", dev)?);
        } else {
            let train = self.read(&stage.screen, "train", (train_files, &self.train_file))?;
            decoding = self.questions.decoding(&[&train, &dev]);
            let part = (self.questions.eval_part.get() < dev.len())
                .then(|| evenly(dev.clone(), Some(self.questions.eval_part)));
            let dev = encode("dev", dev)?;
            let part = part.map(|part| encode("part of dev", part)).transpose()?;
            let train = encode("train", train)?;
            data = Data::Trained(TrainingData { train, dev, part });
        }
        let runs = Runs {
            name: Self::NAME,
            flags,
            head: SpanHead { decoding },
        };
        runs.run::<B, BertForQuestionAnswering<B>>(stage, &folder, &data, &device, &backend)
    }
}

impl Squad {
    /// A line on what runs when something is not given, and how to run the real thing.
    fn what_runs(&self) -> Option<String> {
        let has_files = self.dataset.is_some()
            || self.dev_file.is_some() && (self.train_file.is_some() || self.flags.eval_only);
        self.flags.what_runs(
            has_files,
            "--train-file or --dev-file",
            "cargo run --release --example squad -- --model \
             google-bert/bert-base-uncased --dataset rajpurkar/squad",
        )
    }

    /// The questions of a split, and a word on what is wrong with them.
    fn read(
        &self,
        screen: &Screen,
        split: &str,
        (found, given): (&[PathBuf], &Option<PathBuf>),
    ) -> Result<Vec<SquadExample>, TrainingError> {
        let sample = || sample::questions().join(format!("{split}.json"));
        let files = match found {
            [] => vec![given.clone().unwrap_or_else(sample)],
            found => found.to_vec(),
        };
        let mut all = Vec::new();
        for file in &files {
            let (examples, report) = read_squad(file, self.questions.bad_examples)?;
            screen.say(&format!("{split}: {report}"));
            all.extend(examples);
        }
        Ok(all)
    }
}

impl QuestionFlags {
    fn config(&self, arguments: &TrainingArguments) -> SpanConfig {
        SpanConfig {
            max_seq_length: arguments.max_seq_length,
            doc_stride: self.doc_stride,
            max_query_length: self.max_query_length,
        }
    }

    fn decoding(&self, splits: &[&[SquadExample]]) -> DecodingOptions {
        let mut examples = splits.iter().copied().flatten();
        DecodingOptions {
            version_2_with_negative: self.version_2_with_negative
                || examples.any(|example| example.is_impossible),
            n_best_size: self.n_best_size,
            max_answer_length: self.max_answer_length,
            null_score_diff_threshold: self.null_score_diff_threshold,
        }
    }
}

/// So many of the examples, at equal distances; all where there are no more.
fn evenly(examples: Vec<SquadExample>, count: Option<NonZeroUsize>) -> Vec<SquadExample> {
    let Some(count) = count.map(NonZeroUsize::get).filter(|&n| n < examples.len()) else {
        return examples;
    };
    let place = |index: usize| index * examples.len() / count;
    (0..count)
        .map(|index| examples[place(index)].clone())
        .collect()
}

fn encode(
    name: &str,
    screen: &Screen,
    folder: &ModelFolder,
    examples: Vec<SquadExample>,
    config: SpanConfig,
    warn: bool,
) -> Result<Arc<SpanSplit>, TrainingError> {
    let progress = progress(screen, "encoding questions", examples.len());
    let split = SpanSplit::encode(&folder.tokenizer, examples, config, progress)?;
    say_statistics(screen, name, &split.windows().statistics(), warn);
    Ok(Arc::new(split))
}
