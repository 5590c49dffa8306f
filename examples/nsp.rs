//! Fine-tunes BERT on next-sentence prediction: does one text follow the other?
//!
//! ```sh
//! cargo run --release --example nsp                        # bert-nano on the shipped text
//! cargo run --release --example nsp -- --model DIR --text FILE --output-dir OUT
//! cargo run --release --example nsp -- --eval-only --model OUT --text FILE
//! ```

use std::process::ExitCode;

use bert_cli::commands::nsp::Nsp;
use bert_cli::start::run_task;

fn main() -> ExitCode {
    run_task::<Nsp>()
}
