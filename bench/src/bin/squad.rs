//! Times answering or encoding the questions of a SQuAD file, or reading and encoding a table, and
//! prints it as JSON. `bench/answering.py` and `bench/encoding.py` run it side by side with Python's
//! libraries.

use std::collections::BTreeMap;
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;

use bert_bench::peak_memory;
use bert_cli::backend::{BackendInfo, BackendName, Program, TrainBackend, run_on};
use bert_data::table::{ColumnOptions, LabelUse, TableOptions, TableReader, TableRow};
use bert_data::{BadExamples, EncodedSquad, SpanConfig, SquadExample, read_squad};
use bert_tasks::ModelFolder;
use bert_tasks::span::{AnswerOptions, QuestionAnswerer};
use clap::{Parser, ValueEnum};
use serde_json::json;

#[derive(Parser)]
struct Flags {
    /// What to time
    #[arg(value_enum)]
    what: What,
    /// Model folder
    #[arg(long)]
    model: PathBuf,
    /// SQuAD's JSON, or a table
    #[arg(long)]
    file: PathBuf,
    /// Questions, evenly spaced; all where not given
    #[arg(long)]
    questions: Option<usize>,
    /// Windows that go through the model at once
    #[arg(long, default_value = "32")]
    batch: NonZeroUsize,
    #[arg(long)]
    backend: Option<BackendName>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// From text to answers, the model already loaded
    Answer,
    /// From text to windows of tokens
    Encode,
    /// From the rows of a table to tokens, row by row
    Table,
}

fn main() -> Result<(), Box<dyn Error>> {
    let flags = Flags::parse();
    match flags.what {
        What::Answer => run_on(flags.backend, flags)?,
        What::Encode => encode(&flags),
        What::Table => table(&flags),
    }
}

/// Rows that are encoded together.
const ROWS: usize = 8192;

fn table(flags: &Flags) -> Result<(), Box<dyn Error>> {
    let folder = ModelFolder::open(&flags.model)?;
    let started = Instant::now();
    let reader = TableReader::open(&flags.file, &TableOptions::default())?;
    let text = reader
        .find_columns(&ColumnOptions::default(), LabelUse::Unused)?
        .text;
    let mut reader = reader.peekable();
    let (mut rows, mut tokens) = (0, 0);
    while reader.peek().is_some() {
        let window: Vec<TableRow> = reader.by_ref().take(ROWS).collect::<Result<_, _>>()?;
        let texts: Vec<(&str, Option<&str>)> = window
            .iter()
            .map(|row| (row.cells[text].as_text().unwrap_or_default(), None))
            .collect();
        let encodings = folder.tokenizer.encode_pairs(&texts, MAX_SEQ_LENGTH)?;
        rows += encodings.len();
        tokens += encodings
            .iter()
            .map(|encoding| encoding.len())
            .sum::<usize>();
    }
    let report = json!({
        "rows": rows,
        "tokens": tokens,
        "seconds": started.elapsed().as_secs_f64(),
        "peak_mb": peak_memory(),
    });
    println!("{report}");
    Ok(())
}

/// Of a row of a table.
const MAX_SEQ_LENGTH: usize = 128;

fn questions(flags: &Flags) -> Result<Vec<SquadExample>, Box<dyn Error>> {
    let (all, _) = read_squad(&flags.file, BadExamples::Correct)?;
    let count = flags.questions.unwrap_or(all.len()).min(all.len());
    let place = |index: usize| all[index * all.len() / count].clone();
    Ok((0..count).map(place).collect())
}

fn encode(flags: &Flags) -> Result<(), Box<dyn Error>> {
    let folder = ModelFolder::open(&flags.model)?;
    let examples = questions(flags)?;
    let started = Instant::now();
    let config = SpanConfig::default();
    let split = EncodedSquad::encode(&folder.tokenizer, &examples, config, |_| {})?;
    let report = json!({
        "questions": examples.len(),
        "windows": split.len(),
        "seconds": started.elapsed().as_secs_f64(),
        "peak_mb": peak_memory(),
    });
    println!("{report}");
    Ok(())
}

impl Program for Flags {
    type Output = Result<(), Box<dyn Error>>;

    fn run<B: TrainBackend>(self, device: B::Device, backend: BackendInfo) -> Self::Output {
        let answerer = QuestionAnswerer::<B::InnerBackend>::from_pretrained(&self.model, &device)?;
        let examples = questions(&self)?;
        let pairs: Vec<(&str, &str)> = examples
            .iter()
            .map(|example| (example.question.as_str(), &*example.context))
            .collect();
        let options = AnswerOptions {
            batch_size: self.batch,
            ..AnswerOptions::default()
        };
        // Threads and kernels are ready after one batch.
        answerer.answer(&pairs[..pairs.len().min(self.batch.get())], &options)?;
        let started = Instant::now();
        let found = answerer.answer(&pairs, &options)?;
        let seconds = started.elapsed().as_secs_f64();
        let answers: BTreeMap<&str, &str> = examples
            .iter()
            .zip(&found)
            .filter_map(|(example, found)| {
                Some((example.id.as_str(), found.answers.first()?.text.as_str()))
            })
            .collect();
        let report = json!({
            "backend": backend.to_string(),
            "questions": examples.len(),
            "seconds": seconds,
            "peak_mb": peak_memory(),
            "answers": answers,
        });
        println!("{report}");
        Ok(())
    }
}
