//! A command line that says nothing that can be done.

use std::path::PathBuf;
use std::process::ExitCode;

use bert_tasks::training::TrainingError;

use super::{Predictor, Task};
use crate::commands::sweep::grid::GridError;
use crate::exit::{ProgramError, complain, exit_code};
use crate::run_toml::ConfigError;
use crate::start::say_usage;

/// Why a command line asks for nothing, or that it asks for help.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// Wrong flags, help, the version.
    #[error(transparent)]
    Usage(#[from] Box<clap::Error>),
    /// A file of flags that cannot be taken.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Nothing says which task.
    #[error("which task? Say --task with one of these:\n{}", Task::list().trim_end())]
    NoTask,
    /// No task has this name.
    #[error("there is no task `{name}`; there are:\n{}", there_are.trim_end())]
    UnknownTask {
        /// What was asked for.
        name: String,
        /// Those that could have been, a line each.
        there_are: String,
    },
    /// Values of which no runs can be made.
    #[error(transparent)]
    Grid(#[from] GridError),
    /// `bert sweep` with a flag that it decides about.
    #[error(
        "a sweep takes no --{flag}: it goes on where it stopped, and its runs are shown as lines"
    )]
    NotOfSweep {
        /// Which one.
        flag: &'static str,
    },
    /// `bert pretrain` with the flags of another task.
    #[error("the flags are of the task {name}: take `bert train --config` for it")]
    OtherTask {
        /// What they are of.
        name: String,
    },
    /// A model that does not say what it predicts.
    #[error(
        "nothing says which head the model in {} has; say --task with one of these:\n{}",
        folder.display(),
        Predictor::list().trim_end()
    )]
    NoHead {
        /// Where it is.
        folder: PathBuf,
    },
    /// No model, or numbers that none can be trained with.
    #[error(transparent)]
    Model(#[from] TrainingError),
}

impl From<clap::Error> for CliError {
    fn from(error: clap::Error) -> Self {
        Self::Usage(Box::new(error))
    }
}

impl CliError {
    /// Says it; gives the exit code: 0 after help, 2 for a wrong command line, 1 for a wrong model.
    pub fn say(self) -> ExitCode {
        match self {
            Self::Usage(error) => say_usage(&error),
            Self::Model(error) => exit_code(Err(ProgramError::Training(error))),
            Self::NoHead { .. } => {
                complain(&format!("error: {self}"));
                ExitCode::from(1)
            }
            other => {
                complain(&format!("error: {other}"));
                ExitCode::from(2)
            }
        }
    }
}
