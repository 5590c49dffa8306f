//! Words with tags.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// A sentence, or any text, as words: each is tagged once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaggedSentence {
    /// The words. There may be none.
    pub words: Vec<String>,
    /// A tag for each word; absent where nobody has tagged the sentence.
    pub tags: Option<Vec<String>>,
    /// Where the words stand in a text; absent where the data has words only.
    pub text: Option<SourceText>,
    /// Where the sentence comes from.
    pub source: Source,
}

/// A text that words were found in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// The text.
    pub text: String,
    /// The bytes of each word in it.
    pub words: Vec<Range<usize>>,
}

/// Where a sentence comes from. Lines count from 1; of Parquet they are rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file.
    pub file: Arc<Path>,
    /// The line in which the sentence begins.
    pub line: usize,
    /// The line of each word, where each has a line of its own; else empty.
    pub word_lines: Vec<usize>,
}

impl TaggedSentence {
    /// Words that nobody has tagged, and that are of no file.
    pub fn of_words(words: Vec<String>) -> Self {
        Self {
            words,
            tags: None,
            text: None,
            source: Source {
                file: Path::new("").into(),
                line: 1,
                word_lines: Vec::new(),
            },
        }
    }

    /// The line of a word.
    pub fn line_of(&self, word: usize) -> usize {
        let lines = &self.source.word_lines;
        lines.get(word).copied().unwrap_or(self.source.line)
    }
}
