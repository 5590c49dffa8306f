//! Finds the entities in texts, with a model that `ner` or `transformers` has saved.
//!
//! Texts are words of the command line, lines of standard input or of a file, or the sentences of a
//! file with columns or JSON lines. What is found goes out as JSON lines that `ner` reads again, as
//! columns, or as the texts with brackets in them.

mod output;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bert_core::backend::BertBackend;
use bert_data::table::{ColumnRef, LabelUse};
use bert_data::tags::{TagError, TagFormat, TagOptions, TagReader, TaggedSentence};
use bert_tasks::token::{AggregationStrategy, Tagged, TokenClassifier};
use clap::Parser;

use crate::backend::{BackendInfo, BackendName, Program, TrainBackend, backend_flag};
use crate::exit::ProgramError;
use crate::flags::TokenizerFlags;
use crate::hub::ModelName;
use crate::lines::{Line, Lines};
use crate::start::ModelProgram;
use output::{OutputFormat, Writer};

/// Shown below its help.
const EXAMPLE: &str = "Example:\n  cargo run --release --example tag -- --model DIR \
     \"Ada Lovelace lived in London.\"\n  \
     cargo run --release --example tag -- --model DIR --file texts.txt --output found.jsonl";

/// Texts that are read before they are tagged: enough for batches of similar length.
const TEXTS: usize = 1024;

/// Finds the entities in texts of any length, or tags words.
#[derive(Parser)]
#[command(name = "tag", after_help = EXAMPLE)]
pub struct Tag {
    /// Model: a folder with config.json, model.safetensors (or pytorch_model.bin), vocab.txt, or
    /// its name on the hub
    #[arg(long, value_name = "DIR|NAME", value_parser = ModelName::parser())]
    model: ModelName,
    /// Texts; without any, and without --file, the lines of standard input
    // The name that other predictors give theirs.
    #[arg(id = "text", value_name = "TEXT")]
    texts: Vec<String>,
    /// A file instead: lines of text or, as its ending or --format says, CoNLL, JSON lines with
    /// text or tokens, or Parquet; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    file: Option<PathBuf>,
    /// What is read: text (a line each), conll, conllu, jsonl or parquet [default: by the ending of
    /// the file, and text]
    #[arg(long, value_name = "FORMAT", conflicts_with = "text")]
    format: Option<InputFormat>,
    /// Column of the words or texts [default: the first, or one of a usual name]
    #[arg(long, value_name = "COLUMN", requires = "file")]
    word_column: Option<ColumnRef>,
    /// Where the entities go, in the format of its ending [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What is written: jsonl, conll or text (with brackets) [default: by the ending of the output;
    /// text on a terminal, else jsonl]
    #[arg(long, value_name = "FORMAT")]
    output_format: Option<OutputFormat>,
    /// Replace the file of --output
    #[arg(long, requires = "output")]
    overwrite: bool,
    /// How pieces of words become entities, as in transformers: none, simple, first, average or max
    #[arg(long, value_name = "STRATEGY", default_value_t)]
    aggregation_strategy: AggregationStrategy,
    /// Windows of texts that go through the model at once
    #[arg(long, value_name = "N", default_value = "32")]
    batch_size: NonZeroUsize,
    /// Longest window in tokens [default: as many as the model has positions]
    #[arg(long, value_name = "N")]
    max_seq_length: Option<usize>,
    /// Tokens that a window of a long text shares with the one before [default: a quarter of a
    /// window]
    #[arg(long, value_name = "N")]
    stride: Option<usize>,
    #[command(flatten)]
    tokenizer: TokenizerFlags,
    /// Backend to run on, of those compiled in; the strongest when not given
    #[arg(long, value_name = "NAME", value_parser = backend_flag())]
    backend: Option<BackendName>,
}

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InputFormat {
    /// A text a line.
    Lines,
    /// Sentences, with tags or without.
    Tags(TagFormat),
}

impl std::str::FromStr for InputFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "text" => Ok(Self::Lines),
            name => name
                .parse()
                .map(Self::Tags)
                .map_err(|_| format!("{name:?} is none of text, conll, conllu, jsonl, parquet")),
        }
    }
}

/// A text, or the words of one.
enum Input {
    Text(String),
    Words(Vec<String>),
}

impl ModelProgram for Tag {
    fn backend(&self) -> Option<BackendName> {
        self.backend
    }
}

impl Program for Tag {
    type Output = Result<(), ProgramError>;

    fn run<B: TrainBackend>(self, device: B::Device, _backend: BackendInfo) -> Self::Output {
        let (folder, path) = self.tokenizer.open_and_say(&self.model)?;
        let mut classifier = TokenClassifier::<B::InnerBackend>::of(folder, &path, &device)?
            .with_aggregation_strategy(self.aggregation_strategy)
            .with_batch_size(self.batch_size);
        if let Some(length) = self.max_seq_length {
            classifier = classifier.with_max_seq_length(length);
        }
        if let Some(stride) = self.stride {
            classifier = classifier.with_stride(stride);
        }
        let path = self.output.as_deref();
        let mut writer = Writer::open(path, self.output_format, self.overwrite)?;
        if !self.texts.is_empty() {
            let texts: Vec<Input> = self.texts.into_iter().map(Input::Text).collect();
            tag(&classifier, &texts, &mut writer)?;
            return writer.keep();
        }
        match self.input_format() {
            InputFormat::Lines => self.tag_lines(&classifier, &mut writer)?,
            InputFormat::Tags(format) => self.tag_sentences(&classifier, format, &mut writer)?,
        }
        writer.keep()
    }
}

impl Tag {
    /// A `.txt` file is text here: what is to be tagged has no columns yet.
    fn input_format(&self) -> InputFormat {
        let by_ending = |path: &Path| match path.extension() {
            Some(ending) if ending.eq_ignore_ascii_case("txt") => InputFormat::Lines,
            _ => TagFormat::of_path(path).map_or(InputFormat::Lines, InputFormat::Tags),
        };
        let file = self.file.as_deref();
        self.format
            .unwrap_or_else(|| file.map_or(InputFormat::Lines, by_ending))
    }

    /// The file of `--file`, where it is not standard input.
    fn path(&self) -> Option<&Path> {
        self.file.as_deref().filter(|path| path.as_os_str() != "-")
    }

    fn tag_lines<B: BertBackend>(
        &self,
        classifier: &TokenClassifier<B>,
        writer: &mut Writer,
    ) -> Result<(), ProgramError> {
        let text = |line: Result<Line, ProgramError>| Ok(Input::Text(line?.text));
        if let Some(path) = self.path() {
            return tag_all(
                classifier,
                Lines::of_file(path)?,
                (TEXTS, |_| true),
                text,
                writer,
            );
        }
        let lines = Lines::of_standard_input();
        // Whoever types wants an answer to each line.
        let at_once = if lines.are_typed() { 1 } else { TEXTS };
        tag_all(classifier, lines, (at_once, Lines::go_on), text, writer)
    }

    fn tag_sentences<B: BertBackend>(
        &self,
        classifier: &TokenClassifier<B>,
        format: TagFormat,
        writer: &mut Writer,
    ) -> Result<(), ProgramError> {
        let options = TagOptions {
            format: Some(format),
            word_column: self.word_column.clone(),
            ..TagOptions::default()
        };
        let unused = LabelUse::Unused;
        let reader = match self.path() {
            Some(path) => TagReader::open(path, &options, unused),
            None => TagReader::from_reader("standard input", std::io::stdin(), &options, unused),
        }?;
        let input = |sentence: Result<TaggedSentence, TagError>| {
            let sentence = sentence?;
            Ok(match sentence.text {
                Some(source) => Input::Text(source.text),
                None => Input::Words(sentence.words),
            })
        };
        tag_all(classifier, reader, (TEXTS, |_| true), input, writer)
    }
}

/// Tags texts in parts, so that memory does not grow with the input: at most so many at once, as
/// long as more are to come with them.
fn tag_all<B: BertBackend, I: Iterator>(
    classifier: &TokenClassifier<B>,
    mut input: I,
    (most, go_on): (usize, fn(&I) -> bool),
    read: impl Fn(I::Item) -> Result<Input, ProgramError>,
    writer: &mut Writer,
) -> Result<(), ProgramError> {
    loop {
        let mut texts = Vec::new();
        let mut end = None;
        while end.is_none() && texts.len() < most && (texts.is_empty() || go_on(&input)) {
            match input.next().map(&read) {
                Some(Ok(text)) => texts.push(text),
                Some(Err(error)) => end = Some(Err(error)),
                None => end = Some(Ok(())),
            }
        }
        // What came before a fault is tagged all the same.
        tag(classifier, &texts, writer)?;
        if let Some(end) = end {
            return end;
        }
    }
}

fn tag<B: BertBackend>(
    classifier: &TokenClassifier<B>,
    input: &[Input],
    writer: &mut Writer,
) -> Result<(), ProgramError> {
    let is_text = |one: &Input| matches!(one, Input::Text(_));
    // A file has texts or words.
    for part in input.chunk_by(|a, b| is_text(a) == is_text(b)) {
        let texts = part.iter().filter_map(|one| match one {
            Input::Text(text) => Some(text),
            Input::Words(_) => None,
        });
        let texts: Vec<&String> = texts.collect();
        let sentences = part.iter().filter_map(|one| match one {
            Input::Text(_) => None,
            Input::Words(words) => Some(words.clone()),
        });
        let sentences: Vec<Vec<String>> = sentences.collect();
        let found: Vec<Tagged> = match texts.is_empty() {
            true => classifier.tag_words(&sentences)?,
            false => classifier.tag(&texts)?,
        };
        for (one, tagged) in part.iter().zip(&found) {
            match one {
                Input::Text(text) => writer.text(text, tagged)?,
                Input::Words(words) => writer.words(words, tagged)?,
            }
        }
    }
    writer.flush()
}
