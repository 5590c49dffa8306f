//! Rows with too few columns, which QQP's distributed file has.

use super::GlueTask;
use crate::example::PairExample;

/// What to do about a row with too few columns in a file with labels.
///
/// In a file without labels such a row is an error either way: each of its rows wants a prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShortRows {
    /// Stop at the first.
    Refuse,
    /// Leave it out, and a blank line as well.
    Skip,
}

impl ShortRows {
    /// As the processors do that came with BERT and `transformers`: [`Skip`](Self::Skip) for QQP,
    /// where line breaks in a few questions make two rows of one, and [`Refuse`](Self::Refuse) for
    /// the other tasks, whose files have none.
    pub fn of(task: GlueTask) -> Self {
        match task {
            GlueTask::Qqp => Self::Skip,
            _ => Self::Refuse,
        }
    }
}

/// What was read of a file, and what was not.
#[derive(Debug, Clone, PartialEq)]
pub struct GlueRead {
    /// The examples, in the file's order.
    pub examples: Vec<PairExample>,
    /// The lines of the rows that were left out, from 1.
    pub skipped: Vec<usize>,
}

#[cfg(test)]
mod tests;
