//! Picks one of the choices of each question, with a model that `choice` or `transformers` has saved.
//!
//! ```sh
//! cargo run --release --example choose -- --model DIR < questions.jsonl
//! cargo run --release --example choose -- --model DIR --file swag.csv --output choices.jsonl
//! ```

use std::process::ExitCode;

use bert_cli::commands::choose::Choose;
use bert_cli::start::run_model_program;
use clap::Parser;

fn main() -> ExitCode {
    run_model_program(Choose::parse())
}
