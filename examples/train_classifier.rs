//! Fine-tunes BERT on a table of your own: a class, several classes or a number for each text.
//!
//! ```sh
//! cargo run --release --example train_classifier          # bert-nano on the shipped sample
//! cargo run --release --example train_classifier -- --model DIR --train-file train.csv
//! cargo run --release --example train_classifier -- --eval-only --model OUT --validation-file FILE
//! ```

use std::process::ExitCode;

use bert_cli::commands::train_classifier::TrainClassifier;
use bert_cli::start::run_task;

fn main() -> ExitCode {
    run_task::<TrainClassifier>()
}
