//! What a run leaves on disk beside the model.

use std::fmt::Write as _;
use std::path::Path;

use bert_core::files::{FileError, write_atomically};
use bert_data::Label;
use serde::Serialize;

/// Writes `eval_results.json` or any other record of a run.
///
/// # Errors
/// When it cannot be written.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<(), FileError> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|e| FileError::at("write", path)(std::io::Error::other(e)))?;
    text.push('\n');
    write_atomically(path, text.as_bytes())
}

/// Writes predictions in the shape of GLUE's: a header `index\tprediction`, then one line per
/// example: the number of its class, of its classes with `|` between them, or its number.
///
/// # Errors
/// When it cannot be written.
pub fn write_predictions(path: &Path, predictions: &[Label]) -> Result<(), FileError> {
    let mut text = String::from("index\tprediction\n");
    for (index, prediction) in predictions.iter().enumerate() {
        let _ = match prediction {
            Label::Class(class) => writeln!(text, "{index}\t{class}"),
            Label::Number(number) => writeln!(text, "{index}\t{number}"),
            Label::Classes(classes) => {
                let classes: Vec<String> = classes.iter().map(usize::to_string).collect();
                writeln!(text, "{index}\t{}", classes.join("|"))
            }
        };
    }
    write_atomically(path, text.as_bytes())
}

/// Writes the scores behind the predictions: a header `index\tlogit_0\tlogit_1...`, then one line
/// per example, with as many digits as tell two f32 apart.
///
/// # Errors
/// When it cannot be written.
pub fn write_logits(path: &Path, logits: &[Vec<f32>]) -> Result<(), FileError> {
    let labels = logits.first().map_or(0, Vec::len);
    let mut text = String::from("index");
    for label in 0..labels {
        let _ = write!(text, "\tlogit_{label}");
    }
    for (index, row) in logits.iter().enumerate() {
        let _ = write!(text, "\n{index}");
        for value in row {
            let _ = write!(text, "\t{value}");
        }
    }
    text.push('\n');
    write_atomically(path, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predictions_and_logits_are_tables() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("predictions.tsv");
        write_predictions(&path, &[1, 0].map(Label::Class)).unwrap();
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "index\tprediction\n0\t1\n1\t0\n"
        );
        let path = folder.path().join("logits.tsv");
        write_logits(&path, &[vec![0.5, -1.25], vec![1e-7, 3.0]]).unwrap();
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "index\tlogit_0\tlogit_1\n0\t0.5\t-1.25\n1\t0.0000001\t3\n"
        );
    }
}
