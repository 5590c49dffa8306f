//! A model folder with a classification head.

use std::path::Path;

use bert_core::config::{BertConfig, ProblemType};
use bert_core::files::{FileError, replace_files};
use bert_core::weights::{LoadPolicy, LoadReport, load_folder, write_safetensors};
use bert_data::BertTokenizer;
use burn::tensor::backend::Backend;

use super::BertForSequenceClassification;
use crate::training::TrainingError;

/// A model folder as it is on disk, its configuration and tokenizer read and checked against each
/// other; the weights come with [`load`](Self::load).
pub struct SequenceFolder {
    /// `config.json` or `bert_config.json`.
    pub config: BertConfig,
    /// From `tokenizer.json` or `vocab.txt`.
    pub tokenizer: BertTokenizer,
}

impl SequenceFolder {
    /// Reads configuration and tokenizer.
    ///
    /// # Errors
    /// When one is missing or wrong, or the vocabulary is larger than the embeddings.
    pub fn open(folder: &Path) -> Result<Self, TrainingError> {
        let config = BertConfig::from_folder(folder)?;
        let tokenizer = BertTokenizer::from_folder(folder)?;
        Self::new(config, tokenizer)
    }

    /// Of parts that come from elsewhere.
    ///
    /// # Errors
    /// When the vocabulary is larger than the embeddings.
    pub fn new(config: BertConfig, tokenizer: BertTokenizer) -> Result<Self, TrainingError> {
        if tokenizer.vocab_size() > config.vocab_size {
            return Err(TrainingError::Vocabulary {
                vocabulary: tokenizer.vocab_size(),
                embeddings: config.vocab_size,
            });
        }
        Ok(Self { config, tokenizer })
    }

    /// Names the labels, which decides how many the head has.
    pub fn set_labels<S: AsRef<str>>(&mut self, names: &[S]) {
        self.config.set_labels(names);
        self.config.problem_type = Some(ProblemType::SingleLabelClassification);
    }

    /// A model with the weights of `folder`; what `policy` allows to be missing is fresh, drawn
    /// from `seed`.
    ///
    /// # Errors
    /// See [`load_folder`].
    pub fn load<B: Backend>(
        &self,
        folder: &Path,
        policy: &LoadPolicy,
        seed: u64,
        device: &B::Device,
    ) -> Result<(BertForSequenceClassification<B>, LoadReport), TrainingError> {
        let model = BertForSequenceClassification::new(&self.config, seed, device)?;
        Ok(load_folder(model, folder, policy)?)
    }

    /// Saves `model` so that `transformers` opens it: `config.json`, `model.safetensors`,
    /// `tokenizer.json`, `vocab.txt`. Files of the same names are replaced, each as a whole.
    ///
    /// # Errors
    /// When something cannot be written; what was there before is then still there.
    pub fn save<B: Backend>(
        &self,
        model: &BertForSequenceClassification<B>,
        folder: &Path,
    ) -> Result<(), TrainingError> {
        replace_files(folder, |staging| self.write(model, staging))
    }

    /// Writes the same files into a folder that nobody reads yet.
    ///
    /// # Errors
    /// When something cannot be written.
    pub fn write<B: Backend>(
        &self,
        model: &BertForSequenceClassification<B>,
        folder: &Path,
    ) -> Result<(), TrainingError> {
        let mut config = self.config.clone();
        config.architectures = vec!["BertForSequenceClassification".to_owned()];
        // Saved as f32, whatever the weights that training began with were stored as.
        for key in ["dtype", "torch_dtype"] {
            config.extra.remove(key);
        }
        let path = folder.join("config.json");
        std::fs::write(&path, config.to_json()).map_err(FileError::at("write", &path))?;
        write_safetensors(model, &folder.join("model.safetensors"))?;
        self.tokenizer.save(folder)?;
        Ok(())
    }
}
