//! Answers questions on a text, with a model that `squad` or `transformers` has saved.
//!
//! ```sh
//! cargo run --release --example answer -- --model DIR --context FILE --question "Who ...?"
//! cargo run --release --example answer -- --model DIR --context FILE      # a prompt
//! ```

use std::process::ExitCode;

use bert_cli::commands::answer::Answer;
use bert_cli::start::run_model_program;
use clap::Parser;

fn main() -> ExitCode {
    run_model_program(Answer::parse())
}
