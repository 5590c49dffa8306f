//! One example as people wrote it, before any token.

use crate::label::Label;

/// A sentence, or a pair of them, with its label.
#[derive(Debug, Clone, PartialEq)]
pub struct PairExample {
    /// Number of the example in its file, from 0 (the header does not count). It is `idx` in
    /// Hugging Face's GLUE and `index` in a GLUE prediction file.
    pub id: usize,
    /// The first sentence.
    pub text_a: String,
    /// The second sentence; `None` in a task on single sentences.
    pub text_b: Option<String>,
    /// What is known of it; `None` where the file has no labels, as in GLUE's own test files.
    pub label: Option<Label>,
}

impl PairExample {
    /// Its texts, as a tokenizer takes them.
    pub fn texts(&self) -> (&str, Option<&str>) {
        (&self.text_a, self.text_b.as_deref())
    }
}
