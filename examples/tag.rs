//! Finds the entities in texts, with a model that `ner` or `transformers` has saved.
//!
//! ```sh
//! cargo run --release --example tag -- --model DIR "Ada Lovelace lived in London."
//! cargo run --release --example tag -- --model DIR --file texts.txt --output found.jsonl
//! cargo run --release --example tag -- --model DIR      # line by line
//! ```

use std::process::ExitCode;

use bert_cli::commands::tag::Tag;
use bert_cli::start::run_model_program;
use clap::Parser;

fn main() -> ExitCode {
    run_model_program(Tag::parse())
}
