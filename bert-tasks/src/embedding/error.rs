//! What can be wrong with a model for sentence vectors, and with its texts.

use std::path::{Path, PathBuf};

use bert_core::config::ConfigError;
use bert_core::files::FileError;
use bert_core::json::JsonError;
use bert_core::model::InputError;
use bert_core::weights::WeightsError;
use bert_data::TokenizerError;

use crate::folder::FolderError;

/// Why texts get no vectors. Texts count from 0.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddingError {
    /// The folder has no model.
    #[error(transparent)]
    Folder(Box<FolderError>),
    /// See [`ModulesError`].
    #[error(transparent)]
    Modules(#[from] ModulesError),
    /// A number of a vector is infinite or not a number.
    #[error(
        "the vector of text {index} has numbers that are none ({value}); the model's weights are \
         damaged, or too large"
    )]
    NotFinite {
        /// Its place in the list.
        index: usize,
        /// The first such number.
        value: f64,
    },
    /// A prompt that is not to count, and leaves no token that does.
    #[error(
        "the prompt has {tokens} tokens of the {max_seq_length} that a text may have \
         (`max_seq_length`), and the model's vectors are of what comes behind it"
    )]
    PromptTooLong {
        /// Of the prompt, with `[CLS]`.
        tokens: usize,
        /// Of a text.
        max_seq_length: usize,
    },
    /// No pooling.
    #[error("`pooling` needs a mode")]
    NoPooling,
    /// Vectors of another width than what comes behind them takes.
    #[error("`pooling` has {modes} modes, and the model's Dense is for {expected}")]
    PoolingWidth {
        /// How many were asked for.
        modes: usize,
        /// How many there have to be.
        expected: usize,
    },
    /// See [`WeightsError`].
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// See [`TokenizerError`].
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// See [`InputError`].
    #[error(transparent)]
    Input(#[from] InputError),
    /// See [`ConfigError`].
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// See [`FileError`].
    #[error(transparent)]
    File(#[from] FileError),
}

// Boxed, because every answer would be as large as the largest error otherwise.
impl From<FolderError> for EmbeddingError {
    fn from(error: FolderError) -> Self {
        Self::Folder(Box::new(error))
    }
}

/// Why a folder makes no sentence vectors here.
#[derive(Debug, thiserror::Error)]
pub enum ModulesError {
    /// A file that is missing, or no such JSON.
    #[error("{}: {error}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong, at which line and key.
        error: JsonError,
    },
    /// A module that is not computed here, or not in its place.
    #[error("{}: {reason}", path.display())]
    Unsupported {
        /// The file that asks for it.
        path: PathBuf,
        /// What it asks for, and what there is.
        reason: String,
    },
    /// Weights of a module of another shape than its settings say.
    #[error("{}: {name} has the shape {found:?}, expected {expected:?}", path.display())]
    Shape {
        /// The weights.
        path: PathBuf,
        /// The tensor; nothing is found where it is missing.
        name: &'static str,
        /// As it is.
        found: Vec<usize>,
        /// As the settings say.
        expected: Vec<usize>,
    },
    /// A prompt that the folder does not have.
    #[error("the model has no prompt {name:?}; it has {there_are}")]
    NoPrompt {
        /// What was asked for.
        name: String,
        /// Those that it has, in words.
        there_are: String,
    },
}

impl ModulesError {
    pub(super) fn unsupported(path: &Path, reason: impl Into<String>) -> Self {
        Self::Unsupported {
            path: path.to_owned(),
            reason: reason.into(),
        }
    }
}
