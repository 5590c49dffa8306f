//! Labels sentences or pairs of them, with a model that `mrpc` or `transformers` has saved.
//!
//! ```sh
//! cargo run --release --example classify -- --model DIR < pairs.tsv > labels.tsv
//! ```
//!
//! A line of standard input is a sentence, or two with a tab between them. A line of standard
//! output is its label and the label's probability.

use std::fmt::Write as _;
use std::io::{self, BufRead, IsTerminal};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use bert_examples::backend::{BackendInfo, BackendName, Program, TrainBackend, run_on};
use bert_examples::exit::{ProgramError, exit_code, say};
use bert_examples::flags::TokenizerFlags;
use bert_examples::logging;
use bert_tasks::PredictionError;
use bert_tasks::sequence::Classifier;
use clap::Parser;

/// Lines that are read before they are labelled: enough for batches of similar length.
const LINES: usize = 1024;

/// Labels sentences or pairs of them, a line each, a tab between the two of a pair.
#[derive(Parser)]
#[command(name = "classify")]
struct Classify {
    /// Model folder: config.json, model.safetensors (or pytorch_model.bin), vocab.txt
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// Texts that go through the model at once
    #[arg(long, value_name = "N", default_value = "32")]
    batch_size: NonZeroUsize,
    #[command(flatten)]
    tokenizer: TokenizerFlags,
    /// Backend to run on, of those compiled in; the strongest when not given
    #[arg(long, value_name = "NAME")]
    backend: Option<BackendName>,
}

fn main() -> ExitCode {
    let classify = Classify::parse();
    logging::to_standard_error();
    exit_code(start(classify).map(|()| None))
}

fn start(classify: Classify) -> Result<(), ProgramError> {
    run_on(classify.backend, classify)?
}

impl Program for Classify {
    type Output = Result<(), ProgramError>;

    fn run<B: TrainBackend>(self, device: B::Device, _backend: BackendInfo) -> Self::Output {
        let folder = self.tokenizer.open_and_say(&self.model)?;
        let classifier = Classifier::<B::InnerBackend>::of(folder, &self.model, &device)?
            .with_batch_size(self.batch_size);
        // Whoever types wants an answer to each line.
        let at_once = if io::stdin().is_terminal() { 1 } else { LINES };
        let mut input = io::stdin().lock().lines();
        let mut first = 1;
        loop {
            let lines: Vec<String> = input
                .by_ref()
                .take(at_once)
                .collect::<Result<_, _>>()
                .map_err(ProgramError::Input)?;
            if lines.is_empty() {
                return Ok(());
            }
            say(&label(&classifier, &lines, first)?)?;
            first += lines.len();
        }
    }
}

/// A line of output for each line, of which the first has this number.
fn label<B: bert_core::backend::BertBackend>(
    classifier: &Classifier<B>,
    lines: &[String],
    first: usize,
) -> Result<String, ProgramError> {
    let mut texts = Vec::with_capacity(lines.len());
    for (number, line) in (first..).zip(lines) {
        let columns: Vec<&str> = line.split('\t').collect();
        let is_empty = columns.iter().any(|column| column.trim().is_empty());
        texts.push(match columns[..] {
            [text] if !is_empty => (text, None),
            [a, b] if !is_empty => (a, Some(b)),
            _ => return Err(ProgramError::Line { number }),
        });
    }
    let mut labels = String::new();
    let at_line = |error| match error {
        PredictionError::NotFinite { index, value, .. } => ProgramError::Scores {
            number: first + index,
            value,
        },
        other => other.into(),
    };
    let classes = classifier.classify(&texts).map_err(at_line)?;
    for (number, class) in (first..).zip(classes) {
        if class.num_truncated_tokens > 0 {
            eprintln!(
                "warning: line {number} is too long for the model: {} tokens were not seen",
                class.num_truncated_tokens
            );
        }
        let _ = writeln!(labels, "{}\t{:.6}", class.label, class.probability);
    }
    Ok(labels)
}
