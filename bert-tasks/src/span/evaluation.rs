//! The answers to the questions of a whole split, and their scores.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Decoded, DecodingOptions, SpanOutput, SpanScores, SpanSplit, Window, decode};
use crate::metrics::{NullOdds, SquadScores, squad_v1_scores, squad_v2_scores};
use crate::training::{BatchReport, Evaluation, NotFinite, not_finite};

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
        let windows: usize = outputs.iter().map(|output| output.indices().len()).sum();
        let loss: f64 = outputs
            .iter()
            .map(|output| output.loss * output.indices().len() as f64)
            .sum();
        let fault = first_not_finite(outputs.iter().map(|output| &output.scores), split);
        let score = fault.map(|(example, value)| NotFinite {
            what: format!("a score of question {:?}", split.examples()[example].id),
            value,
        });
        let mut evaluation = Self {
            scores: scores(split, &answers, options),
            loss: loss / windows as f64,
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

/// The first question of which a score is not finite, and that score. Scores of padding do not
/// count: no answer depends on them.
pub(super) fn first_not_finite<'a>(
    batches: impl IntoIterator<Item = &'a SpanScores>,
    split: &SpanSplit,
) -> Option<(usize, f64)> {
    let windows = split.windows();
    let rows = batches
        .into_iter()
        .flat_map(|scores| scores.indices.iter().copied().zip(scores.rows()));
    let fault = |(index, (starts, ends)): (usize, (&[f32], &[f32]))| {
        let length = windows.lengths()[index];
        let value = not_finite(&starts[..length]).or_else(|| not_finite(&ends[..length]))?;
        Some((index, value))
    };
    let (window, value) = rows.filter_map(fault).min_by_key(|&(index, _)| index)?;
    Some((windows.feature(window).example, value))
}

/// The answers to each question, from the scores of all windows.
pub(super) fn decode_all<'a>(
    batches: impl IntoIterator<Item = &'a SpanScores>,
    split: &SpanSplit,
    options: &DecodingOptions,
) -> Vec<Decoded> {
    let windows = split.windows();
    let mut rows: Vec<(&[f32], &[f32])> = vec![(&[], &[]); windows.len()];
    for scores in batches {
        for (&index, row) in scores.indices.iter().zip(scores.rows()) {
            rows[index] = row;
        }
    }
    let answer = |example: usize| {
        let features: Vec<_> = windows
            .features_of(example)
            .map(|index| (index, windows.feature(index)))
            .collect();
        let offsets: Vec<Vec<(u32, u32)>> = features
            .iter()
            .map(|(_, feature)| feature.offsets())
            .collect();
        let windows: Vec<Window<'_>> = features
            .iter()
            .zip(&offsets)
            .map(|((index, feature), offsets)| Window {
                // Without padding, whose tokens would compete with the others.
                start_logits: &rows[*index].0[..feature.len()],
                end_logits: &rows[*index].1[..feature.len()],
                cls: 0,
                passage: feature.passage.start,
                offsets,
            })
            .collect();
        let context = &split.examples()[example].context;
        decode(context, &windows, options).expect("windows and context are of one split")
    };
    (0..windows.num_examples()).map(answer).collect()
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
