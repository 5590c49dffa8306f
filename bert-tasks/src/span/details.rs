//! What displays are told of an evaluation besides its scores.

use std::ops::Range;

use bert_data::SquadExample;

use super::{Decoded, SpanEvaluation, SpanSplit};
use crate::events::{Details, ScoredExample, hardest};
use crate::metrics::AnswerScore;

/// Bytes of the passage that are shown on each side of an answer.
const AROUND: usize = 120;

/// What is shown where there is no answer.
const NO_ANSWER: &str = "(no answer)";

/// The questions that the model finds hardest.
pub(super) fn details(evaluation: &SpanEvaluation, split: &SpanSplit) -> Details {
    let questions: Vec<(&SquadExample, &Decoded)> =
        split.examples().iter().zip(&evaluation.answers).collect();
    let scored: Vec<(bool, f64)> = questions
        .iter()
        .map(|(example, decoded)| (is_right(example, decoded), probability(decoded)))
        .collect();
    let shown = hardest(scored.iter().copied()).into_iter();
    let example = |index: usize| {
        let (example, decoded) = questions[index];
        let (correct, probability) = scored[index];
        let gold = example.answers.first();
        ScoredExample {
            index,
            texts: vec![
                example.question.clone(),
                excerpt(&example.context, gold.map(|answer| answer.range())),
            ],
            expected: or_none(gold.map_or("", |answer| &answer.text)),
            predicted: or_none(&decoded.answer),
            probability,
            correct,
            marks: Vec::new(),
        }
    };
    Details {
        examples: shown.map(example).collect(),
        ..Details::default()
    }
}

fn is_right(example: &SquadExample, decoded: &Decoded) -> bool {
    let texts: Vec<&str> = example.answers.iter().map(|a| a.text.as_str()).collect();
    AnswerScore::v2(&decoded.answer, &texts).exact
}

/// Of the answer that was given.
fn probability(decoded: &Decoded) -> f64 {
    let mut entries = decoded.n_best.iter();
    let given = entries.find(|entry| entry.text == decoded.answer);
    given.map_or(0.0, |entry| entry.probability)
}

fn or_none(answer: &str) -> String {
    let shown = if answer.is_empty() { NO_ANSWER } else { answer };
    shown.to_owned()
}

/// The passage around an answer, or its beginning.
fn excerpt(context: &str, answer: Option<Range<usize>>) -> String {
    let answer = answer.unwrap_or(0..0);
    let start = context.floor_char_boundary(answer.start.saturating_sub(AROUND));
    let end = context.ceil_char_boundary((answer.end + AROUND).min(context.len()));
    let (before, after) = (
        if start > 0 { "…" } else { "" },
        if end < context.len() { "…" } else { "" },
    );
    format!("{before}{}{after}", &context[start..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_has_the_answer_in_its_middle() {
        let context = format!("{}Ålesund{}", "é".repeat(100), "ü".repeat(30));
        let answer = 200..208;
        assert_eq!(&context[answer.clone()], "Ålesund");
        let shown = excerpt(&context, Some(answer));
        assert_eq!(
            shown,
            format!("…{}Ålesund{}", "é".repeat(60), "ü".repeat(30))
        );
        assert_eq!(excerpt("short", None), "short");
    }
}
