//! Fine-tunes BERT on multiple choice: which of several choices is right?
//!
//! ```sh
//! cargo run --release --example choice               # bert-nano on the shipped sample
//! cargo run --release --example choice -- --model DIR --train-file train.csv --validation-file val.csv
//! cargo run --release --example choice -- --model DIR --train-file RACE/train --validation-file RACE/dev
//! cargo run --release --example choice -- --eval-only --model OUT --validation-file dev.jsonl
//! ```

use std::process::ExitCode;

use bert_cli::commands::choice::Choice;
use bert_cli::start::run_task;

fn main() -> ExitCode {
    run_task::<Choice>()
}
