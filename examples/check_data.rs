//! Looks at tables before a training: labels, repeats, leaks, lengths, odd texts.
//!
//! ```sh
//! cargo run --release --example check_data -- --train-file train.csv --validation-file dev.csv
//! ```

use std::process::ExitCode;

use bert_cli::commands::check_data::{CheckData, check_data};
use clap::Parser;

fn main() -> ExitCode {
    check_data(&CheckData::parse())
}
