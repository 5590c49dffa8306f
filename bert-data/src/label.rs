//! What is known of an example, and a model is to say of it.

use serde::{Deserialize, Serialize};

/// What is known of a text, or of a pair of them.
///
/// A file has labels of one kind. Tags, and places in a passage, are labels of tokens: they come
/// with the data sets that have them, as [`Span`] does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Label {
    /// One of several classes, by its place in their names.
    Class(usize),
    /// All classes that apply, ascending; of none, no class does.
    Classes(Vec<usize>),
    /// A number.
    Number(f32),
}

impl Label {
    /// The class, of a label that is one.
    pub fn class(&self) -> Option<usize> {
        match self {
            Self::Class(class) => Some(*class),
            _ => None,
        }
    }

    /// What kind of label it is, in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Class(_) => "a class",
            Self::Classes(_) => "several classes",
            Self::Number(_) => "a number",
        }
    }
}

impl From<usize> for Label {
    fn from(class: usize) -> Self {
        Self::Class(class)
    }
}

/// Where an answer is in a window of a passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first token; 0, `[CLS]`, where the window has no answer.
    pub start: usize,
    /// Its last token; 0 where the window has no answer.
    pub end: usize,
}
