//! What can be wrong with tagged sentences.

use std::path::{Path, PathBuf};

use crate::table::LabelError;
use crate::tokenizer::TokenizerError;

/// Tagged sentences that cannot be read, or not be encoded as asked. Lines count from 1; of Parquet
/// they are rows. What is in backticks is the name of an option.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// A tag that is wrong where it stands.
    #[error("{}: {source}", place(file, *line))]
    Tag {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// What is wrong with it.
        source: Box<LabelError>,
    },
    /// A sentence with more or fewer tags than words.
    #[error("{}: {tags} tags for {words} words; each word has one", place(file, *line))]
    Lengths {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// Number of words.
        words: usize,
        /// Number of tags.
        tags: usize,
    },
    /// The tokenizer failed on a word, or a window has no room.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
}

/// A line of a file; a sentence that a program has made is of none.
fn place(file: &Path, line: usize) -> String {
    match file.as_os_str().is_empty() {
        true => "a sentence".to_owned(),
        false => format!("{}, line {line}", file.display()),
    }
}
