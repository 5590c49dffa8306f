//! What the special tokens are called.

use serde::Deserialize;
use tokenizers::AddedToken;

use super::{CLS, MASK, PAD, SEP, UNK};

/// A token as transformers writes it down: its text, or an object with the text in it.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a token: a string, or an object with `content`"
)]
pub(super) enum TokenEntry {
    /// Its text.
    Text(String),
    /// With its settings.
    Object {
        /// Its text.
        content: String,
        #[serde(default)]
        lstrip: bool,
        #[serde(default)]
        rstrip: bool,
        #[serde(default)]
        single_word: bool,
        normalized: Option<bool>,
        special: Option<bool>,
    },
}

impl TokenEntry {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Object { content, .. } => content,
        }
    }

    /// For the tokenizers library. `special` is what it is where the entry does not say.
    pub(super) fn to_added(&self, special: bool) -> AddedToken {
        let plain = |special| AddedToken::from(self.text().to_owned(), special);
        match *self {
            Self::Text(_) => plain(special),
            Self::Object {
                lstrip,
                rstrip,
                single_word,
                normalized,
                special: said,
                ..
            } => {
                let special = said.unwrap_or(special);
                plain(special)
                    .lstrip(lstrip)
                    .rstrip(rstrip)
                    .single_word(single_word)
                    .normalized(normalized.unwrap_or(!special))
            }
        }
    }
}

/// The names under which a vocabulary has BERT's special tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SpecialNames {
    pub(super) pad: String,
    pub(super) unk: String,
    pub(super) cls: String,
    pub(super) sep: String,
    pub(super) mask: String,
}

impl Default for SpecialNames {
    fn default() -> Self {
        Self {
            pad: PAD.to_owned(),
            unk: UNK.to_owned(),
            cls: CLS.to_owned(),
            sep: SEP.to_owned(),
            mask: MASK.to_owned(),
        }
    }
}

impl SpecialNames {
    /// In the order of BERT's vocabularies.
    pub(super) fn all(&self) -> [&str; 5] {
        [&self.pad, &self.unk, &self.cls, &self.sep, &self.mask]
    }
}
