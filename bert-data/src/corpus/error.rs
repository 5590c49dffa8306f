//! What can be wrong with a corpus, its cache folder, or what is asked of it.

use std::path::{Path, PathBuf};

use super::Part;
use crate::foreign::Foreign;
use crate::text::Unread;
use crate::tokenizer::TokenizerError;

/// A corpus that cannot be used, or not as asked. Lines count from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorpusError {
    /// A text file does not exist or cannot be read.
    #[error("cannot read {}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A text file is not UTF-8.
    #[error("{}, line {line}: not UTF-8; convert the file to UTF-8 first", file.display())]
    NotUtf8 {
        /// The file.
        file: PathBuf,
        /// Line of the first bad byte.
        line: usize,
    },
    /// A text file is of another kind.
    #[error("{} is not plain text: it is {what}", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// What it is.
        what: Foreign,
    },
    /// A line so long that the file is hardly text with a sentence or a paragraph a line.
    #[error(
        "{}, line {line}: over {limit} bytes; put one sentence or one paragraph on a line",
        file.display()
    )]
    LongLine {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The longest line that is read, in bytes.
        limit: usize,
    },
    /// No text file was given.
    #[error("no text file was given")]
    NoFiles,
    /// The files have no text, or none that makes a token.
    #[error(
        "no text in {}; give files with a sentence or a paragraph a line",
        names(files)
    )]
    Empty {
        /// The files.
        files: Vec<PathBuf>,
    },
    /// Too few documents for what is asked: a random next sentence needs another document.
    #[error(
        "the {part} part has {documents} of the corpus's {total} documents and needs {needed}; \
         separate documents by a blank line, or change `held_out_share` ({held_out_share}){}",
        if *without_pairs { ", or train with `next_sentence: false`" } else { "" }
    )]
    TooFewDocuments {
        /// The part.
        part: Part,
        /// Documents in it.
        documents: u64,
        /// Documents in the whole corpus.
        total: u64,
        /// Documents needed.
        needed: u64,
        /// The share of documents that was to be held out.
        held_out_share: f64,
        /// Whether it has enough for sequences that are no pairs.
        without_pairs: bool,
    },
    /// No document has two sentences, so there are no neighbours to pair.
    #[error(
        "no document of the {part} part has two sentences; next-sentence pairs need documents of \
         several sentences, separated by blank lines"
    )]
    NoNeighbours {
        /// The part.
        part: Part,
    },
    /// A number of the configuration is out of its range.
    #[error("`{name}` is {value}; it must be {allowed}")]
    Configuration {
        /// Its field.
        name: &'static str,
        /// Its value.
        value: String,
        /// The values it can have.
        allowed: &'static str,
    },
    /// The cache folder cannot be made, or a file in it not be written.
    #[error(
        "cannot write {}: {source}; give a cache folder that can be written and has room",
        file.display()
    )]
    Cache {
        /// The file or folder.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The tokenizers library failed to train a vocabulary.
    #[error("cannot train a vocabulary: {0}")]
    Vocabulary(#[source] tokenizers::Error),
    /// The vocabulary asked for is too small for the text's characters.
    #[error(
        "a vocabulary of {vocab_size} entries is too small: the special tokens and the characters \
         of the text take {needed}; raise `vocab_size`"
    )]
    SmallVocabulary {
        /// Entries asked for.
        vocab_size: usize,
        /// Entries needed.
        needed: usize,
    },
    /// The tokenizer failed on a text.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
}

impl CorpusError {
    /// The reader's side of an I/O error.
    pub(super) fn reading(file: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let file = file.to_owned();
        move |source| Self::Io { file, source }
    }

    /// What a file is not read for.
    pub(super) fn unread(file: &Path, fault: Unread) -> Self {
        let file = file.to_owned();
        match fault {
            Unread::Io(source) => Self::Io { file, source },
            Unread::Foreign(what) => Self::Foreign { file, what },
            Unread::NotUtf8 { line } => Self::NotUtf8 { file, line },
        }
    }

    /// The cache's side of an I/O error.
    pub(super) fn caching(file: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let file = file.to_owned();
        move |source| Self::Cache { file, source }
    }
}

/// Checks a share or a probability.
pub(super) fn check_share(name: &'static str, value: f64) -> Result<(), CorpusError> {
    check(
        (0.0..=1.0).contains(&value),
        name,
        value,
        "between 0 and 1, both included",
    )
}

/// [`CorpusError::Configuration`] unless `fine`.
pub(super) fn check(
    fine: bool,
    name: &'static str,
    value: impl ToString,
    allowed: &'static str,
) -> Result<(), CorpusError> {
    if fine {
        return Ok(());
    }
    Err(CorpusError::Configuration {
        name,
        value: value.to_string(),
        allowed,
    })
}

fn names(files: &[PathBuf]) -> String {
    let names: Vec<_> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    names.join(", ")
}
