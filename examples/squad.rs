//! Fine-tunes BERT on SQuAD: where in a passage is the answer to a question?
//!
//! ```sh
//! cargo run --release --example squad                # bert-nano on the shipped sample
//! cargo run --release --example squad -- --model DIR --train-file JSON --dev-file JSON
//! cargo run --release --example squad --features tch-gpu -- --model DIR --train-file JSON --dev-file JSON
//! cargo run --release --example squad -- --eval-only --model OUT --dev-file JSON
//! ```

use std::process::ExitCode;

use bert_cli::commands::squad::Squad;
use bert_cli::start::run_task;

fn main() -> ExitCode {
    run_task::<Squad>()
}
