//! Watches runs: of other processes while they go on, or after their end.
//!
//! ```sh
//! cargo run --release --example dashboard -- out/mrpc
//! cargo run --release --example dashboard -- out/mrpc/seed-42 out/mrpc/seed-43
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use bert_tasks::dashboard::attach;
use clap::Parser;

/// Watches runs from their output folders; several share their plots.
#[derive(Parser)]
#[command(name = "dashboard")]
struct Flags {
    /// Output folders of runs; one that has no events yet is waited for
    #[arg(required = true, value_name = "RUN_DIR")]
    runs: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    for folder in &flags.runs {
        if folder.exists() && !folder.is_dir() {
            eprintln!("error: {} is no folder", folder.display());
            return ExitCode::from(2);
        }
    }
    match attach(&flags.runs) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: cannot open the dashboard: {error}");
            ExitCode::FAILURE
        }
    }
}
