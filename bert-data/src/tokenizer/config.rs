//! `tokenizer_config.json`: the settings of it that change ids, and the ones written back.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use tokenizers::{NormalizerWrapper, Tokenizer};

use super::{BertTokenizer, CLS, MASK, PAD, SEP, TokenizerError, UNK, error};

/// Positions of the released BERT models.
pub(super) const MODEL_MAX_LENGTH: usize = 512;

/// What a folder's `tokenizer_config.json` says; all `None` if there is no such file.
#[derive(Debug, Default, Deserialize)]
pub(super) struct TokenizerConfig {
    pub do_lower_case: Option<bool>,
    strip_accents: Option<bool>,
    tokenize_chinese_chars: Option<bool>,
    // transformers writes 1e30 for "no limit", more than any integer type here holds.
    model_max_length: Option<f64>,
}

impl TokenizerConfig {
    pub(super) fn read(dir: &Path) -> Result<Self, TokenizerError> {
        let file = dir.join("tokenizer_config.json");
        if !file.is_file() {
            return Ok(Self::default());
        }
        serde_json::from_slice(&error::read(&file)?)
            .map_err(|source| TokenizerError::Config { file, source })
    }

    /// The maximum length, unless it is transformers' "no limit".
    pub(super) fn model_max_length(&self) -> Option<usize> {
        self.model_max_length
            .filter(|length| (1.0..1e9).contains(length))
            .map(|l| l as usize)
    }

    /// Sets what the file names on BERT's normalizer; another normalizer stays as it is.
    pub(super) fn apply(
        &self,
        tokenizer: &mut Tokenizer,
        dir: &Path,
    ) -> Result<(), TokenizerError> {
        let Some(NormalizerWrapper::BertNormalizer(mut bert)) = tokenizer.get_normalizer().cloned()
        else {
            return Ok(());
        };
        bert.lowercase = self.do_lower_case.unwrap_or(bert.lowercase);
        bert.strip_accents = self.strip_accents.or(bert.strip_accents);
        bert.handle_chinese_chars = self
            .tokenize_chinese_chars
            .unwrap_or(bert.handle_chinese_chars);
        tokenizer
            .with_normalizer(Some(bert))
            .map_err(|source| TokenizerError::Invalid {
                file: dir.to_owned(),
                source,
            })?;
        Ok(())
    }
}

/// The `tokenizer_config.json` with which transformers rebuilds `tokenizer`.
pub(super) fn to_json(tokenizer: &BertTokenizer) -> Value {
    let (strip_accents, tokenize_chinese_chars) = match tokenizer.inner.get_normalizer() {
        Some(NormalizerWrapper::BertNormalizer(b)) => (b.strip_accents, b.handle_chinese_chars),
        _ => (None, true),
    };
    json!({
        "tokenizer_class": "BertTokenizer",
        "do_lower_case": tokenizer.casing().do_lower_case(),
        "strip_accents": strip_accents,
        "tokenize_chinese_chars": tokenize_chinese_chars,
        "model_max_length": tokenizer.model_max_length,
        "pad_token": PAD,
        "unk_token": UNK,
        "cls_token": CLS,
        "sep_token": SEP,
        "mask_token": MASK,
    })
}
