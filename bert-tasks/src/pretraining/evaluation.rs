//! The scores of the held-out documents.

use serde_json::{Map, Value};

use super::PretrainingOutput;
use super::step::Predicted;
use crate::metrics::NotFinite;
use crate::training::Evaluation;

/// How well hidden tokens and next sentences are predicted. What is hidden is the same in every
/// evaluation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PretrainingEvaluation {
    /// Sum of both losses.
    pub loss: f64,
    /// Mean cross entropy of the hidden tokens; `exp` of it is their perplexity.
    pub masked_lm_loss: f64,
    /// Share of the hidden tokens that are predicted right.
    pub masked_lm_accuracy: f64,
    /// Hidden tokens.
    pub masked_tokens: usize,
    /// Of the next sentence: mean cross entropy and share; absent in a model without that head.
    pub next_sentence: Option<NextSentence>,
    /// Sequences.
    pub sequences: usize,
    /// A score of a token or of a next sentence that is infinite or not a number.
    pub odd_score: Option<f64>,
}

/// How well next sentences are predicted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NextSentence {
    /// Mean cross entropy.
    pub loss: f64,
    /// Share that is predicted right.
    pub accuracy: f64,
}

impl PretrainingEvaluation {
    /// Puts the outputs of all batches together: means are over tokens and sequences, not over
    /// batches.
    pub fn of(outputs: &[PretrainingOutput]) -> Self {
        let sum = |part: fn(&PretrainingOutput) -> Predicted| {
            let mut all = Predicted::default();
            for output in outputs {
                let part = part(output);
                all.loss += part.loss * part.total as f64;
                all.total += part.total;
                all.correct += part.correct;
                all.odd_score = all.odd_score.or(part.odd_score);
            }
            all
        };
        let (masked, next) = (sum(|output| output.masked_lm), sum(|o| o.next_sentence));
        let mean = |all: Predicted| all.loss / all.total as f64;
        let share = |all: Predicted| all.correct as f64 / all.total as f64;
        let next_sentence = (next.total > 0).then(|| NextSentence {
            loss: mean(next),
            accuracy: share(next),
        });
        Self {
            loss: mean(masked) + next_sentence.map_or(0.0, |next| next.loss),
            masked_lm_loss: mean(masked),
            masked_lm_accuracy: share(masked),
            masked_tokens: masked.total,
            next_sentence,
            sequences: outputs.iter().map(|output| output.indices.len()).sum(),
            odd_score: masked.odd_score.or(next.odd_score),
        }
    }
}

impl Evaluation for PretrainingEvaluation {
    fn figures(&self) -> Vec<(&'static str, f64)> {
        let mut figures = vec![
            ("loss", self.loss),
            ("mlm_loss", self.masked_lm_loss),
            ("mlm_accuracy", self.masked_lm_accuracy),
        ];
        if let Some(next) = self.next_sentence {
            figures.push(("nsp_loss", next.loss));
            figures.push(("nsp_accuracy", next.accuracy));
        }
        figures
    }

    fn scores(&self) -> Map<String, Value> {
        let figures = self.figures().into_iter();
        let mut scores: Map<String, Value> = figures
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        scores.insert("masked_tokens".to_owned(), self.masked_tokens.into());
        scores
    }

    fn examples(&self) -> usize {
        self.sequences
    }

    fn not_finite(&self) -> Option<NotFinite> {
        let score = |value| NotFinite {
            what: "a score of a token or of a next sentence".to_owned(),
            value,
        };
        NotFinite::among(self.figures()).or_else(|| self.odd_score.map(score))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_over_tokens_and_sequences() {
        let predicted = |loss, total, correct| Predicted {
            loss,
            total,
            correct,
            odd_score: None,
        };
        let output = |sequences: usize, masked_lm, next_sentence| PretrainingOutput {
            indices: (0..sequences).collect(),
            loss: 0.0,
            masked_lm,
            next_sentence,
        };
        let outputs = [
            output(3, predicted(1.0, 30, 15), predicted(0.5, 3, 3)),
            output(1, predicted(5.0, 10, 1), predicted(1.5, 1, 0)),
        ];
        let found = PretrainingEvaluation::of(&outputs);
        assert_eq!((found.masked_lm_loss, found.masked_lm_accuracy), (2.0, 0.4));
        assert_eq!((found.sequences, found.masked_tokens), (4, 40));
        let next = found.next_sentence.unwrap();
        assert_eq!((next.loss, next.accuracy), (0.75, 0.75));
        assert_eq!(found.loss, 2.75);

        let mut odd = outputs.clone();
        odd[1].masked_lm.odd_score = Some(f64::NEG_INFINITY);
        assert_eq!(found.not_finite(), None);
        assert!(PretrainingEvaluation::of(&odd).not_finite().is_some());
        odd[0].next_sentence.loss = f64::NAN;
        let fault = PretrainingEvaluation::of(&odd).not_finite().unwrap();
        assert_eq!(fault.what, "the loss");

        let outputs = [output(2, predicted(1.0, 4, 1), Predicted::default())];
        let found = PretrainingEvaluation::of(&outputs);
        assert_eq!((found.loss, found.next_sentence), (1.0, None));
    }
}
