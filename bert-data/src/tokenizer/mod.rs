//! Text to token ids, with the same ids as Hugging Face's `BertTokenizer`.
//!
//! - [`BertTokenizer`] opens a model folder, a `tokenizer.json` or a `vocab.txt`.
//! - `vocab` reads `vocab.txt` and writes the `tokenizer.json` that it stands for.
//! - `config` is the part of `tokenizer_config.json` that changes ids; [`Casing`] is its main choice.
//! - `save` writes a folder that `transformers.AutoTokenizer` opens.
//!
//! The work on characters and word pieces is the `tokenizers` crate's.

mod casing;
mod config;
mod error;
mod save;
mod vocab;

use std::ops::Range;
use std::path::Path;

use tokenizers::Tokenizer;

pub use casing::Casing;
use config::TokenizerConfig;
pub use error::TokenizerError;

/// The names of BERT's special tokens in a vocabulary.
const PAD: &str = "[PAD]";
const UNK: &str = "[UNK]";
const CLS: &str = "[CLS]";
const SEP: &str = "[SEP]";
const MASK: &str = "[MASK]";
/// All of them, in the order of BERT's vocabularies.
pub(crate) const SPECIAL_TOKENS: [&str; 5] = [PAD, UNK, CLS, SEP, MASK];

/// Words with more characters are `[UNK]`.
pub(crate) const MAX_WORD_CHARS: usize = 100;

/// Ids of the special tokens in one vocabulary.
#[derive(Debug, Clone, Copy)]
struct SpecialIds {
    pad: u32,
    unk: u32,
    cls: u32,
    sep: u32,
    mask: u32,
}

/// BERT's tokenizer: basic tokenization, then WordPiece.
///
/// It truncates and pads nothing by itself: [`encode_pair`](Self::encode_pair) cuts to the length
/// asked for and [`PaddedBatch`](crate::PaddedBatch) pads. Settings for either in a
/// `tokenizer.json` are switched off on loading.
///
/// Source: `BertTokenizer` of Hugging Face transformers, `tokenization.py` of google-research/bert.
#[derive(Debug, Clone)]
pub struct BertTokenizer {
    inner: Tokenizer,
    special: SpecialIds,
    model_max_length: usize,
}

impl BertTokenizer {
    /// Opens a model folder: its `tokenizer.json`, or its `vocab.txt` if that is all there is.
    ///
    /// `do_lower_case`, `strip_accents` and `tokenize_chinese_chars` of a `tokenizer_config.json`
    /// win over the `tokenizer.json`, as they do in transformers. Without them and without a
    /// `tokenizer.json`, the casing is [guessed](Casing::guess) from the vocabulary.
    ///
    /// # Errors
    /// If neither file is there, one cannot be read, or the vocabulary lacks a special token.
    pub fn from_folder(dir: impl AsRef<Path>) -> Result<Self, TokenizerError> {
        let dir = dir.as_ref();
        let config = TokenizerConfig::read(dir)?;
        let tokenizer_json = dir.join("tokenizer.json");
        let vocab_txt = dir.join("vocab.txt");
        let mut tokenizer = if tokenizer_json.is_file() {
            Self::from_tokenizer_json(&tokenizer_json)?
        } else if vocab_txt.is_file() {
            Self::from_vocab(&vocab_txt, Casing::guess(dir)?)?
        } else {
            return Err(TokenizerError::NoTokenizer {
                dir: dir.to_owned(),
            });
        };
        config.apply(&mut tokenizer.inner, dir)?;
        if let Some(length) = config.model_max_length() {
            tokenizer.model_max_length = length;
        }
        Ok(tokenizer)
    }

    /// Opens a `tokenizer.json` of the Hugging Face `tokenizers` library.
    ///
    /// # Errors
    /// If the file cannot be read or understood, its ids have a gap, or it lacks one of `[PAD]`,
    /// `[UNK]`, `[CLS]`, `[SEP]`, `[MASK]`.
    pub fn from_tokenizer_json(path: impl AsRef<Path>) -> Result<Self, TokenizerError> {
        let path = path.as_ref();
        let bytes = error::read(path)?;
        Self::from_json_bytes(&bytes, path)
    }

    /// Builds the tokenizer of a `vocab.txt`: one token a line, the first line is id 0.
    ///
    /// The result equals that of transformers' `BertTokenizer` on the same file: text cleaned,
    /// CJK characters apart, accents stripped and letters lowered if `casing` is
    /// [`Casing::Uncased`], words over 100 characters unknown.
    ///
    /// # Errors
    /// If the file cannot be read, is empty or not UTF-8, has an empty line between tokens or a
    /// token twice, or lacks a special token.
    pub fn from_vocab(path: impl AsRef<Path>, casing: Casing) -> Result<Self, TokenizerError> {
        let path = path.as_ref();
        Self::from_tokens(&vocab::read(path)?, casing, path)
    }

    /// Builds the tokenizer of a vocabulary, whose tokens have the ids 0, 1, 2, ...; `file` is
    /// where they came from, for messages.
    pub(crate) fn from_tokens(
        tokens: &[String],
        casing: Casing,
        file: &Path,
    ) -> Result<Self, TokenizerError> {
        let json = vocab::tokenizer_json(tokens, casing, file)?;
        Self::from_json_bytes(json.to_string().as_bytes(), file)
    }

    /// `file` is where the bytes came from, for messages.
    fn from_json_bytes(bytes: &[u8], file: &Path) -> Result<Self, TokenizerError> {
        let invalid = |source| TokenizerError::Invalid {
            file: file.to_owned(),
            source,
        };
        let mut inner = Tokenizer::from_bytes(bytes).map_err(invalid)?;
        // all-MiniLM-L6-v2, for one, ships with both set to 128.
        inner.with_padding(None);
        inner.with_truncation(None).map_err(invalid)?;
        let id = |token: &'static str| {
            inner
                .token_to_id(token)
                .ok_or_else(|| TokenizerError::MissingSpecialToken {
                    token,
                    file: file.to_owned(),
                })
        };
        let special = SpecialIds {
            pad: id(PAD)?,
            unk: id(UNK)?,
            cls: id(CLS)?,
            sep: id(SEP)?,
            mask: id(MASK)?,
        };
        let tokenizer = Self {
            inner,
            special,
            model_max_length: config::MODEL_MAX_LENGTH,
        };
        let mut ids = 0..;
        if let Some((expected, (_, token))) = ids
            .by_ref()
            .zip(tokenizer.vocabulary())
            .find(|(expected, (id, _))| expected != id)
        {
            return Err(TokenizerError::Gap {
                file: file.to_owned(),
                id: expected,
                token,
            });
        }
        Ok(tokenizer)
    }

    /// Every (id, token), added tokens included, by ascending id.
    fn vocabulary(&self) -> Vec<(u32, String)> {
        let mut tokens: Vec<(u32, String)> = self
            .inner
            .get_vocab(true)
            .into_iter()
            .map(|(token, id)| (id, token))
            .collect();
        tokens.sort_unstable();
        tokens
    }

    /// Ids of the word pieces of `text`, without special tokens around them.
    pub fn word_pieces(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        // encode_fast skips the offsets, which nothing here reads.
        let encoding = self
            .inner
            .encode_fast(text, false)
            .map_err(TokenizerError::Encode)?;
        Ok(encoding.get_ids().to_vec())
    }

    /// Ids of the word pieces of `text`, each with the bytes of `text` that it stands for.
    pub(crate) fn word_pieces_with_offsets(
        &self,
        text: &str,
    ) -> Result<Vec<(u32, Range<usize>)>, TokenizerError> {
        let encoding = self
            .inner
            .encode(text, false)
            .map_err(TokenizerError::Encode)?;
        let offsets = encoding
            .get_offsets()
            .iter()
            .map(|&(start, end)| start..end);
        Ok(encoding.get_ids().iter().copied().zip(offsets).collect())
    }

    /// A checksum of everything that decides which ids a text gets.
    pub(crate) fn checksum(&self) -> Result<u32, TokenizerError> {
        let json = self.inner.to_string(false);
        Ok(crc32fast::hash(
            json.map_err(TokenizerError::Encode)?.as_bytes(),
        ))
    }

    /// Number of tokens; ids are `0..vocab_size`. A model must have at least as many embeddings.
    pub fn vocab_size(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// Id of `[PAD]`, which fills rows up.
    pub fn pad_id(&self) -> u32 {
        self.special.pad
    }

    /// Id of `[UNK]`, which stands for words that no pieces make.
    pub fn unk_id(&self) -> u32 {
        self.special.unk
    }

    /// Id of `[CLS]`, the first token of every row.
    pub fn cls_id(&self) -> u32 {
        self.special.cls
    }

    /// Id of `[SEP]`, which ends each sentence.
    pub fn sep_id(&self) -> u32 {
        self.special.sep
    }

    /// Id of `[MASK]`, which hides a token in pretraining.
    pub fn mask_id(&self) -> u32 {
        self.special.mask
    }

    /// Longest row the tokenizer's folder says its model takes, in tokens; 512 if it does not.
    pub fn model_max_length(&self) -> usize {
        self.model_max_length
    }

    /// The same for a model that takes no more than `length` tokens.
    #[must_use]
    pub fn for_positions(mut self, length: usize) -> Self {
        self.model_max_length = self.model_max_length.min(length);
        self
    }

    /// Token of an id; `None` from `vocab_size` on.
    pub fn id_to_token(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }

    /// Id of a token; `None` if the vocabulary lacks it.
    pub fn token_to_id(&self, token: &str) -> Option<u32> {
        self.inner.token_to_id(token)
    }

    /// The text of token ids, without special tokens: words as they were read, spaces as WordPiece
    /// puts them.
    pub fn decode(&self, ids: &[u32]) -> String {
        self.inner.decode(ids, true).unwrap_or_else(|_| {
            // The file has a decoder that cannot take these: the tokens themselves then.
            let tokens = ids.iter().filter_map(|&id| self.id_to_token(id));
            tokens.collect::<Vec<_>>().join(" ")
        })
    }

    /// Whether letters keep their case.
    pub fn casing(&self) -> Casing {
        casing::of(&self.inner)
    }
}

#[cfg(test)]
mod tests;
