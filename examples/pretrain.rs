//! Pretrains BERT on plain text: hidden tokens, and whether one text follows another, or hidden
//! tokens alone.
//!
//! ```sh
//! cargo run --release --example pretrain -- --text FILE            # a small BERT and its vocabulary
//! cargo run --release --example pretrain -- --text FILE --model DIR    # goes on with a model
//! cargo run --release --example pretrain -- --text FILE --model OUT --eval-only
//! ```

use std::process::ExitCode;

use bert_cli::commands::pretrain::Pretrain;
use bert_cli::start::run_task;

fn main() -> ExitCode {
    run_task::<Pretrain>()
}
