//! Labels sentences or pairs of them, with a model that `mrpc` or `transformers` has saved.
//!
//! ```sh
//! cargo run --release --example classify -- --model DIR < pairs.tsv > labels.tsv
//! ```
//!
//! A line of standard input is a sentence, or two with a tab between them. A line of standard
//! output is its label and the label's probability.

use std::process::ExitCode;

use bert_cli::commands::classify::Classify;
use bert_cli::start::run_model_program;
use clap::Parser;

fn main() -> ExitCode {
    run_model_program(Classify::parse())
}
