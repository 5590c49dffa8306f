//! A corpus as token ids on disk: what it holds, and how to read it. `cache` makes it.

mod cache;

use std::ops::Range;
use std::path::{Path, PathBuf};

use cache::Cache;
use rayon::prelude::*;

use super::read::{TextLayout, checksum};
use super::store::{Array, Record};
use super::{CorpusError, Part};
use crate::batch::shuffle::mix;
use crate::tokenizer::BertTokenizer;

/// Ids under this fit a 16-bit record beside the mark of a continuation.
const NARROW_IDS: usize = 1 << 15;

/// What a sequence needs besides the text's own tokens.
#[derive(Debug, Clone, Copy)]
pub(super) struct SpecialTokens {
    pub cls: u32,
    pub sep: u32,
    pub mask: u32,
    pub pad: u32,
    pub vocab_size: usize,
}

/// A token of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub id: u32,
    /// Whether it goes on with the word of the token before it: WordPiece writes "##" before it.
    pub continues: bool,
}

/// A document's end and the number of its text.
#[derive(Debug, Clone, Copy, Default)]
struct Document {
    /// Sentences up to and including its last.
    end: u64,
    hash: u64,
}

impl Record for Document {
    type Bytes = [u8; 16];

    fn to_bytes(self) -> [u8; 16] {
        (u128::from(self.hash) << 64 | u128::from(self.end)).to_le_bytes()
    }

    fn from_bytes(bytes: [u8; 16]) -> Self {
        let both = u128::from_le_bytes(bytes);
        Self {
            end: both as u64,
            hash: (both >> 64) as u64,
        }
    }
}

/// Token ids with their marks: 15 bits and one where the vocabulary is small enough, 31 and one
/// elsewhere.
enum Tokens {
    Narrow(Array<u16>),
    Wide(Array<u32>),
}

/// Text files tokenized once, in a cache folder, and mapped into memory.
///
/// The folder has `tokens.bin`, `sentences.bin` and `documents.bin`: two bytes a token with a
/// vocabulary of at most 32,768 entries, four with a larger one. Sentences without a token and
/// documents without a sentence are left out.
pub struct TokenizedCorpus {
    folder: PathBuf,
    tokens: Tokens,
    /// Tokens up to and including each sentence's last.
    sentences: Array<u64>,
    documents: Array<Document>,
    special: SpecialTokens,
    num_unknown_tokens: usize,
    fingerprint: u64,
}

impl TokenizedCorpus {
    /// Opens the corpus of `files` in `cache_folder`, or makes it there, replacing what was in the
    /// folder of another text, vocabulary or layout, or damaged.
    ///
    /// Opening reads the text and the cache once, to compare checksums. Making it tokenizes on
    /// all of rayon's threads; memory stays at a few times 4 MiB whatever the size of the files.
    ///
    /// # Errors
    /// If a file cannot be read, is not UTF-8 or has a line over 16 MiB, if there is no text at
    /// all, or if the folder cannot be written.
    pub fn open(
        files: &[PathBuf],
        layout: TextLayout,
        tokenizer: &BertTokenizer,
        cache_folder: impl AsRef<Path>,
    ) -> Result<Self, CorpusError> {
        if files.is_empty() {
            return Err(CorpusError::NoFiles);
        }
        let of_vocabulary = u64::from(tokenizer.checksum()?) << 1 | layout as u64;
        let fingerprint = mix(checksum(files)? ^ mix(of_vocabulary));
        let cache = Cache {
            folder: cache_folder.as_ref(),
            fingerprint,
        };
        let narrow = tokenizer.vocab_size() <= NARROW_IDS;
        let (tokens, sentences, documents) = if narrow {
            let (tokens, sentences, documents) = cache.open(files, layout, tokenizer, to_narrow)?;
            (Tokens::Narrow(tokens), sentences, documents)
        } else {
            let (tokens, sentences, documents) = cache.open(files, layout, tokenizer, to_wide)?;
            (Tokens::Wide(tokens), sentences, documents)
        };
        if documents.len() == 0 {
            let files = files.to_vec();
            return Err(CorpusError::Empty { files });
        }
        let mut corpus = Self {
            folder: cache.folder.to_owned(),
            tokens,
            sentences,
            documents,
            special: SpecialTokens {
                cls: tokenizer.cls_id(),
                sep: tokenizer.sep_id(),
                mask: tokenizer.mask_id(),
                pad: tokenizer.pad_id(),
                vocab_size: tokenizer.vocab_size(),
            },
            num_unknown_tokens: 0,
            fingerprint,
        };
        corpus.num_unknown_tokens = corpus.count(tokenizer.unk_id());
        Ok(corpus)
    }

    /// Number of tokens in all sentences, without special tokens.
    pub fn num_tokens(&self) -> usize {
        match &self.tokens {
            Tokens::Narrow(tokens) => tokens.len(),
            Tokens::Wide(tokens) => tokens.len(),
        }
    }

    /// How many of the tokens are `[UNK]`.
    pub fn num_unknown_tokens(&self) -> usize {
        self.num_unknown_tokens
    }

    fn count(&self, id: u32) -> usize {
        let tokens = (0..self.num_tokens() as u64).into_par_iter();
        tokens.filter(|&at| self.token(at).id == id).count()
    }

    /// Number of sentences.
    pub fn num_sentences(&self) -> usize {
        self.sentences.len()
    }

    /// Number of documents.
    pub fn num_documents(&self) -> usize {
        self.documents.len()
    }

    /// Number of documents in a part of the corpus.
    pub fn num_documents_in(&self, part: Part, held_out_share: f64) -> usize {
        let documents = 0..self.documents.len();
        documents
            .filter(|&document| self.contains(part, held_out_share, document))
            .count()
    }

    /// Entries of the vocabulary: no token's id is as large.
    pub fn vocab_size(&self) -> usize {
        self.special.vocab_size
    }

    /// A number that stands for the text, its layout and the tokenizer.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn special(&self) -> SpecialTokens {
        self.special
    }

    pub(super) fn contains(&self, part: Part, held_out_share: f64, document: usize) -> bool {
        part.contains(self.documents.get(document).hash, held_out_share)
    }

    /// Sentences of a document; there is one at least.
    pub(super) fn sentences(&self, document: usize) -> Range<usize> {
        self.documents.before(document).end as usize..self.documents.get(document).end as usize
    }

    /// Tokens of sentences that follow one another in a document; there is one at least.
    pub(super) fn tokens_of(&self, sentences: Range<usize>) -> Range<u64> {
        self.sentences.before(sentences.start)..self.sentences.before(sentences.end)
    }

    /// The token at a place in the whole corpus.
    pub(super) fn token(&self, at: u64) -> Token {
        match &self.tokens {
            Tokens::Narrow(tokens) => {
                let token = tokens.get(at as usize);
                Token {
                    id: u32::from(token & 0x7fff),
                    continues: token >> 15 == 1,
                }
            }
            Tokens::Wide(tokens) => {
                let token = tokens.get(at as usize);
                Token {
                    id: token & 0x7fff_ffff,
                    continues: token >> 31 == 1,
                }
            }
        }
    }
}

fn to_narrow(token: Token) -> u16 {
    token.id as u16 | u16::from(token.continues) << 15
}

fn to_wide(token: Token) -> u32 {
    token.id | u32::from(token.continues) << 31
}

#[cfg(test)]
mod tests;
