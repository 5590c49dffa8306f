//! What can be wrong with a tokenizer's files.

use std::path::{Path, PathBuf};

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
    /// A `tokenizer_config.json` that is not JSON or has a setting of the wrong type.
    #[error("{}: {source}", file.display())]
    Config {
        /// The file.
        file: PathBuf,
        /// Place and kind of the mistake.
        source: serde_json::Error,
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
    /// An empty line between tokens: dropping it would shift every later id.
    #[error("{}, line {line}: empty line between tokens; each line is one id", file.display())]
    EmptyToken {
        /// The file.
        file: PathBuf,
        /// The empty line.
        line: usize,
    },
    /// A token on two lines: it cannot have two ids.
    #[error(
        "{}, line {line}: the token {token:?} is on line {first_line} already; a vocabulary has \
         each token once",
        file.display()
    )]
    DuplicateToken {
        /// The file.
        file: PathBuf,
        /// The token.
        token: String,
        /// Its first line.
        first_line: usize,
        /// The line that repeats it.
        line: usize,
    },
    /// The vocabulary lacks a special token.
    #[error("{} has no {token} token, which BERT needs", file.display())]
    MissingSpecialToken {
        /// The token.
        token: &'static str,
        /// The vocabulary's file.
        file: PathBuf,
    },
    /// The ids are not 0, 1, 2, ...: no `vocab.txt` could hold them.
    #[error(
        "{}: the ids must count up from 0, and where {id} is next comes {token:?} with another id",
        file.display()
    )]
    Gap {
        /// The file.
        file: PathBuf,
        /// The id that should come next.
        id: u32,
        /// The token that comes instead.
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
    /// The tokenizers library failed on a text.
    #[error("cannot tokenize: {0}")]
    Encode(#[source] tokenizers::Error),
}

/// The bytes of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, TokenizerError> {
    std::fs::read(path).map_err(|source| TokenizerError::Read {
        file: path.to_owned(),
        source,
    })
}
