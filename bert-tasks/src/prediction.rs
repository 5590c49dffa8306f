//! What predictions from a saved folder share, whatever the head.

use std::path::Path;

use bert_core::backend::BertBackend;
use bert_core::model::{BertInput, InputError};
use bert_data::batch::PaddedBatch;
use bert_data::{DataError, SquadError, TokenizerError};
use burn::tensor::backend::Backend;

use crate::folder::{FolderError, ModelFolder};
use crate::model::{ModelSettings, TaskModel};

/// Why nothing could be predicted. Texts count from 0.
#[derive(Debug, thiserror::Error)]
pub enum PredictionError {
    /// The folder has no model for this.
    #[error(transparent)]
    Folder(Box<FolderError>),
    /// A model whose texts have several labels each, or a number.
    #[error(
        "the model does not give a text one class of several (its problem_type); ask for what it \
         predicts, not for a class"
    )]
    NotOneClass,
    /// A score of the model is infinite or not a number.
    #[error(
        "the model's scores of {what} {index} are no numbers ({value}); its weights are damaged, \
         or too large"
    )]
    NotFinite {
        /// "text", "question" or "mask".
        what: &'static str,
        /// Its place in the list.
        index: usize,
        /// The first such score.
        value: f64,
    },
    /// A question without a word.
    #[error("question {index} is empty")]
    EmptyQuestion {
        /// Its place in the list.
        index: usize,
    },
    /// A passage without a word.
    #[error("the context of question {index} is empty")]
    EmptyContext {
        /// The question's place in the list.
        index: usize,
    },
    /// A text without a word.
    #[error("text {index} is empty")]
    EmptyText {
        /// Its place in the list.
        index: usize,
    },
    /// A question without choices.
    #[error("question {index} has no choices")]
    NoChoices {
        /// Its place in the list.
        index: usize,
    },
    /// A text with nothing to fill in.
    #[error("the text has no [MASK]")]
    NoMask,
    /// A CRF is on words, whose scores are those of their first pieces.
    #[error(
        "`aggregation_strategy` {strategy} is not for a model with a CRF, which labels words by \
         their first pieces; take first"
    )]
    StrategyOfCrf {
        /// The one that was asked for.
        strategy: &'static str,
    },
    /// A text that the model has no positions for.
    #[error("the text has {tokens} tokens and the model has positions for {positions}")]
    TooLong {
        /// Of the text, special tokens included.
        tokens: usize,
        /// How many tokens the model takes.
        positions: usize,
    },
    /// See [`TokenizerError`].
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// See [`DataError`].
    #[error(transparent)]
    Data(#[from] DataError),
    /// See [`SquadError`].
    #[error(transparent)]
    Squad(Box<SquadError>),
    /// See [`InputError`].
    #[error(transparent)]
    Input(#[from] InputError),
}

// Boxed, because every answer would be as large as the largest error otherwise.
impl From<FolderError> for PredictionError {
    fn from(error: FolderError) -> Self {
        Self::Folder(Box::new(error))
    }
}

impl From<SquadError> for PredictionError {
    fn from(error: SquadError) -> Self {
        Self::Squad(Box::new(error))
    }
}

/// The model with a trained head of a folder that was opened.
pub(crate) fn load<B: Backend, M: TaskModel<B>>(
    opened: &ModelFolder,
    folder: &Path,
    device: &B::Device,
) -> Result<M, PredictionError> {
    Ok(opened.load_trained(folder, device)?.0)
}

/// From a batch to what the head says of it.
pub(crate) type Forward<B, T> = dyn Fn(&BertInput<B>) -> T + Send + Sync;

/// A model that only answers, as predictors have it: what it was made with, and `F`, which is left of
/// it.
pub(crate) struct Prepared<B: Backend, F: ?Sized> {
    pub(crate) settings: ModelSettings,
    device: B::Device,
    pub(crate) forward: Box<F>,
}

impl<B: BertBackend, F: ?Sized> Prepared<B, F> {
    /// `prepare` makes of the model what answers.
    pub(crate) fn new<M: TaskModel<B>>(model: M, prepare: impl FnOnce(M) -> Box<F>) -> Self {
        Self {
            settings: model.settings().clone(),
            device: model.devices()[0].clone(),
            forward: prepare(model),
        }
    }

    /// Where it is.
    pub(crate) fn device(&self) -> &B::Device {
        &self.device
    }

    /// As [`TaskModel::input`].
    pub(crate) fn input(&self, batch: &PaddedBatch) -> Result<BertInput<B>, InputError> {
        self.settings.input(batch, &self.device)
    }
}
