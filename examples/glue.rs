//! Fine-tunes BERT on a task of GLUE.
//!
//! ```sh
//! cargo run --release --example glue -- --glue-task rte --model DIR --data DIR
//! cargo run --release --example glue -- --glue-task mnli --model DIR --data DIR --predict-test
//! ```

use std::process::ExitCode;

use bert_cli::commands::glue::Glue;
use bert_cli::start::run_task;

fn main() -> ExitCode {
    run_task::<Glue>()
}
