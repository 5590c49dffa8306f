//! How a program ends: one message, and an exit code that scripts can tell apart.

use std::process::ExitCode;

use bert_tasks::training::{StopReason, TrainingError};

use crate::backend::BackendError;

/// What ended a program.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// The backend cannot be had.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The display cannot be had.
    #[error("cannot open the display: {0}; --dashboard plain needs no terminal")]
    Display(std::io::Error),
    /// Signals cannot be had.
    #[error("cannot listen to signals: {0}")]
    Signals(#[from] std::io::Error),
    /// Anything in between.
    #[error(transparent)]
    Training(#[from] TrainingError),
}

impl ProgramError {
    /// 2 for wrong flags, as clap has it; 1 for everything else.
    fn code(&self) -> u8 {
        match self {
            Self::Backend(BackendError::NoDevice { .. }) => 1,
            Self::Backend(_)
            | Self::Training(
                TrainingError::Argument { .. } | TrainingError::UnknownMetric { .. },
            ) => 2,
            Self::Display(_) | Self::Signals(_) | Self::Training(_) => 1,
        }
    }
}

/// Says what went wrong, if anything did, on standard error. A program that a signal has stopped
/// ends as one that the signal has killed: 130 after Ctrl-C, 143 after SIGTERM.
pub fn exit_code(result: Result<Option<StopReason>, ProgramError>) -> ExitCode {
    match result {
        Ok(Some(StopReason::Interrupt)) => ExitCode::from(130),
        Ok(Some(StopReason::Terminate)) => ExitCode::from(143),
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.code())
        }
    }
}
