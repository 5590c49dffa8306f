//! The preconditions of a model, checked once so that no layer has to.

use super::{BertConfig, ConfigError};

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

    /// Checks that the numbers make a model.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] names the key, the value, and what would be right.
    pub fn check(&self) -> Result<(), ConfigError> {
        let invalid = |reason: String| Err(ConfigError::invalid(reason));

        if self.model_type != "bert" {
            return invalid(format!(
                "model_type is `{}`; only `bert` can be loaded",
                self.model_type
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
        if self.pad_token_id >= self.vocab_size {
            return invalid(format!(
                "pad_token_id {} is outside the vocabulary of {}",
                self.pad_token_id, self.vocab_size
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
        Ok(())
    }
}
