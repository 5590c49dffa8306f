//! What question answering leaves: the files of `run_qa.py`.

use std::path::Path;

use bert_core::files::FileError;
use bert_tasks::output::write_json;
use bert_tasks::span::{SpanEvaluation, SpanSplit, nbest_json, null_odds_json, predictions_json};
use serde_json::{Map, Value};

use super::Scored;

impl Scored for SpanEvaluation {
    fn scores(&self) -> Map<String, Value> {
        let scores = serde_json::to_value(self.scores).expect("plain numbers by name");
        let mut scores = match scores {
            Value::Object(scores) => scores,
            _ => unreachable!("scores have names"),
        };
        scores.insert("loss".to_owned(), self.loss.into());
        scores
    }

    fn figures(&self) -> Vec<(&'static str, f64)> {
        let mut figures = vec![("f1", self.scores.f1), ("exact", self.scores.exact)];
        if let Some(best) = self.scores.best {
            figures.push(("best f1", best.f1));
            figures.push(("at null odds", best.f1_threshold));
        }
        figures.push(("loss", self.loss));
        figures
    }

    fn examples(&self) -> usize {
        self.answers.len()
    }
}

/// Writes `predictions.json`, `nbest_predictions.json` and, for SQuAD 2.0, `null_odds.json`.
///
/// # Errors
/// When one cannot be written.
pub fn write_span(
    evaluation: &SpanEvaluation,
    split: &SpanSplit,
    folder: &Path,
) -> Result<(), FileError> {
    let answers = || evaluation.by_id(split);
    let path = |name: &str| folder.join(name);
    write_json(&path("predictions.json"), &predictions_json(answers()))?;
    write_json(&path("nbest_predictions.json"), &nbest_json(answers()))?;
    if answers().any(|(_, decoded)| decoded.null_odds.is_some()) {
        write_json(&path("null_odds.json"), &null_odds_json(answers()))?;
    }
    Ok(())
}
