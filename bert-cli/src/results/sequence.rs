//! What a classification leaves.

use std::path::Path;

use bert_core::files::FileError;
use bert_tasks::output::{write_logits, write_predictions};
use bert_tasks::sequence::Evaluation;
use serde_json::{Map, Value};

use super::Scored;

impl Scored for Evaluation {
    fn scores(&self) -> Map<String, Value> {
        let figures = Evaluation::figures(self).into_iter();
        figures
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect()
    }

    fn figures(&self) -> Vec<(&'static str, f64)> {
        Evaluation::figures(self)
    }

    fn examples(&self) -> usize {
        self.predictions.len()
    }
}

/// Writes `predictions.tsv` and, if asked to, `logits.tsv`.
///
/// # Errors
/// When one cannot be written.
pub fn write_sequence(
    evaluation: &Evaluation,
    logits: bool,
    folder: &Path,
) -> Result<(), FileError> {
    write_predictions(&folder.join("predictions.tsv"), &evaluation.predictions)?;
    if logits {
        write_logits(&folder.join("logits.tsv"), &evaluation.logits)?;
    }
    Ok(())
}
