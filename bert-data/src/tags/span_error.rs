//! What can be wrong with a text's spans.

use std::ops::Range;

/// A span that names no words. Characters count from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpanError {
    /// What is there is no list of spans.
    #[error("{message}")]
    Json {
        /// What is wrong.
        message: Box<str>,
    },
    /// A span that ends where it begins, or before.
    #[error(
        "the span {} has no character; its end must be after its start",
        of(characters)
    )]
    Reversed {
        /// The span.
        characters: Range<i64>,
    },
    /// A span beyond the text.
    #[error(
        "the span {} is not in the text, which has {length} characters; are places counted in \
         Unicode code points, as in Python?",
        of(characters)
    )]
    Beyond {
        /// The span.
        characters: Range<i64>,
        /// Characters of the text.
        length: usize,
    },
    /// Two spans have characters in common.
    #[error(
        "the spans {} and {} overlap; a word has one tag, so keep one of them",
        of(one),
        of(other)
    )]
    Overlap {
        /// The first.
        one: Range<i64>,
        /// The second.
        other: Range<i64>,
    },
    /// Two spans have parts of one word.
    #[error(
        "the spans {} and {} are both of the word {word:?}; a word has one tag, so keep one of \
         them",
        of(one),
        of(other)
    )]
    SameWord {
        /// The word.
        word: String,
        /// The first.
        one: Range<i64>,
        /// The second.
        other: Range<i64>,
    },
    /// A span of white space.
    #[error("the span {} has no word in it", of(characters))]
    NoWord {
        /// The span.
        characters: Range<i64>,
    },
    /// A span that names nothing.
    #[error("the span {} has an empty label", of(characters))]
    NoLabel {
        /// The span.
        characters: Range<i64>,
    },
}

/// A span in words.
fn of(characters: &Range<i64>) -> String {
    format!("{} to {}", characters.start, characters.end)
}
