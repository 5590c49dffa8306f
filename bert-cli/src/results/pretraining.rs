//! What pretraining says of a model.

use bert_tasks::pretraining::PretrainingEvaluation;
use serde_json::{Map, Value};

use super::Scored;

impl Scored for PretrainingEvaluation {
    fn scores(&self) -> Map<String, Value> {
        let figures = PretrainingEvaluation::figures(self).into_iter();
        let mut scores: Map<String, Value> = figures
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        scores.insert("masked_tokens".to_owned(), self.masked_tokens.into());
        scores
    }

    fn figures(&self) -> Vec<(&'static str, f64)> {
        PretrainingEvaluation::figures(self)
    }

    fn examples(&self) -> usize {
        self.sequences
    }
}
