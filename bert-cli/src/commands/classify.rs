//! Labels sentences or pairs of them, with a model that `mrpc` or `transformers` has saved.
//!
//! With `--file` a table goes in, and comes out with its predictions. Without, a line of standard
//! input is a sentence, or two with a tab between them. A line of standard
//! output is its label and the label's probability, or those of all classes that apply with a `|`
//! between them, or the number that the model gives it.

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::backend::{BackendInfo, BackendName, Program, TrainBackend, backend_flag};
use crate::exit::{ProgramError, complain, say};
use crate::flags::{TableFlags, TokenizerFlags, WindowFlags};
use crate::hub::ModelName;
use crate::labelled_tables::{Output, label_table};
use crate::lines::Lines;
use crate::start::ModelProgram;
use bert_core::backend::BertBackend;
use bert_data::Label;
use bert_data::table::{TableFormat, TableReader};
use bert_tasks::PredictionError;
use bert_tasks::sequence::Classifier;
use clap::{Args, Parser};

/// Shown below its help.
const EXAMPLE: &str = "Example:\n  cargo run --release --example classify -- --model DIR < pairs.tsv\n  \
     cargo run --release --example classify -- --model DIR --file in.csv --output out.csv";

/// Lines that are read before they are labelled: enough for batches of similar length.
const LINES: usize = 1024;

/// Labels sentences or pairs of them, a line each, a tab between the two of a pair.
#[derive(Parser)]
#[command(name = "classify", after_help = EXAMPLE)]
pub struct Classify {
    /// Model: a folder with config.json, model.safetensors (or pytorch_model.bin), vocab.txt, or
    /// its name on the hub
    #[arg(long, value_name = "DIR|NAME", value_parser = ModelName::parser())]
    model: ModelName,
    /// Texts that go through the model at once
    #[arg(long, value_name = "N", default_value = "32")]
    batch_size: NonZeroUsize,
    /// Longest text in tokens; more are cut off [default: as many as the model has positions]
    #[arg(long, value_name = "N")]
    max_seq_length: Option<usize>,
    /// How probable a class has to be to apply, where several can [default: the model's, or 0.5]
    #[arg(long, value_name = "NUMBER", value_parser = share)]
    threshold: Option<f64>,
    #[command(flatten)]
    long: WindowFlags,
    #[command(flatten)]
    tables: TableFiles,
    #[command(flatten)]
    table: TableFlags,
    #[command(flatten)]
    tokenizer: TokenizerFlags,
    /// Backend to run on, of those compiled in; the strongest when not given
    #[arg(long, value_name = "NAME", value_parser = backend_flag())]
    backend: Option<BackendName>,
}

#[derive(Args)]
#[command(next_help_heading = "Tables")]
struct TableFiles {
    /// A table instead of lines: CSV, TSV, JSON lines or Parquet; - is standard input, with --format
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Where the table goes with its predictions, in the format of its ending [default: standard
    /// output, in the format of the input]
    #[arg(long, value_name = "FILE", requires = "file")]
    output: Option<PathBuf>,
    /// Replace the file of --output
    #[arg(long, requires = "output")]
    overwrite: bool,
    /// The probability of every class, a column each
    #[arg(long, requires = "file")]
    all_probabilities: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "it must be a number from 0 to 1".to_owned())
}

impl ModelProgram for Classify {
    fn backend(&self) -> Option<BackendName> {
        self.backend
    }
}

impl Program for Classify {
    type Output = Result<(), ProgramError>;

    fn run<B: TrainBackend>(self, device: B::Device, _backend: BackendInfo) -> Self::Output {
        let (folder, path) = self.tokenizer.open_and_say(&self.model)?;
        let mut classifier = Classifier::<B::InnerBackend>::of(folder, &path, &device)?
            .with_batch_size(self.batch_size);
        if let Some(length) = self.max_seq_length {
            classifier = classifier.with_max_seq_length(length);
        }
        if let Some(windows) = self.long.windows() {
            classifier = classifier.with_windows(windows);
        }
        if let Some(threshold) = self.threshold {
            classifier = classifier.with_threshold(threshold);
        }
        if let Some(file) = &self.tables.file {
            return self.label_file(&classifier, file);
        }
        let mut lines = Lines::of_standard_input();
        let mut blank = None;
        loop {
            let (texts, end) = read(&mut lines, &mut blank);
            // What came before a wrong line is labelled all the same.
            if !texts.is_empty() {
                say(&label(&classifier, &texts)?)?;
            }
            if let Some(end) = end {
                return end;
            }
        }
    }
}

impl Classify {
    fn label_file<B: BertBackend>(
        &self,
        classifier: &Classifier<B>,
        file: &Path,
    ) -> Result<(), ProgramError> {
        let options = self.table.options();
        let reader = match file.as_os_str() == "-" {
            true => TableReader::from_reader("standard input", std::io::stdin(), &options),
            false => TableReader::open(file, &options),
        }?;
        let path = self.tables.output.as_deref();
        let format = match path.filter(|path| path.as_os_str() != "-") {
            Some(path) => TableFormat::of_path(path)?,
            None => reader.format(),
        };
        let output = Output::open(path, self.tables.overwrite)?;
        let name = path.unwrap_or(Path::new("standard output")).to_owned();
        let all = self.tables.all_probabilities;
        let columns = self.table.columns();
        label_table(classifier, reader, &columns, (name, output, format), all)?.keep()
    }
}

/// A sentence, or two, with the number of its line.
type Text = (usize, String, Option<String>);

/// The texts of the next lines, as many as are there to be labelled together; and how the input
/// ends, where it does. A blank line is right at the end alone: `blank` remembers the first one.
fn read(
    lines: &mut Lines,
    blank: &mut Option<usize>,
) -> (Vec<Text>, Option<Result<(), ProgramError>>) {
    // Whoever types wants an answer to each line.
    let at_once = if lines.are_typed() { 1 } else { LINES };
    let mut texts = Vec::new();
    while texts.len() < at_once && (texts.is_empty() || lines.go_on()) {
        let line = match lines.next() {
            None => return (texts, Some(Ok(()))),
            Some(Err(error)) => return (texts, Some(Err(error))),
            Some(Ok(line)) => line,
        };
        // With a tab it would be a pair.
        let is_blank = line.text.trim().is_empty() && !line.text.contains('\t');
        if is_blank {
            blank.get_or_insert(line.number);
            break;
        }
        let number = blank.unwrap_or(line.number);
        match text(&line.text).filter(|_| blank.is_none()) {
            Some((a, b)) => texts.push((line.number, a, b)),
            None => return (texts, Some(Err(ProgramError::Line { number }))),
        }
    }
    (texts, None)
}

/// The text of a line, if it is one.
fn text(line: &str) -> Option<(String, Option<String>)> {
    let columns: Vec<&str> = line.split('\t').collect();
    let is_empty = columns.iter().any(|column| column.trim().is_empty());
    match columns[..] {
        [text] if !is_empty => Some((text.to_owned(), None)),
        [a, b] if !is_empty => Some((a.to_owned(), Some(b.to_owned()))),
        _ => None,
    }
}

/// A line of output for each text.
fn label<B: BertBackend>(
    classifier: &Classifier<B>,
    texts: &[Text],
) -> Result<String, ProgramError> {
    let pairs: Vec<(&str, Option<&str>)> = texts
        .iter()
        .map(|(_, a, b)| (a.as_str(), b.as_deref()))
        .collect();
    let mut labels = String::new();
    let at_line = |error| match error {
        PredictionError::NotFinite { index, value, .. } => ProgramError::Scores {
            number: texts[index].0,
            value,
        },
        other => other.into(),
    };
    let predictions = classifier.predict(&pairs).map_err(at_line)?;
    let names = classifier.label_names();
    for ((number, ..), prediction) in texts.iter().zip(predictions) {
        if prediction.num_truncated_tokens > 0 {
            complain(&format!(
                "warning: line {number} is too long for the model: {} tokens were not seen",
                prediction.num_truncated_tokens
            ));
        }
        let scores = &prediction.scores;
        let _ = match &prediction.label {
            Label::Class(class) => writeln!(labels, "{}\t{:.6}", names[*class], scores[*class]),
            Label::Number(number) => writeln!(labels, "{number:.6}"),
            Label::Classes(classes) => {
                let join = |text: &dyn Fn(usize) -> String| {
                    let texts: Vec<String> = classes.iter().map(|&class| text(class)).collect();
                    texts.join("|")
                };
                let probabilities = join(&|class| format!("{:.6}", scores[class]));
                writeln!(
                    labels,
                    "{}\t{probabilities}",
                    join(&|class| names[class].clone())
                )
            }
        };
    }
    Ok(labels)
}
