//! Watches runs: of other processes while they go on, or after their end.
//!
//! ```sh
//! cargo run --release --example dashboard -- out/mrpc
//! cargo run --release --example dashboard -- out/mrpc/seed-42 out/mrpc/seed-43
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use bert_examples::exit::{ProgramError, exit_code};
use bert_examples::signals::end_on_signals;
use bert_tasks::display::dashboard::attach;
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
    exit_code(start(&flags).map(|()| None))
}

fn start(flags: &Flags) -> Result<(), ProgramError> {
    let is_other = |folder: &&PathBuf| folder.exists() && !folder.is_dir();
    if let Some(file) = flags.runs.iter().find(is_other) {
        return Err(ProgramError::NoFolder(file.clone()));
    }
    end_on_signals()?;
    attach(&flags.runs).map_err(ProgramError::Dashboard)
}
