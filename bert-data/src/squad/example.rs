//! One question as people wrote it, before any token.

use std::ops::Range;
use std::sync::Arc;

/// A question on a passage, with its answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SquadExample {
    /// The question's id, which a prediction file repeats.
    pub id: String,
    /// Title of the article the passage is from; empty if the file does not say.
    pub title: Arc<str>,
    /// The question.
    pub question: String,
    /// The passage. The questions on one paragraph share it.
    pub context: Arc<str>,
    /// The answers: one in a training file, several people's in a dev file. Empty if
    /// `is_impossible`, or if the file does not give any, as a test file.
    pub answers: Vec<Answer>,
    /// Whether the passage does not answer the question (SQuAD 2.0).
    pub is_impossible: bool,
}

/// An answer: a piece of the passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The answer's text: `context[range()]`.
    pub text: String,
    /// Where the text begins in the context, in bytes. (The files count in characters.)
    pub start: usize,
}

impl Answer {
    /// The bytes of the context that are the answer.
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}
