//! The answers to the questions of a whole split, and their scores.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::answers::{decode_all, first_not_finite};
use super::{Decoded, DecodingOptions, SpanOutput, SpanSplit};
use crate::metrics::{NotFinite, NullOdds, SquadScores, squad_v1_scores, squad_v2_scores};
use crate::training::{Evaluation, mean_loss};

/// What a model answers to the questions of a split, and how right it is.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanEvaluation {
    /// Exact match and F1, with parts and best thresholds for SQuAD 2.0.
    pub scores: SquadScores,
    /// Mean of the cross entropies of starts and ends, over the windows.
    pub loss: f64,
    /// The answers to each question, in the order of the split.
    pub answers: Vec<Decoded>,
    not_finite: Option<NotFinite>,
}

impl SpanEvaluation {
    /// Puts the outputs of all batches together.
    pub fn of(outputs: &[SpanOutput], split: &SpanSplit, options: &DecodingOptions) -> Self {
        let answers = decode_all(outputs.iter().map(|output| &output.scores), split, options);
        let fault = first_not_finite(outputs.iter().map(|output| &output.scores), split);
        let score = fault.map(|(example, value)| NotFinite {
            what: format!("a score of question {:?}", split.examples()[example].id),
            value,
        });
        let mut evaluation = Self {
            scores: scores(split, &answers, options),
            loss: mean_loss(outputs),
            answers,
            not_finite: score,
        };
        if evaluation.not_finite.is_none() {
            evaluation.not_finite = NotFinite::among(evaluation.figures());
        }
        evaluation
    }

    /// Each question's id with its answers, as the files of `run_qa.py` are written from.
    pub fn by_id<'a>(
        &'a self,
        split: &'a SpanSplit,
    ) -> impl Iterator<Item = (&'a str, &'a Decoded)> + Clone {
        let ids = split.examples().iter().map(|example| example.id.as_str());
        ids.zip(&self.answers)
    }
}

impl Evaluation for SpanEvaluation {
    fn figures(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("f1", self.scores.f1),
            ("exact", self.scores.exact),
            ("loss", self.loss),
        ]
    }

    /// As the official scorer names them.
    fn scores(&self) -> Map<String, Value> {
        let scores = serde_json::to_value(self.scores).expect("plain numbers by name");
        let mut scores = match scores {
            Value::Object(scores) => scores,
            _ => unreachable!("scores have names"),
        };
        scores.insert("loss".to_owned(), self.loss.into());
        scores
    }

    fn summary(&self) -> Vec<(&'static str, f64)> {
        let mut figures = self.figures();
        if let Some(best) = self.scores.best {
            let at = [("best f1", best.f1), ("at null odds", best.f1_threshold)];
            figures.splice(2..2, at);
        }
        figures
    }

    fn examples(&self) -> usize {
        self.answers.len()
    }

    /// Of the scores of all tokens and its own.
    fn not_finite(&self) -> Option<NotFinite> {
        self.not_finite.clone()
    }
}

fn scores(split: &SpanSplit, answers: &[Decoded], options: &DecodingOptions) -> SquadScores {
    let ids = || split.examples().iter().map(|example| example.id.clone());
    let gold = split.gold();
    if !options.version_2_with_negative {
        let texts = answers.iter().map(|decoded| decoded.answer.clone());
        return squad_v1_scores(&gold, &ids().zip(texts).collect());
    }
    // The texts before the threshold: the scorer applies it, and looks for a better one.
    let texts = answers.iter().map(|decoded| decoded.best_text().to_owned());
    let odds: HashMap<String, f64> = ids()
        .zip(answers)
        .filter_map(|(id, decoded)| Some((id, f64::from(decoded.null_odds?))))
        .collect();
    let null_odds = NullOdds {
        odds: &odds,
        threshold: f64::from(options.null_score_diff_threshold),
    };
    squad_v2_scores(&gold, &ids().zip(texts).collect(), Some(null_odds))
}
