//! What a model says of a split's words, as a file.

use std::fmt::Write as _;
use std::path::Path;

use bert_core::files::{FileError, write_atomically};

use super::{TokenEvaluation, TokenSplit};

/// Writes a line for each word, as the scorer `conlleval` of CoNLL reads them: the word, its right
/// tag and the model's, with a space between them; and an empty line after each sentence. White
/// space within a word becomes `_`.
pub(super) fn write_predictions(
    path: &Path,
    evaluation: &TokenEvaluation,
    split: &TokenSplit,
) -> Result<(), FileError> {
    let mut lines = String::new();
    let tags = evaluation.labels.iter().zip(&evaluation.predictions);
    for (sentence, (right, given)) in split.sentences().iter().zip(tags) {
        let tags = split.tags(right).into_iter().zip(split.tags(given));
        for (word, (right, given)) in sentence.words.iter().zip(tags) {
            let word = word.replace(char::is_whitespace, "_");
            let _ = writeln!(lines, "{word} {right} {given}");
        }
        lines.push('\n');
    }
    write_atomically(path, lines.as_bytes())
}
