//! A vector for each text, and the texts that are near one.
//!
//! ```sh
//! cargo run --release --example embed -- --model DIR --file texts.csv --output vectors.npy
//! cargo run --release --example embed -- --model DIR --file texts.txt --query "Where is my card?"
//! cargo run --release --example embed -- --model DIR      # line by line
//! ```

use std::process::ExitCode;

use bert_cli::commands::embed::Embed;
use bert_cli::start::run_model_program;
use clap::Parser;

fn main() -> ExitCode {
    run_model_program(Embed::parse())
}
