//! What the examples run on when nothing is given: sentence pairs that the project ships, and a
//! BERT that is small enough to learn them from scratch on any machine.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bert_core::config::BertConfig;
use bert_data::{BertTokenizer, Casing};
use bert_tasks::ModelFolder;
use bert_tasks::training::{TrainingArguments, TrainingError};

/// The folder with `train.tsv`, `dev.tsv` and `vocab.txt` in MRPC's layout.
pub fn paraphrases() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/paraphrases")
}

/// A BERT of two layers and 128 wide with the sample's vocabulary.
///
/// # Errors
/// When the sample is not where it was when the program was compiled.
pub fn small_bert() -> Result<ModelFolder, TrainingError> {
    small_bert_with(&paraphrases().join("vocab.txt"), 128, 0.02)
}

/// With the vocabulary of a sample, so many positions, and fresh weights of this standard
/// deviation.
fn small_bert_with(
    vocabulary: &Path,
    positions: usize,
    initializer_range: f64,
) -> Result<ModelFolder, TrainingError> {
    let tokenizer = BertTokenizer::from_vocab(vocabulary, Casing::Uncased)?;
    let config = BertConfig {
        vocab_size: tokenizer.vocab_size(),
        hidden_size: 128,
        num_hidden_layers: 2,
        num_attention_heads: 2,
        intermediate_size: 512,
        max_position_embeddings: positions,
        initializer_range,
        ..BertConfig::default()
    };
    ModelFolder::new(config, tokenizer)
}

/// What a model from scratch needs: a higher learning rate and more passes than fine-tuning.
pub fn from_scratch_arguments() -> TrainingArguments {
    TrainingArguments {
        learning_rate: 5e-4,
        num_train_epochs: 10,
        train_batch_size: NonZeroUsize::new(16).expect("written here, above zero"),
        ..TrainingArguments::default()
    }
}

/// The folder with `train.json`, `dev.json` and `vocab.txt` in SQuAD's shape.
pub fn questions() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/questions")
}

/// The passages of the questions as plain text: a paragraph a line, a blank line between documents.
pub fn passages() -> PathBuf {
    questions().join("passages.txt")
}

/// The same small BERT with the vocabulary of the questions. Attention that looks for a word of the
/// question in the passage comes about sooner from larger weights.
///
/// # Errors
/// When the sample is not where it was when the program was compiled.
pub fn small_bert_for_questions() -> Result<ModelFolder, TrainingError> {
    small_bert_with(&questions().join("vocab.txt"), 256, 0.05)
}

/// What it needs to learn them from scratch.
pub fn questions_from_scratch() -> TrainingArguments {
    TrainingArguments {
        learning_rate: 1e-3,
        max_seq_length: 256,
        ..from_scratch_arguments()
    }
}
