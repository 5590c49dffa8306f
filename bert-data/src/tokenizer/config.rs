//! `tokenizer_config.json` and `special_tokens_map.json`: the settings that change ids, and the
//! ones written back. docs/config-keys.md lists what becomes of every key.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use tokenizers::{ModelWrapper, NormalizerWrapper, Tokenizer};

use super::class::Class;
use super::special::{SpecialNames, TokenEntry};
use super::{BertTokenizer, Casing, TokenizerError, json};

/// Positions of the released BERT models.
pub(super) const MODEL_MAX_LENGTH: usize = 512;

const CONFIG: &str = "tokenizer_config.json";

/// What a folder's `tokenizer_config.json` says; all `None` if there is no such file.
#[derive(Debug, Default, Deserialize)]
pub(super) struct TokenizerConfig {
    pub do_lower_case: Option<bool>,
    strip_accents: Option<bool>,
    tokenize_chinese_chars: Option<bool>,
    // transformers writes 1e30 for "no limit", more than any integer type here holds.
    model_max_length: Option<f64>,
    /// What transformers 2 called `model_max_length`.
    max_len: Option<f64>,
    tokenizer_class: Option<String>,
    /// What a model is given: without `token_type_ids`, all tokens are of the first segment.
    model_input_names: Option<Vec<String>>,
    truncation_side: Option<Side>,
    padding_side: Option<Side>,
    split_special_tokens: Option<bool>,
    pub added_tokens_decoder: Option<BTreeMap<u32, TokenEntry>>,
    #[serde(flatten)]
    tokens: NamedTokens,
}

/// The special tokens by their part, in `tokenizer_config.json` and `special_tokens_map.json`.
#[derive(Debug, Clone, Default, Deserialize)]
struct NamedTokens {
    pad_token: Option<TokenEntry>,
    unk_token: Option<TokenEntry>,
    cls_token: Option<TokenEntry>,
    sep_token: Option<TokenEntry>,
    mask_token: Option<TokenEntry>,
    bos_token: Option<TokenEntry>,
    eos_token: Option<TokenEntry>,
    additional_special_tokens: Option<Vec<TokenEntry>>,
    extra_special_tokens: Option<ExtraTokens>,
}

/// transformers 5 takes a list, or an object with names.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a list of tokens, or an object of them by name"
)]
enum ExtraTokens {
    List(Vec<TokenEntry>),
    Named(BTreeMap<String, TokenEntry>),
}

/// A side of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Side {
    /// Its end, in languages that are written from left to right.
    Right,
    /// Its beginning.
    Left,
}

impl TokenizerConfig {
    /// Reads `tokenizer_config.json`, and `special_tokens_map.json` where transformers reads it,
    /// too: where the former has no `added_tokens_decoder`.
    pub(super) fn read(dir: &Path) -> Result<Self, TokenizerError> {
        let mut config: Self = json::read(dir, CONFIG)?.unwrap_or_default();
        if config.added_tokens_decoder.is_none()
            && let Some(map) = json::read::<NamedTokens>(dir, "special_tokens_map.json")?
        {
            config.tokens = map.or(config.tokens);
        }
        if config.tokenizer_class.is_none() {
            config.tokenizer_class = json::read::<ModelConfig>(dir, "config.json")
                .ok() // What is wrong with it is told by whoever reads the whole.
                .flatten()
                .and_then(|model| model.tokenizer_class);
        }
        if config.padding_side == Some(Side::Left) {
            return Err(TokenizerError::LeftPadding {
                file: dir.join(CONFIG),
            });
        }
        Ok(config)
    }

    /// The class; BERT's where none is named.
    pub(super) fn class(&self, dir: &Path) -> Result<Class, TokenizerError> {
        let Some(name) = &self.tokenizer_class else {
            return Ok(Class::BERT);
        };
        Class::named(name).ok_or_else(|| TokenizerError::Class {
            dir: dir.to_owned(),
            class: name.clone(),
        })
    }

    /// The maximum length, unless it is transformers' "no limit".
    pub(super) fn model_max_length(&self) -> Option<usize> {
        self.model_max_length
            .or(self.max_len)
            .filter(|length| (1.0..1e9).contains(length))
            .map(|l| l as usize)
    }

    /// What the special tokens are called.
    pub(super) fn special_names(&self) -> SpecialNames {
        let bert = SpecialNames::default();
        let name = |entry: &Option<TokenEntry>, bert: String| {
            entry.as_ref().map_or(bert, |e| e.text().to_owned())
        };
        let NamedTokens {
            pad_token,
            unk_token,
            cls_token,
            sep_token,
            mask_token,
            ..
        } = &self.tokens;
        SpecialNames {
            pad: name(pad_token, bert.pad),
            unk: name(unk_token, bert.unk),
            cls: name(cls_token, bert.cls),
            sep: name(sep_token, bert.sep),
            mask: name(mask_token, bert.mask),
        }
    }

    /// Special tokens besides BERT's five, which the vocabulary may lack.
    pub(super) fn more_special_tokens(&self) -> Vec<&TokenEntry> {
        let tokens = &self.tokens;
        let extra = match &tokens.extra_special_tokens {
            Some(ExtraTokens::List(list)) => list.iter().collect(),
            Some(ExtraTokens::Named(named)) => named.values().collect(),
            None => Vec::new(),
        };
        let ends = tokens.bos_token.iter().chain(&tokens.eos_token);
        ends.chain(tokens.additional_special_tokens.iter().flatten())
            .chain(extra)
            .collect()
    }

    /// The segment of the second text of a pair.
    pub(super) fn second_segment(&self, class: Class) -> u32 {
        let has_segments = match &self.model_input_names {
            Some(names) => names.iter().any(|name| name == "token_type_ids"),
            None => {
                class
                    != Class::Bert {
                        has_segments: false,
                    }
            }
        };
        u32::from(has_segments)
    }

    /// Where texts that are too long lose their tokens; `None` where the file does not say.
    pub(super) fn truncation_side(&self) -> Option<Side> {
        self.truncation_side
    }

    /// Sets what the file names on BERT's normalizer; another normalizer stays as it is.
    /// `casing` is what somebody wants against the file.
    pub(super) fn apply(
        &self,
        tokenizer: &mut Tokenizer,
        casing: Option<Casing>,
        dir: &Path,
    ) -> Result<(), TokenizerError> {
        tokenizer.set_encode_special_tokens(self.split_special_tokens.unwrap_or(false));
        let do_lower_case = casing.map(Casing::do_lower_case).or(self.do_lower_case);
        let Some(NormalizerWrapper::BertNormalizer(mut bert)) = tokenizer.get_normalizer().cloned()
        else {
            return match casing {
                Some(casing) if super::casing::of(tokenizer) != casing => {
                    Err(TokenizerError::ForeignNormalizer {
                        dir: dir.to_owned(),
                    })
                }
                _ => Ok(()),
            };
        };
        bert.lowercase = do_lower_case.unwrap_or(bert.lowercase);
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

impl NamedTokens {
    /// What is named here, and `other` where nothing is.
    fn or(self, other: Self) -> Self {
        Self {
            pad_token: self.pad_token.or(other.pad_token),
            unk_token: self.unk_token.or(other.unk_token),
            cls_token: self.cls_token.or(other.cls_token),
            sep_token: self.sep_token.or(other.sep_token),
            mask_token: self.mask_token.or(other.mask_token),
            bos_token: self.bos_token.or(other.bos_token),
            eos_token: self.eos_token.or(other.eos_token),
            additional_special_tokens: self
                .additional_special_tokens
                .or(other.additional_special_tokens),
            extra_special_tokens: self.extra_special_tokens.or(other.extra_special_tokens),
        }
    }
}

/// The one key of `config.json` that is the tokenizer's.
#[derive(Deserialize)]
struct ModelConfig {
    tokenizer_class: Option<String>,
}

/// The `tokenizer_config.json` with which transformers rebuilds `tokenizer`.
pub(super) fn to_json(tokenizer: &BertTokenizer) -> Value {
    let (strip_accents, tokenize_chinese_chars) = match tokenizer.inner.get_normalizer() {
        Some(NormalizerWrapper::BertNormalizer(b)) => (b.strip_accents, b.handle_chinese_chars),
        _ => (None, true),
    };
    let names = &tokenizer.names;
    let mut config = json!({
        "tokenizer_class": match tokenizer.class {
            Class::Bert { .. } => "BertTokenizer",
            Class::File => "PreTrainedTokenizerFast",
        },
        "do_lower_case": tokenizer.casing().do_lower_case(),
        "strip_accents": strip_accents,
        "tokenize_chinese_chars": tokenize_chinese_chars,
        "model_max_length": tokenizer.model_max_length,
        "pad_token": names.pad,
        "unk_token": names.unk,
        "cls_token": names.cls,
        "sep_token": names.sep,
        "mask_token": names.mask,
    });
    // What most folders do not have is written only where it is needed.
    if tokenizer.second_segment == 0 {
        config["model_input_names"] = json!(["input_ids", "attention_mask"]);
    } else if tokenizer.class == Class::File {
        config["model_input_names"] = json!(["input_ids", "token_type_ids", "attention_mask"]);
    }
    if tokenizer.truncation_side == Side::Left {
        config["truncation_side"] = json!("left");
    }
    if tokenizer.inner.get_encode_special_tokens() {
        config["split_special_tokens"] = json!(true);
    }
    config
}

/// Whether a `vocab.txt` can stand for the tokenizer's model.
pub(super) fn is_word_piece(tokenizer: &Tokenizer) -> bool {
    matches!(tokenizer.get_model(), ModelWrapper::WordPiece(_))
}
