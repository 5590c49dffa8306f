//! How a program ends: one message, and an exit code that scripts can tell apart.

use std::process::ExitCode;

use bert_tasks::training::TrainingError;

use crate::backend::BackendError;

/// What ended a program.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// The backend cannot be had.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// Anything in between.
    #[error(transparent)]
    Training(#[from] TrainingError),
}

impl ProgramError {
    /// 2 for wrong flags, as clap has it; 1 for everything else.
    fn code(&self) -> u8 {
        match self {
            Self::Backend(BackendError::NoDevice { .. }) => 1,
            Self::Backend(_) | Self::Training(TrainingError::Argument { .. }) => 2,
            Self::Training(_) => 1,
        }
    }
}

/// Says what went wrong, if anything did, on standard error.
pub fn exit_code(result: Result<(), ProgramError>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.code())
        }
    }
}
