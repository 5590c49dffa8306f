//! Watches runs: of other processes while they go on, or after their end.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::exit::{ProgramError, exit_code};
use crate::signals::end_on_signals;
use bert_tasks::display::dashboard::attach;
use clap::Parser;

/// Shown below its help.
const EXAMPLE: &str = "Example:\n  cargo run --release --example dashboard -- out/mrpc";

/// Watches runs from their output folders; several share their plots.
#[derive(Parser)]
#[command(name = "dashboard", after_help = EXAMPLE)]
pub struct Watch {
    /// Output folders of runs; one that has no events yet is waited for
    #[arg(required = true, value_name = "RUN_DIR")]
    runs: Vec<PathBuf>,
}

/// Shows them until somebody closes the display.
pub fn watch(flags: &Watch) -> ExitCode {
    exit_code(start(flags).map(|()| None))
}

fn start(flags: &Watch) -> Result<(), ProgramError> {
    let is_other = |folder: &&PathBuf| folder.exists() && !folder.is_dir();
    if let Some(file) = flags.runs.iter().find(is_other) {
        return Err(ProgramError::NoFolder(file.clone()));
    }
    end_on_signals()?;
    attach(&flags.runs).map_err(ProgramError::Dashboard)
}
