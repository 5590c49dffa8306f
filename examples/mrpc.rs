//! Fine-tunes BERT on MRPC: are two sentences paraphrases of each other?
//!
//! ```sh
//! cargo run --release --example mrpc                 # bert-nano on the shipped sample
//! cargo run --release --example mrpc -- --model DIR --data DIR --output-dir OUT
//! cargo run --release --example mrpc --features tch-gpu -- --model DIR --data DIR
//! cargo run --release --example mrpc -- --eval-only --model OUT --data DIR
//! ```

use std::process::ExitCode;

use bert_cli::commands::mrpc::Mrpc;
use bert_cli::start::run_task;

fn main() -> ExitCode {
    run_task::<Mrpc>()
}
