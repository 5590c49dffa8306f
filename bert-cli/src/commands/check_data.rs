//! Looks at data before an hour is spent on it: labels, repeats, leaks, lengths, odd texts.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use bert_tasks::training::{TrainingArguments, TrainingError};
use clap::Parser;

use crate::data_page::page;
use crate::exit::{ProgramError, exit_code, say};
use crate::flags::{DataFlags, TokenizerFlags};
use crate::hub::{ModelName, Shown, Source};
use crate::labelled::Labelled;
use crate::labelled_tables::Output;
use crate::sample;

/// Shown below its help.
const EXAMPLE: &str = "Example:\n  cargo run --release --example check_data -- \
     --train-file train.csv --validation-file dev.csv";

/// Looks at tables of texts with labels: what a training would learn from, and what is wrong.
#[derive(Parser)]
#[command(name = "check_data", after_help = EXAMPLE)]
pub struct CheckData {
    #[command(flatten)]
    data: DataFlags,
    /// Model, a folder or its name on the hub, whose vocabulary cuts the texts [default: bert-nano,
    /// which comes with the examples]
    #[arg(long, value_name = "DIR|NAME", value_parser = ModelName::parser(), help_heading = "Model")]
    model: Option<ModelName>,
    /// Longest sequence in tokens, special tokens included [default: 128]
    #[arg(long, value_name = "N", help_heading = "Model")]
    max_seq_length: Option<usize>,
    #[command(flatten)]
    tokenizer: TokenizerFlags,
    /// Source of the rows that are scored where there is no --validation-file
    #[arg(long, value_name = "N", default_value_t = 42, help_heading = "Data")]
    seed: u64,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
    /// Write a page, too; a file that is there is replaced only with --overwrite
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    html: Option<PathBuf>,
    /// Replace the file of --html
    #[arg(long, requires = "html", help_heading = "Output")]
    overwrite: bool,
}

/// Says what there is.
pub fn check_data(flags: &CheckData) -> ExitCode {
    exit_code(start(flags).map(|()| None))
}

fn start(flags: &CheckData) -> Result<(), ProgramError> {
    let model = flags.model.clone();
    let model = model.unwrap_or_else(|| sample::bert_nano().into());
    let found = model.find_without_weights(flags.tokenizer.hub, Shown::OnErrors);
    let folder = flags.tokenizer.open(&found.map_err(TrainingError::from)?)?;
    let mut data = flags.data.clone();
    let source = Source {
        flags: flags.tokenizer.hub,
        shown: Shown::OnErrors,
    };
    data.fetch(false, source)?;
    let data = Labelled::to_train(&data.or_sample(false), flags.seed)?;
    let length = TrainingArguments::default().max_seq_length;
    let length = flags.max_seq_length.unwrap_or(length);
    let report = data.inspect(&folder.tokenizer, length);
    let report = report.map_err(TrainingError::from)?;
    if let Some(path) = &flags.html {
        let mut output = Output::open(Some(path), flags.overwrite)?;
        let written = output.write_all(page(&report).as_bytes());
        written.map_err(ProgramError::Output)?;
        output.keep()?;
    }
    match flags.json {
        true => say(&format!("{:#}\n", serde_json::json!(report))),
        false => say(&format!("{}\n{report}\n", data.note.unwrap_or_default())),
    }
}
