//! What can be wrong with a configuration.

use std::path::{Path, PathBuf};

use crate::json::{JsonError, JsonFault};

/// Why a configuration could not be read, or does not make a model.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The model folder is not there.
    #[error("there is no model folder at {}", folder.display())]
    NoFolder {
        /// The path that was asked for.
        folder: PathBuf,
    },
    /// Neither `config.json` nor `bert_config.json` is in the folder.
    #[error("no {} in {}; is it a model folder?", super::CONFIG_FILES.join(" or "), folder.display())]
    NoConfig {
        /// The folder that was searched.
        folder: PathBuf,
    },
    /// The file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The file is not JSON, or a key has the wrong type or an unsupported value.
    #[error("{}: {fault}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong, at which line and key.
        fault: JsonFault,
    },
    /// The numbers do not make a model.
    #[error("{}{reason}", path.as_ref().map(|p| format!("{}: ", p.display())).unwrap_or_default())]
    Invalid {
        /// The file, where the configuration came from one.
        path: Option<PathBuf>,
        /// Which key, which value, and what would be right.
        reason: String,
    },
}

impl ConfigError {
    pub(super) fn unread(path: &Path, error: JsonError) -> Self {
        let path = path.to_path_buf();
        match error {
            JsonError::Io(source) => Self::Io { path, source },
            JsonError::Fault(fault) => Self::Json { path, fault },
        }
    }

    pub(super) fn invalid(reason: String) -> Self {
        Self::Invalid { path: None, reason }
    }

    pub(super) fn in_file(self, file: &Path) -> Self {
        match self {
            Self::Invalid { reason, .. } => Self::Invalid {
                path: Some(file.to_path_buf()),
                reason,
            },
            other => other,
        }
    }
}
