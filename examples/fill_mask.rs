//! Says which words fit where a text has `[MASK]`, with a model that `pretrain` or `transformers`
//! has saved.
//!
//! ```sh
//! cargo run --release --example fill_mask -- "The [MASK] of the United States."    # bert-nano
//! cargo run --release --example fill_mask -- --model DIR "The [MASK] of the United States."
//! cargo run --release --example fill_mask -- --model DIR < texts.txt
//! ```

use std::process::ExitCode;

use bert_cli::commands::fill_mask::Fill;
use bert_cli::start::run_model_program;
use clap::Parser;

fn main() -> ExitCode {
    run_model_program(Fill::parse())
}
