//! Text to token ids, with the same ids as Hugging Face's `BertTokenizer`.
//!
//! - [`BertTokenizer`] gives the ids; `open` makes it of a model folder, a `tokenizer.json` or a
//!   `vocab.txt`.
//! - `vocab` reads `vocab.txt` and writes the `tokenizer.json` that it stands for.
//! - `config` is the part of `tokenizer_config.json` that changes ids; [`Casing`] is its main
//!   choice, [guessed](CasingGuess) where nobody says it. `class` knows who cuts text as BERT does,
//!   `special` what the special tokens are called, `added` the tokens beyond the vocabulary.
//! - `pair_template` is what stands around the texts of a sequence; `template` looks whether that
//!   of a `tokenizer.json` can be used.
//! - `save` writes a folder that `transformers.AutoTokenizer` opens.
//!
//! The work on characters and word pieces is the `tokenizers` crate's.

mod added;
mod casing;
mod charsmap;
mod class;
mod config;
mod error;
mod json;
mod open;
mod pair_template;
mod save;
mod special;
mod template;
mod vocab;

use std::ops::Range;

use tokenizers::Tokenizer;

pub use casing::{Casing, CasingGuess};
use class::Class;
use config::Side;
pub use error::TokenizerError;
pub(crate) use pair_template::PairTemplate;
use special::SpecialNames;

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
    class: Class,
    names: SpecialNames,
    special: SpecialIds,
    /// The largest id and one.
    num_ids: usize,
    casing_guess: Option<CasingGuess>,
    model_max_length: usize,
    truncation_side: Side,
    /// Segment of the second text of a pair.
    second_segment: u32,
}

impl BertTokenizer {
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

    /// Ids of the word pieces of `text`, each with the bytes of `text` that it stands for: from
    /// one character boundary to another.
    pub fn word_pieces_with_offsets(
        &self,
        text: &str,
    ) -> Result<Vec<(u32, Range<usize>)>, TokenizerError> {
        let encoding = self
            .inner
            .encode(text, false)
            .map_err(TokenizerError::Encode)?;
        // A tokenizer.json can hold any tokenizer: places are on character boundaries whatever it
        // says.
        let offsets = encoding.get_offsets().iter();
        let offsets = offsets
            .map(|&(start, end)| text.floor_char_boundary(start)..text.ceil_char_boundary(end));
        Ok(encoding.get_ids().iter().copied().zip(offsets).collect())
    }

    /// Ids of the word pieces of each of some words. A word is never cut together with another, and
    /// one of nothing but accents or spaces has no pieces.
    ///
    /// `is_split_into_words=True` of transformers.
    pub fn pieces_of_words(&self, words: &[String]) -> Result<Vec<Vec<u32>>, TokenizerError> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut pieces = vec![Vec::new(); words.len()];
        // encode_fast does not keep which word a piece is of.
        let encoding = self
            .inner
            .encode(words, false)
            .map_err(TokenizerError::Encode)?;
        for (&id, word) in encoding.get_ids().iter().zip(encoding.get_word_ids()) {
            if let Some(word) = word {
                pieces[*word as usize].push(id);
            }
        }
        Ok(pieces)
    }

    /// A checksum of everything that decides which ids a text gets.
    pub(crate) fn checksum(&self) -> Result<u32, TokenizerError> {
        let json = self.inner.to_string(false);
        Ok(crc32fast::hash(
            json.map_err(TokenizerError::Encode)?.as_bytes(),
        ))
    }

    /// Ids are `0..vocab_size`: the number of tokens, unless a vocabulary repeats one. A model must
    /// have at least as many embeddings.
    pub fn vocab_size(&self) -> usize {
        self.num_ids
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

    /// The same tokenizer on letters that are lowered first, where it does not lower them itself;
    /// accents stay. `do_lower_case` of sentence-transformers' own settings.
    ///
    /// # Errors
    /// When the tokenizer takes no other normalizer.
    pub fn lowercased(mut self) -> Result<Self, TokenizerError> {
        casing::lower_first(&mut self.inner).map_err(TokenizerError::Encode)?;
        Ok(self)
    }

    /// How the casing was found out, where neither a file nor the caller said it.
    pub fn casing_guess(&self) -> Option<&CasingGuess> {
        self.casing_guess.as_ref()
    }

    /// Segment of the second text of a pair: 1, unless the folder's `model_input_names` leaves out
    /// `token_type_ids`, as DistilBERT's does.
    pub fn second_segment(&self) -> u32 {
        self.second_segment
    }

    /// What stands around the texts of a sequence.
    pub(crate) fn pair_template(&self) -> PairTemplate {
        PairTemplate {
            start: self.special.cls,
            end: self.special.sep,
            second_segment: self.second_segment,
        }
    }

    /// Whether texts that are too long lose their beginning instead of their end
    /// (`truncation_side`).
    pub fn truncates_left(&self) -> bool {
        self.truncation_side == Side::Left
    }

    /// How many of these ids are `[UNK]`.
    pub fn count_unknown(&self, ids: &[u32]) -> usize {
        ids.iter().filter(|&&id| id == self.special.unk).count()
    }
}

#[cfg(test)]
mod tests;
