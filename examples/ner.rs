//! Fine-tunes BERT on sentences whose words have tags: which of them name persons or places?
//!
//! ```sh
//! cargo run --release --example ner      # bert-nano on the shipped sample
//! cargo run --release --example ner -- --model BERT_FOLDER \
//!     --train-file train.conll --validation-file dev.conll
//! ```

use std::process::ExitCode;

use bert_cli::commands::ner::Ner;
use bert_cli::start::run_task;

fn main() -> ExitCode {
    run_task::<Ner>()
}
