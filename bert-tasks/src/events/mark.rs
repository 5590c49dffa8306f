//! Parts of a text that a model found, or should have.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A part of an example's first text, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The bytes of the text.
    pub bytes: Range<usize>,
    /// What it is, such as `PER`.
    pub label: String,
    /// Who says so.
    pub kind: MarkKind,
}

/// Who says what a part of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// It is so, and the model says it.
    Right,
    /// It is so, and the model does not say it.
    Missed,
    /// The model says it, and it is not so.
    Wrong,
}
