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
use bert_examples::exit::{ProgramError, complain, exit_code, say};
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
            let (texts, fault) = read(&mut input, first, at_once);
            if !texts.is_empty() {
                say(&label(&classifier, &texts, first)?)?;
            }
            if let Some(fault) = fault {
                return Err(fault);
            }
            if texts.is_empty() {
                return Ok(());
            }
            first += texts.len();
        }
    }
}

/// A sentence, or two.
type Text = (String, Option<String>);

/// At most `count` texts, of which the first is on this line; and what is wrong with the line after
/// them, if something is. Blank lines at the end are none.
fn read(
    lines: &mut impl Iterator<Item = io::Result<String>>,
    first: usize,
    count: usize,
) -> (Vec<Text>, Option<ProgramError>) {
    let mut texts = Vec::new();
    while texts.len() < count {
        let number = first + texts.len();
        match lines.next() {
            None => break,
            Some(Err(error)) => return (texts, Some(ProgramError::Input(error))),
            Some(Ok(line)) if line.trim().is_empty() => {
                let rest_is_blank = lines.all(|line| line.is_ok_and(|line| line.trim().is_empty()));
                let fault = (!rest_is_blank).then_some(ProgramError::Line { number });
                return (texts, fault);
            }
            Some(Ok(line)) => match parse(line.strip_prefix('\u{feff}').unwrap_or(&line)) {
                Some(text) => texts.push(text),
                None => return (texts, Some(ProgramError::Line { number })),
            },
        }
    }
    (texts, None)
}

fn parse(line: &str) -> Option<Text> {
    let columns: Vec<&str> = line.split('\t').collect();
    if columns.iter().any(|column| column.trim().is_empty()) {
        return None;
    }
    match columns[..] {
        [text] => Some((text.to_owned(), None)),
        [a, b] => Some((a.to_owned(), Some(b.to_owned()))),
        _ => None,
    }
}

/// A line of output for each text, of which the first is on this line of input.
fn label<B: bert_core::backend::BertBackend>(
    classifier: &Classifier<B>,
    texts: &[Text],
    first: usize,
) -> Result<String, ProgramError> {
    let texts: Vec<(&str, Option<&str>)> = texts
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_deref()))
        .collect();
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
            complain(&format!(
                "warning: line {number} is too long for the model: {} tokens were not seen",
                class.num_truncated_tokens
            ));
        }
        let _ = writeln!(labels, "{}\t{:.6}", class.label, class.probability);
    }
    Ok(labels)
}
