//! What a BERT looks like: the numbers of `config.json` (Hugging Face) or `bert_config.json`
//! (Google), read, checked and written back without losing a key.

mod architecture;
mod check;
mod error;
mod hidden_act;
mod keys;
mod lenient;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use architecture::Architecture;
pub use error::ConfigError;
pub use hidden_act::HiddenAct;

/// File names that a model folder may hold its configuration under, in the order of preference.
pub const CONFIG_FILES: [&str; 2] = ["config.json", "bert_config.json"];

/// The configuration of a BERT model, with Hugging Face's names and defaults.
///
/// Google's files have a subset of the keys; what they lack takes the default that
/// `transformers.BertConfig` gives it. Keys that this struct does not know are kept in
/// [`extra`](Self::extra) and written back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BertConfig {
    /// Classes that the weights were saved from, for example `BertForSequenceClassification`.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "lenient::null_as_default"
    )]
    pub architectures: Vec<String>,
    /// The kind of encoder; `bert` for all models that this crate can run. See
    /// [`architecture`](Self::architecture).
    #[serde(deserialize_with = "lenient::model_type")]
    pub model_type: String,
    /// Number of entries of the vocabulary.
    pub vocab_size: usize,
    /// Width of the hidden states.
    pub hidden_size: usize,
    /// Number of encoder layers.
    pub num_hidden_layers: usize,
    /// Attention heads per layer; divides `hidden_size`.
    pub num_attention_heads: usize,
    /// Width between the two dense layers of the feed-forward block.
    pub intermediate_size: usize,
    /// Activation of the feed-forward block.
    pub hidden_act: HiddenAct,
    /// Dropout after embeddings, attention output and feed-forward output.
    pub hidden_dropout_prob: f64,
    /// Dropout on the attention probabilities.
    pub attention_probs_dropout_prob: f64,
    /// The longest sequence, in tokens.
    pub max_position_embeddings: usize,
    /// Number of segments (token types).
    pub type_vocab_size: usize,
    /// Standard deviation of freshly initialised weights.
    pub initializer_range: f64,
    /// Added to the variance in every LayerNorm.
    pub layer_norm_eps: f64,
    /// Id of `[PAD]`, whose word embedding is initialised to zero; negative ones count from the end
    /// of the vocabulary, as in PyTorch, and `None` is no such id. See
    /// [`padding_idx`](Self::padding_idx).
    pub pad_token_id: Option<i64>,
    /// Where positions come from.
    #[serde(deserialize_with = "lenient::null_as_default")]
    pub position_embedding_type: PositionEmbedding,
    /// Dropout before a classification head; `hidden_dropout_prob` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classifier_dropout: Option<f64>,
    /// Label names of a classification head by id. A file with `num_labels` alone gets the names
    /// that `transformers` gives: `LABEL_0`, `LABEL_1`, ...
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::id2label"
    )]
    pub id2label: Option<BTreeMap<usize, String>>,
    /// The inverse of `id2label`.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::label2id"
    )]
    pub label2id: Option<BTreeMap<String, usize>>,
    /// What a classification head predicts, in `transformers`' words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem_type: Option<ProblemType>,
    /// Every other key of the file.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Where a token's position enters the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PositionEmbedding {
    /// A learned vector per position, as in every released BERT.
    #[default]
    Absolute,
    /// The fixed sines and cosines of "Attention Is All You Need", section 3.5. Not known to
    /// `transformers`' BERT.
    Sinusoidal,
}

/// What the labels of a classification head mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemType {
    /// One number; mean squared error.
    Regression,
    /// One of several classes; cross entropy.
    SingleLabelClassification,
    /// Any of several classes; binary cross entropy.
    MultiLabelClassification,
}

impl Default for BertConfig {
    /// BERT-base, uncased, as `transformers.BertConfig()` has it.
    fn default() -> Self {
        Self {
            architectures: Vec::new(),
            model_type: Architecture::BERT.model_type.to_owned(),
            vocab_size: 30522,
            hidden_size: 768,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            intermediate_size: 3072,
            hidden_act: HiddenAct::Gelu,
            hidden_dropout_prob: 0.1,
            attention_probs_dropout_prob: 0.1,
            max_position_embeddings: 512,
            type_vocab_size: 2,
            initializer_range: 0.02,
            layer_norm_eps: 1e-12,
            pad_token_id: Some(0),
            position_embedding_type: PositionEmbedding::Absolute,
            classifier_dropout: None,
            id2label: None,
            label2id: None,
            problem_type: None,
            extra: Map::new(),
        }
    }
}

impl BertConfig {
    /// Reads and checks the configuration of a model folder: `config.json`, else
    /// `bert_config.json`.
    ///
    /// # Errors
    /// When neither file is there, it is not JSON of the right types, or its numbers do not make
    /// a model (see [`check`](Self::check)).
    pub fn from_folder(folder: &Path) -> Result<Self, ConfigError> {
        if !folder.is_dir() {
            return Err(ConfigError::NoFolder {
                folder: folder.to_path_buf(),
            });
        }
        let file = CONFIG_FILES
            .iter()
            .map(|name| folder.join(name))
            .find(|path| path.is_file());
        match file {
            Some(path) => Self::from_file(&path),
            None => Err(ConfigError::NoConfig {
                folder: folder.to_path_buf(),
            }),
        }
    }

    /// Reads and checks one configuration file.
    ///
    /// # Errors
    /// As [`from_folder`](Self::from_folder).
    pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let read: Result<Self, _> = crate::json::read(path);
        let mut config = read.map_err(|error| ConfigError::unread(path, error))?;
        let named = config.name_labels().and_then(|()| config.check());
        named.map_err(|reason| reason.in_file(path))?;
        Ok(config)
    }

    /// Takes `num_labels` out of [`extra`](Self::extra). It decides where `id2label` is not there,
    /// and nothing where it is: so do `transformers`.
    fn name_labels(&mut self) -> Result<(), ConfigError> {
        if self.id2label.as_ref().is_some_and(BTreeMap::is_empty) {
            self.id2label = None;
        }
        let Some(value) = self.extra.shift_remove("num_labels") else {
            return Ok(());
        };
        if self.id2label.is_some() || value.is_null() {
            return Ok(());
        }
        let number = value
            .as_u64()
            .and_then(|number| usize::try_from(number).ok());
        match number {
            Some(number @ 1..=check::MAX_LABELS) => {
                let names: Vec<String> = (0..number).map(default_label).collect();
                self.set_labels(&names);
                Ok(())
            }
            _ => Err(ConfigError::invalid(format!(
                "num_labels is {value}; it must be a number from 1 to {}",
                check::MAX_LABELS
            ))),
        }
    }

    /// The text of a `config.json` that `transformers` reads.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a config is plain data");
        text.push('\n');
        text
    }

    /// Width of one attention head: `hidden_size / num_attention_heads`.
    pub fn head_size(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }

    /// The row of the word embeddings that is zero in a fresh model, if there is one.
    pub fn padding_idx(&self) -> Option<usize> {
        let id = self.pad_token_id?;
        let from_the_end = || {
            self.vocab_size
                .checked_sub(usize::try_from(id.unsigned_abs()).ok()?)
        };
        match usize::try_from(id) {
            Ok(row) => Some(row),
            Err(_) => from_the_end(),
        }
    }

    /// How many labels there are; two where none is named, as in `transformers`.
    pub fn num_labels(&self) -> usize {
        self.id2label.as_ref().map_or(2, |labels| labels.len())
    }

    /// What the scores of the labels mean: `problem_type` and, where it is not said, a number of one
    /// label and one class of several, as in `transformers`.
    pub fn problem(&self) -> ProblemType {
        self.problem_type.unwrap_or(match self.num_labels() {
            1 => ProblemType::Regression,
            _ => ProblemType::SingleLabelClassification,
        })
    }

    /// How probable a class has to be to apply, where several can: `threshold`, which
    /// `transformers` keeps and does not know; 0.5 where it is not there.
    pub fn threshold(&self) -> f64 {
        let threshold = self.extra.get("threshold").and_then(Value::as_f64);
        let possible = threshold.filter(|threshold| (0.0..=1.0).contains(threshold));
        possible.unwrap_or(0.5)
    }

    /// Sets [`threshold`](Self::threshold).
    pub fn set_threshold(&mut self, threshold: f64) {
        self.extra.insert("threshold".to_owned(), threshold.into());
    }

    /// Whether the labels of tokens have a CRF on top: `crf`, which `transformers` keeps and does
    /// not know.
    pub fn crf(&self) -> bool {
        self.extra.get("crf").and_then(Value::as_bool) == Some(true)
    }

    /// Sets [`crf`](Self::crf).
    pub fn set_crf(&mut self, crf: bool) {
        match crf {
            true => self.extra.insert("crf".to_owned(), true.into()),
            false => self.extra.remove("crf"),
        };
    }

    /// What a label is called: `LABEL_` and its number where `id2label` does not say.
    pub fn label_name(&self, label: usize) -> String {
        let name = self.id2label.as_ref().and_then(|names| names.get(&label));
        name.cloned().unwrap_or_else(|| default_label(label))
    }

    /// Dropout before a classification head.
    pub fn classifier_dropout_prob(&self) -> f64 {
        self.classifier_dropout.unwrap_or(self.hidden_dropout_prob)
    }

    /// Sets `id2label`, `label2id` from names in the order of their ids.
    pub fn set_labels<S: AsRef<str>>(&mut self, names: &[S]) {
        let names = names.iter().map(|name| name.as_ref().to_owned());
        self.label2id = Some(
            names
                .clone()
                .enumerate()
                .map(|(id, name)| (name, id))
                .collect(),
        );
        self.id2label = Some(names.enumerate().collect());
    }
}

fn default_label(label: usize) -> String {
    format!("LABEL_{label}")
}

#[cfg(test)]
mod tests;
