//! Whether a vocabulary keeps capital letters.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tokenizers::{NormalizedString, Normalizer, Tokenizer};

use super::config::TokenizerConfig;
use super::{TokenizerError, vocab};
use crate::error::UnknownName;

/// What a BERT vocabulary does with case. In Hugging Face's words, `do_lower_case` is true if
/// uncased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Casing {
    /// Letters stay as they are.
    Cased,
    /// Letters are lowered and accents stripped.
    Uncased,
}

impl Casing {
    /// Casing of a model folder with a `vocab.txt`.
    ///
    /// `do_lower_case` of its `tokenizer_config.json` if that is there. Google's releases have no
    /// such file: then a vocabulary with an upper-case letter outside its bracketed tokens
    /// (`[CLS]`, `[unused1]`) is cased.
    ///
    /// # Errors
    /// If one of the files cannot be read.
    pub fn guess(dir: impl AsRef<Path>) -> Result<Self, TokenizerError> {
        let dir = dir.as_ref();
        if let Some(do_lower_case) = TokenizerConfig::read(dir)?.do_lower_case {
            return Ok(Self::from_do_lower_case(do_lower_case));
        }
        let tokens = vocab::read(&dir.join("vocab.txt"))?;
        let bracketed = |token: &str| token.starts_with('[') && token.ends_with(']');
        let cased = tokens
            .iter()
            .filter(|token| !bracketed(token))
            .any(|token| token.chars().any(char::is_uppercase));
        Ok(Self::from_do_lower_case(!cased))
    }

    /// Casing of Hugging Face's flag.
    pub fn from_do_lower_case(do_lower_case: bool) -> Self {
        if do_lower_case {
            Self::Uncased
        } else {
            Self::Cased
        }
    }

    /// Hugging Face's flag for it.
    pub fn do_lower_case(self) -> bool {
        self == Self::Uncased
    }
}

impl fmt::Display for Casing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cased => "cased",
            Self::Uncased => "uncased",
        })
    }
}

impl FromStr for Casing {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match name {
            "cased" => Ok(Self::Cased),
            "uncased" => Ok(Self::Uncased),
            _ => Err(UnknownName {
                what: "casing",
                value: name.to_owned(),
                allowed: "cased, uncased",
            }),
        }
    }
}

/// Casing of a tokenizer, by trying it: a `tokenizer.json` can lower case in several ways.
pub(super) fn of(tokenizer: &Tokenizer) -> Casing {
    let mut letter = NormalizedString::from("A");
    let lowered = match tokenizer.get_normalizer() {
        Some(normalizer) => normalizer.normalize(&mut letter).is_ok() && letter.get() == "a",
        None => false,
    };
    Casing::from_do_lower_case(lowered)
}
