//! What can be wrong with a tokenizer's files.

use std::path::{Path, PathBuf};

use crate::foreign::Foreign;
use crate::text::{self, Unread};

/// A tokenizer that cannot be opened, used or saved. Lines count from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenizerError {
    /// The folder has neither `tokenizer.json` nor `vocab.txt`.
    #[error("{} has neither tokenizer.json nor vocab.txt; give a BERT model folder", dir.display())]
    NoTokenizer {
        /// The folder.
        dir: PathBuf,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that is not what its name says.
    #[error("{} is {what}", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// What it is, and what to do.
        what: Foreign,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}", file.display())]
    Write {
        /// The file or folder.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A `tokenizer.json` that the tokenizers library does not understand.
    #[error("{} is not a usable tokenizer: {source}", file.display())]
    Invalid {
        /// The file.
        file: PathBuf,
        /// What the tokenizers library said.
        source: tokenizers::Error,
    },
    /// A `tokenizer.json` with a damaged map of characters.
    #[error("{}: the precompiled_charsmap of the normalizer is damaged; fetch the file again", file.display())]
    Charsmap {
        /// The file.
        file: PathBuf,
    },
    /// A JSON file that is not JSON or has a setting of the wrong type.
    #[error("{}: {key}{source}", file.display())]
    Config {
        /// The file.
        file: PathBuf,
        /// The key and a colon; empty where the file is not JSON.
        key: String,
        /// Place and kind of the mistake.
        source: serde_json::Error,
    },
    /// A class that cuts text in another way.
    #[error(
        "{}: tokenizer_class is {class}, which does not cut text as BERT's tokenizer does; only \
         BertTokenizer can be used, or PreTrainedTokenizerFast with a tokenizer.json",
        dir.display()
    )]
    Class {
        /// The folder.
        dir: PathBuf,
        /// What it names.
        class: String,
    },
    /// A class that is nothing without its file.
    #[error(
        "{} has no tokenizer.json, without which its tokenizer_class PreTrainedTokenizerFast \
         means nothing",
        dir.display()
    )]
    NoTokenizerJson {
        /// The folder.
        dir: PathBuf,
    },
    /// A `tokenizer.json` whose model is not WordPiece.
    #[error(
        "{} has the model {model}, and BERT's is WordPiece; if {model} is meant, the \
         tokenizer_class in tokenizer_config.json must be PreTrainedTokenizerFast",
        file.display()
    )]
    Model {
        /// The file.
        file: PathBuf,
        /// Its model.
        model: &'static str,
    },
    /// Two names for the unknown token.
    #[error(
        "{} has the unknown token {model:?}, tokenizer_config.json or special_tokens_map.json \
         has {config:?}",
        file.display()
    )]
    UnknownToken {
        /// The file.
        file: PathBuf,
        /// The name in its model.
        model: String,
        /// The name elsewhere.
        config: String,
    },
    /// A `tokenizer.json` that puts pairs together in another way.
    #[error(
        "{}: its post_processor does not make [CLS] A [SEP] B [SEP] with the segments 0 and 1 of \
         a pair, which is all that can be used",
        file.display()
    )]
    Template {
        /// The file.
        file: PathBuf,
    },
    /// Rows that are filled up on the left: in BERT, padding there moves the positions of the text.
    #[error(
        "{}: padding on the left gives a text other positions, so that BERT reads it wrongly; \
         set padding_side (direction in tokenizer.json) to right",
        file.display()
    )]
    LeftPadding {
        /// The file.
        file: PathBuf,
    },
    /// A text that is to lose its beginning where windows go over it from the beginning.
    #[error(
        "truncation_side is left, and windows over a passage go from left to right; set it to \
         right in tokenizer_config.json"
    )]
    LeftTruncation,
    /// A casing that was asked for against a normalizer that is not BERT's.
    #[error(
        "{}: its tokenizer.json treats letters in a way of its own, so do_lower_case cannot be \
         chosen",
        dir.display()
    )]
    ForeignNormalizer {
        /// The folder.
        dir: PathBuf,
    },
    /// An added token with an id that it does not get.
    #[error(
        "{}: the added token {token:?} has the id {id}, but its place in the vocabulary is \
         {place}; were the files written for another vocabulary?",
        dir.display()
    )]
    AddedTokenId {
        /// The folder.
        dir: PathBuf,
        /// The token.
        token: String,
        /// The id that the files say.
        id: u32,
        /// The id that the vocabulary has for it.
        place: u32,
    },
    /// A `vocab.txt` that is not UTF-8.
    #[error("{}, line {line}: not UTF-8; is it a text file with one token a line?", file.display())]
    NotUtf8 {
        /// The file.
        file: PathBuf,
        /// Line of the first bad byte.
        line: usize,
    },
    /// A `vocab.txt` without a token.
    #[error("{} is empty; it should hold one token a line", file.display())]
    EmptyVocab {
        /// The file.
        file: PathBuf,
    },
    /// The vocabulary lacks a special token.
    #[error("{} has no {token} token, which BERT needs", file.display())]
    MissingSpecialToken {
        /// The token.
        token: String,
        /// The vocabulary's file.
        file: PathBuf,
    },
    /// An id that no model has an embedding for.
    #[error("{}: the token {token:?} has the id {id}, which no model has", file.display())]
    FarId {
        /// The file.
        file: PathBuf,
        /// The id.
        id: u32,
        /// Its token.
        token: String,
    },
    /// A maximum length that leaves no room for the special tokens.
    #[error(
        "max_seq_length {max_seq_length} is too small: [CLS] and [SEP] alone take {special_tokens}"
    )]
    MaxSeqLength {
        /// The length asked for, in tokens.
        max_seq_length: usize,
        /// Number of special tokens: 2 for a sentence, 3 for a pair.
        special_tokens: usize,
    },
    /// Windows of a long text would not move on.
    #[error(
        "`max_seq_length` {max_seq_length} leaves no room for a window that moves on: \
         {special_tokens} special tokens and a `stride` of {stride} tokens take all of it"
    )]
    NoWindow {
        /// The longest sequence asked for, in tokens.
        max_seq_length: usize,
        /// Special tokens of a sequence.
        special_tokens: usize,
        /// Tokens that windows share.
        stride: usize,
    },
    /// The tokenizers library failed on a text.
    #[error("cannot tokenize: {0}")]
    Encode(#[source] tokenizers::Error),
}

impl TokenizerError {
    /// What a file is not read for.
    pub(super) fn unread(file: &Path, fault: Unread) -> Self {
        let file = file.to_owned();
        match fault {
            Unread::Io(source) => Self::Read { file, source },
            Unread::Foreign(what) => Self::Foreign { file, what },
            Unread::NotUtf8 { line } => Self::NotUtf8 { file, line },
        }
    }
}

/// The bytes of a file, if it is one of text.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, TokenizerError> {
    let bytes = text::read_bytes(path, Foreign::of);
    bytes.map_err(|fault| TokenizerError::unread(path, fault))
}
