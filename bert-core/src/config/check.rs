//! The preconditions of a model, checked once so that no layer has to.

use super::{Architecture, BertConfig, ConfigError, ProblemType};

/// The most labels of a head that is described by their number alone.
pub(super) const MAX_LABELS: usize = 1 << 20;

/// The most layers. The largest BERT that was published has 48.
const MAX_LAYERS: usize = 1024;

/// The most parameters: a quarter of a terabyte in f32. The largest BERT that was published has
/// 3.9 billion. What is more is a slip of the keyboard, and would end in a lack of memory.
const MAX_PARAMETERS: u128 = 1 << 36;

impl BertConfig {
    /// Checks that the last matrix of a masked-LM head is to be the table of word embeddings.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] where `tie_word_embeddings` is false.
    pub fn check_tied_embeddings(&self) -> Result<(), ConfigError> {
        match self.extra.get("tie_word_embeddings") {
            Some(serde_json::Value::Bool(false)) => Err(ConfigError::invalid(
                "tie_word_embeddings is false; only heads that share the word embeddings can be \
                 loaded"
                    .to_owned(),
            )),
            _ => Ok(()),
        }
    }

    /// Checks that there are as many labels as their meaning takes: one for a number, two or more
    /// to pick one of.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] where `problem_type` and `id2label` say otherwise.
    pub fn check_problem(&self) -> Result<(), ConfigError> {
        match (self.problem(), self.num_labels()) {
            (ProblemType::Regression, 1) | (ProblemType::MultiLabelClassification, 1..) => Ok(()),
            (ProblemType::SingleLabelClassification, 2..) => Ok(()),
            (ProblemType::Regression, labels) => Err(ConfigError::invalid(format!(
                "problem_type is regression and there are {labels} labels; a text is given one \
                 number, so there must be one label"
            ))),
            (_, labels) => Err(ConfigError::invalid(format!(
                "problem_type is single_label_classification and there is {labels} label; a class \
                 is picked of two or more"
            ))),
        }
    }

    /// Checks that `architectures` names no class whose head has the name of a classifier of whole
    /// texts and another meaning.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] names the class.
    pub fn check_classifies_texts(&self) -> Result<(), ConfigError> {
        const OTHERS: [&str; 2] = ["BertForTokenClassification", "BertForMultipleChoice"];
        let is_other = |class: &&String| OTHERS.contains(&class.as_str());
        match self.architectures.iter().find(is_other) {
            Some(class) => Err(ConfigError::invalid(format!(
                "architectures is {class}, whose classifier is not one of whole texts; fine-tune \
                 the model for those first"
            ))),
            None => Ok(()),
        }
    }

    /// Checks that a classifier of a saved model is one of tokens, as far as `architectures` tells.
    ///
    /// # Errors
    /// When it is one of whole texts.
    pub fn check_classifies_tokens(&self) -> Result<(), ConfigError> {
        const OTHERS: [&str; 2] = ["BertForSequenceClassification", "BertForMultipleChoice"];
        let is_other = |class: &&String| OTHERS.contains(&class.as_str());
        match self.architectures.iter().find(is_other) {
            Some(class) => Err(ConfigError::invalid(format!(
                "architectures is {class}, whose classifier is not one of tokens; fine-tune the \
                 model for those first"
            ))),
            None => Ok(()),
        }
    }

    /// Checks that the numbers make a model.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] names the key, the value, and what would be right.
    pub fn check(&self) -> Result<(), ConfigError> {
        let invalid = |reason: String| Err(ConfigError::invalid(reason));

        if Architecture::of(&self.model_type).is_none() {
            let known = Architecture::ALL.map(|known| format!("`{}`", known.model_type));
            return invalid(format!(
                "model_type is `{}`; only {} can be loaded",
                self.model_type,
                known.join(" and ")
            ));
        }
        let sizes = [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
            ("max_position_embeddings", self.max_position_embeddings),
            ("type_vocab_size", self.type_vocab_size),
        ];
        if let Some((key, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            return invalid(format!("{key} is 0; it must be at least 1"));
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return invalid(format!(
                "hidden_size {} is not divisible by num_attention_heads {}",
                self.hidden_size, self.num_attention_heads
            ));
        }
        if self.num_hidden_layers > MAX_LAYERS {
            return invalid(format!(
                "num_hidden_layers is {}; it must be at most {MAX_LAYERS}",
                self.num_hidden_layers
            ));
        }
        let parameters = self.num_parameters();
        if parameters.is_none_or(|number| number > MAX_PARAMETERS) {
            return invalid(format!(
                "vocab_size {}, hidden_size {}, num_hidden_layers {}, intermediate_size {}, \
                 max_position_embeddings {} and type_vocab_size {} make a model of more than \
                 {MAX_PARAMETERS} parameters",
                self.vocab_size,
                self.hidden_size,
                self.num_hidden_layers,
                self.intermediate_size,
                self.max_position_embeddings,
                self.type_vocab_size
            ));
        }
        if let Some(id) = self.pad_token_id
            && self.padding_idx().is_none_or(|row| row >= self.vocab_size)
        {
            return invalid(format!(
                "pad_token_id {id} is outside the vocabulary of {}",
                self.vocab_size
            ));
        }
        let probabilities = [
            ("hidden_dropout_prob", self.hidden_dropout_prob),
            (
                "attention_probs_dropout_prob",
                self.attention_probs_dropout_prob,
            ),
            ("classifier_dropout", self.classifier_dropout_prob()),
        ];
        // As f32, which it is drawn in: what is only just below 1 is 1 there.
        let possible = |p: f64| p >= 0.0 && (p as f32) < 1.0;
        if let Some((key, p)) = probabilities.iter().find(|(_, p)| !possible(*p)) {
            return invalid(format!("{key} is {p}; it must be at least 0 and below 1"));
        }
        if !(self.layer_norm_eps > 0.0 && self.layer_norm_eps < 1.0) {
            return invalid(format!(
                "layer_norm_eps is {}; it must be a small positive number such as 1e-12",
                self.layer_norm_eps
            ));
        }
        if !(self.initializer_range > 0.0 && self.initializer_range.is_finite()) {
            return invalid(format!(
                "initializer_range is {}; it must be a positive number such as 0.02",
                self.initializer_range
            ));
        }
        if let Some(labels) = &self.id2label
            && labels.keys().copied().ne(0..labels.len())
        {
            return invalid("id2label must name the ids 0, 1, 2, ... without a gap".to_owned());
        }
        self.check_extra()
    }

    /// How many parameters the trunk has, but for biases and LayerNorm; `None` if that overflows.
    fn num_parameters(&self) -> Option<u128> {
        let hidden = self.hidden_size as u128;
        let rows = self.vocab_size as u128
            + self.max_position_embeddings as u128
            + self.type_vocab_size as u128;
        let columns = hidden
            .checked_mul(4)?
            .checked_add(2 * self.intermediate_size as u128)?;
        let layers = columns.checked_mul(self.num_hidden_layers as u128)?;
        rows.checked_add(layers)?.checked_mul(hidden)
    }
}
