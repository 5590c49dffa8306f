//! What can stop a training.

use bert_core::config::ConfigError;
use bert_core::files::FileError;
use bert_core::model::InputError;
use bert_core::weights::WeightsError;
use bert_data::{DataError, TokenizerError};

/// Why a training could not start, or could not go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// A hyperparameter that makes no run.
    #[error("--{flag} is {value}; it must be {expected}")]
    Argument {
        /// The flag without its dashes.
        flag: &'static str,
        /// The value given.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The loss became infinite or not a number.
    #[error(
        "the loss is {loss} at epoch {epoch}, step {step} (learning rate {learning_rate:e}, \
         examples {}); the model of that step was not kept; try a lower --learning-rate",
        indices(examples)
    )]
    NonFiniteLoss {
        /// The loss.
        loss: f64,
        /// Epoch, from 1.
        epoch: usize,
        /// Optimizer step of the run, from 1.
        step: usize,
        /// The learning rate of that step.
        learning_rate: f64,
        /// Which examples of the split were in the batch.
        examples: Vec<usize>,
    },
    /// A split has no label where training or scoring needs one.
    #[error("example {index} of the {split} split has no label")]
    NoLabel {
        /// "train" or "dev".
        split: &'static str,
        /// The example, from 0.
        index: usize,
    },
    /// The tokenizer makes ids that the model has no embedding for.
    #[error(
        "the vocabulary has {vocabulary} entries and the model has embeddings for {embeddings}; \
         vocab.txt and config.json do not belong together"
    )]
    Vocabulary {
        /// Entries of the tokenizer.
        vocabulary: usize,
        /// `vocab_size` of the model.
        embeddings: usize,
    },
    /// Sequences would be longer than the positions that the model has.
    #[error(
        "--max-seq-length {max_seq_length} is beyond the model's {positions} positions; \
         use at most {positions}"
    )]
    TooLong {
        /// The flag's value.
        max_seq_length: usize,
        /// `max_position_embeddings` of the model.
        positions: usize,
    },
    /// See [`ConfigError`].
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// See [`WeightsError`].
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// See [`InputError`].
    #[error(transparent)]
    Input(#[from] InputError),
    /// See [`TokenizerError`].
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// See [`DataError`].
    #[error(transparent)]
    Data(#[from] DataError),
    /// See [`FileError`].
    #[error(transparent)]
    File(#[from] FileError),
}

fn indices(examples: &[usize]) -> String {
    const SHOWN: usize = 32;
    let mut text: Vec<String> = examples.iter().take(SHOWN).map(usize::to_string).collect();
    if examples.len() > SHOWN {
        text.push("...".to_owned());
    }
    text.join(" ")
}
