//! Fine-tunes BERT on sentences whose words have tags: names of persons and places, parts of speech.

use std::path::PathBuf;
use std::sync::Arc;

use bert_data::TagScheme;
use bert_data::table::{ColumnRef, LabelUse, expand_globs};
use bert_data::tags::{TagFormat, TagNames, TagOptions, TaggedData, TaggedSentence, read_tagged};
use bert_tasks::ModelFolder;
use bert_tasks::display::dashboard::Screen;
use bert_tasks::token::{BertForTokenClassification, TokenConfig, TokenHead, TokenSplit};
use bert_tasks::training::{StopReason, TrainingArguments, TrainingData, TrainingError};
use clap::{Args, Parser};

use crate::backend::{BackendInfo, TrainBackend};
use crate::flags::TaskFlags;
use crate::results::say_statistics;
use crate::runs::{Data, Runs};
use crate::sample;
use crate::start::{Stage, TaskProgram};

/// Shown below its help.
const EXAMPLE: &str = "Example:\n  cargo run --release --example ner -- \
     --model BERT_FOLDER \\\n    --train-file train.conll --validation-file dev.conll";

/// Fine-tunes BERT on sentences with tags, or scores a model on them.
#[derive(Parser)]
#[command(name = "ner", next_help_heading = "Data", after_help = EXAMPLE)]
pub struct Ner {
    /// Sentences to train on: CoNLL, JSON lines or Parquet; several, also with * in their names
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "validation_file")]
    train_file: Vec<PathBuf>,
    /// Sentences to score
    #[arg(long, value_name = "FILE", num_args = 1..)]
    validation_file: Vec<PathBuf>,
    /// Sentences that the best model is scored on at the end
    #[arg(long, value_name = "FILE", num_args = 1..)]
    test_file: Vec<PathBuf>,
    #[command(flatten)]
    tags: TagFlags,
    #[command(flatten)]
    words: WordFlags,
    #[command(flatten)]
    flags: TaskFlags,
}

/// What files of tagged sentences look like.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Tags")]
struct TagFlags {
    /// Format of the files: conll, conllu, jsonl or parquet [default: by their endings]
    #[arg(long, value_name = "FORMAT")]
    format: Option<TagFormat>,
    /// Column of the words: of CoNLL by its number from 1, else by its name [default: the first, or
    /// one of a usual name]
    #[arg(long, value_name = "COLUMN")]
    word_column: Option<ColumnRef>,
    /// Column of the tags [default: the last, or one of a usual name]
    #[arg(long, value_name = "COLUMN")]
    tag_column: Option<ColumnRef>,
    /// How the tags write entities: iob2, iob1, ioe2, ioe1, iobes, bilou or plain [default: as they
    /// look]
    #[arg(long, value_name = "SCHEME")]
    tag_scheme: Option<TagScheme>,
    /// Train on the tags as they are written, instead of IOB2
    #[arg(long)]
    keep_scheme: bool,
    /// What the tags are called that are written as numbers from 0, with commas between them
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    tag_names: Vec<String>,
}

/// How words become tokens, and what is learned of them.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Words")]
struct WordFlags {
    /// Train on the further pieces of words, too, not only on the first ones
    #[arg(long, conflicts_with = "crf")]
    label_all_pieces: bool,
    /// Tokens that a window of a long sentence shares with the one before [default: a quarter of
    /// --max-seq-length]
    #[arg(long, value_name = "N")]
    stride: Option<usize>,
    /// Learn which tags follow each other, with a linear-chain CRF on top
    #[arg(long, conflicts_with = "eval_only")]
    crf: bool,
}

/// The sentences of a run.
struct Sentences {
    train: Option<TaggedData>,
    dev: TaggedData,
    test: Option<TaggedData>,
}

impl TaskProgram for Ner {
    const NAME: &'static str = "ner";

    fn flags(&self) -> &TaskFlags {
        &self.flags
    }

    fn arguments(&self) -> TrainingArguments {
        self.flags.arguments(match self.flags.model {
            Some(_) => TrainingArguments::default()
                .with_learning_rate(5e-5)
                .with_num_train_epochs(3),
            None => sample::arguments().with_learning_rate(1e-3),
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
        stage.screen.prepare("reading the sentences");
        let mut folder = self.flags.open()?;
        let mut sentences = self.read(&stage.screen)?;
        let names = match &sentences.train {
            Some(train) => train.names()?,
            None => names_of(&folder)?,
        };
        let others = [Some(&mut sentences.dev), sentences.test.as_mut()];
        others
            .into_iter()
            .flatten()
            .for_each(|split| split.convert(names.scheme()));
        if sentences.train.is_some() {
            folder.set_labels(names.names());
            folder.config.set_crf(self.words.crf);
        }
        let length = stage.arguments.max_seq_length;
        let encode = |split: &str, sentences: Vec<TaggedSentence>| {
            self.encode(split, &stage.screen, (&folder, &names), sentences, length)
        };
        let dev = encode("dev", sentences.dev.sentences)?;
        let test = sentences
            .test
            .map(|test| encode("test", test.sentences))
            .transpose()?;
        let data = match sentences.train {
            None => Data::Scored(dev),
            Some(train) => Data::Trained(TrainingData::new(encode("train", train.sentences)?, dev)),
        };
        let runs = Runs {
            name: Self::NAME,
            flags: &self.flags,
            head: TokenHead,
        };
        let (arguments, stop) = (stage.arguments.clone(), stage.stop.clone());
        let is_root = stage.ranks.is_root();
        // Its own to the end.
        let (dir, _lock) = (stage.output.dir.clone(), stage.output.lock.clone());
        type Model<B> = BertForTokenClassification<B>;
        let stopped = runs.run::<B, Model<B>>(stage, &folder, &data, &device, &backend)?;
        if let Some(test) = test.filter(|_| is_root && stop.requested().is_none()) {
            let name = (dir.as_path(), "test");
            runs.score_at_end::<B::InnerBackend, Model<B::InnerBackend>>(
                name, &test, &arguments, &device,
            )?;
        }
        Ok(stopped)
    }
}

impl Ner {
    /// A line on what runs when something is not given, and how to run the real thing.
    fn what_runs(&self) -> Option<String> {
        let has_files = match self.flags.eval_only {
            true => !self.validation_file.is_empty(),
            false => !self.train_file.is_empty(),
        };
        self.flags.what_runs(
            has_files,
            "--train-file",
            "bert train --task ner --model BERT_FOLDER \
             --train-file train.conll --validation-file dev.conll",
        )
    }

    fn read(&self, screen: &Screen) -> Result<Sentences, TrainingError> {
        let sample = |name: &str| vec![sample::entities().join(name)];
        let (train, dev) = match (self.train_file.is_empty(), self.validation_file.is_empty()) {
            (true, true) => (sample("train.conll"), sample("dev.conll")),
            (true, false) => (sample("train.conll"), self.validation_file.clone()),
            (false, _) => (self.train_file.clone(), self.validation_file.clone()),
        };
        let read = |split: &str, files: &[PathBuf]| -> Result<TaggedData, TrainingError> {
            let files = expand_globs(files)?;
            let data = read_tagged(&files, &self.tags.options(), LabelUse::Required)?;
            let warnings = data.report.warnings();
            warnings
                .iter()
                .for_each(|warning| screen.say(&format!("{split}: {warning}")));
            Ok(data)
        };
        Ok(Sentences {
            train: match self.flags.eval_only {
                true => None,
                false => Some(read("train", &train)?),
            },
            dev: read("dev", &dev)?,
            test: match self.test_file.is_empty() {
                true => None,
                false => Some(read("test", &self.test_file)?),
            },
        })
    }

    fn encode(
        &self,
        split: &str,
        screen: &Screen,
        (folder, names): (&ModelFolder, &TagNames),
        sentences: Vec<TaggedSentence>,
        max_seq_length: usize,
    ) -> Result<Arc<TokenSplit>, TrainingError> {
        let usual = TokenConfig::new(max_seq_length);
        let config = TokenConfig {
            stride: self.words.stride.unwrap_or(usual.stride),
            label_all_pieces: self.words.label_all_pieces && split == "train",
            ..usual
        };
        let split_of = TokenSplit::encode(&folder.tokenizer, sentences, names, config)?;
        let warn = self.flags.eval_only;
        say_statistics(
            screen,
            split,
            &bert_tasks::training::Dataset::statistics(&split_of),
            warn,
        );
        let lost = split_of.lost_words();
        if lost.without_pieces > 0 {
            screen.say(&format!(
                "warning: {split}: the tokenizer leaves nothing of {} words; they count as O",
                lost.without_pieces
            ));
        }
        Ok(Arc::new(split_of))
    }
}

impl TagFlags {
    fn options(&self) -> TagOptions {
        TagOptions {
            format: self.format,
            word_column: self.word_column.clone(),
            tag_column: self.tag_column.clone(),
            tag_scheme: self.tag_scheme,
            keep_scheme: self.keep_scheme,
            tag_names: self.tag_names.clone(),
        }
    }
}

/// The tags of a model that was trained.
fn names_of(folder: &ModelFolder) -> Result<TagNames, TrainingError> {
    let labels = 0..folder.config.num_labels();
    Ok(TagNames::new(
        labels.map(|label| folder.label_name(label)).collect(),
    )?)
}
