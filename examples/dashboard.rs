//! Watches runs: of other processes while they go on, or after their end.
//!
//! ```sh
//! cargo run --release --example dashboard -- out/mrpc
//! cargo run --release --example dashboard -- out/mrpc/seed-42 out/mrpc/seed-43
//! ```

use std::process::ExitCode;

use bert_cli::commands::watch::{Watch, watch};
use clap::Parser;

fn main() -> ExitCode {
    watch(&Watch::parse())
}
