//! The answers of a question, the best first, and the files that hold those of a whole split.

use std::ops::Range;

use serde::{Serialize, Serializer};

/// The text of the answer that is given where there is nothing to choose from, as in `run_qa.py`.
pub const PLACEHOLDER: &str = "empty";

/// An answer. Its JSON has the keys of `nbest_predictions.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NBestEntry {
    /// Score of its first token; 0 for the placeholder.
    #[serde(serialize_with = "as_f64")]
    pub start_logit: f32,
    /// Score of its last token; 0 for the placeholder.
    #[serde(serialize_with = "as_f64")]
    pub end_logit: f32,
    /// What the context says there; empty for no answer.
    pub text: String,
    /// Softmax of `start_logit + end_logit` over the entries of the list.
    pub probability: f64,
    /// The bytes of the context; absent for no answer and for the placeholder.
    #[serde(skip)]
    pub bytes: Option<Range<usize>>,
}

impl NBestEntry {
    pub(super) fn placeholder() -> Self {
        Self {
            start_logit: 0.0,
            end_logit: 0.0,
            text: PLACEHOLDER.to_owned(),
            probability: 0.0,
            bytes: None,
        }
    }

    fn score(&self) -> f64 {
        f64::from(self.start_logit + self.end_logit)
    }
}

/// The softmax of the scores, which are finite.
pub(super) fn set_probabilities(n_best: &mut [NBestEntry]) {
    let scores = n_best.iter().map(NBestEntry::score);
    let max = scores.clone().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = scores.map(|score| (score - max).exp()).sum();
    for entry in n_best {
        entry.probability = (entry.score() - max).exp() / sum;
    }
}

/// What is made of a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The answer; empty where the question is held to have none.
    pub answer: String,
    /// The best answers, the best first.
    pub n_best: Vec<NBestEntry>,
    /// Score of no answer minus score of the best answer. Absent where every question has an
    /// answer, and where no window has a finite score of no answer.
    pub null_odds: Option<f32>,
}

impl Decoded {
    /// The best answer that is not empty, whatever the null odds: what a search for the best
    /// threshold needs.
    pub fn best_text(&self) -> &str {
        let mut texts = self.n_best.iter().map(|entry| entry.text.as_str());
        texts.find(|text| !text.is_empty()).unwrap_or_default()
    }
}

/// `predictions.json` of `run_qa.py`: the answer of each question id, in the order given.
pub fn predictions_json<'a>(
    questions: impl Iterator<Item = (&'a str, &'a Decoded)> + Clone,
) -> impl Serialize {
    InOrder(questions.map(|(id, decoded)| (id, &decoded.answer)))
}

/// `nbest_predictions.json` of `run_qa.py`: the best answers of each question id.
pub fn nbest_json<'a>(
    questions: impl Iterator<Item = (&'a str, &'a Decoded)> + Clone,
) -> impl Serialize {
    InOrder(questions.map(|(id, decoded)| (id, &decoded.n_best)))
}

/// `null_odds.json` of `run_qa.py`: the null odds of each question id that has some.
pub fn null_odds_json<'a>(
    questions: impl Iterator<Item = (&'a str, &'a Decoded)> + Clone,
) -> impl Serialize {
    InOrder(questions.filter_map(|(id, decoded)| Some((id, f64::from(decoded.null_odds?)))))
}

/// A JSON object with its keys in the order of an iterator.
struct InOrder<I>(I);

impl<K: Serialize, V: Serialize, I: Iterator<Item = (K, V)> + Clone> Serialize for InOrder<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.clone())
    }
}

/// Python writes all digits of an f32 as an f64: whoever reads an f64 gets the same number.
#[allow(clippy::trivially_copy_pass_by_ref)] // serde passes a reference.
fn as_f64<S: Serializer>(value: &f32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(f64::from(*value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn questions() -> Vec<(String, Decoded)> {
        let entry = |text: &str, start_logit, probability| NBestEntry {
            start_logit,
            end_logit: 0.1,
            text: text.to_owned(),
            probability,
            bytes: None,
        };
        let unanswered = Decoded {
            answer: String::new(),
            n_best: vec![entry("", 2.0, 0.75), entry("é", 1.0, 0.25)],
            null_odds: Some(0.1),
        };
        let answered = Decoded {
            answer: "x".to_owned(),
            n_best: vec![entry("x", 1.0, 1.0)],
            null_odds: None,
        };
        vec![("q2".to_owned(), unanswered), ("q1".to_owned(), answered)]
    }

    fn json(value: &impl Serialize) -> String {
        serde_json::to_string(value).unwrap()
    }

    #[test]
    fn the_files_are_those_of_run_qa() {
        let questions = questions();
        let all = || questions.iter().map(|(id, decoded)| (id.as_str(), decoded));
        assert_eq!(json(&predictions_json(all())), r#"{"q2":"","q1":"x"}"#);
        assert_eq!(
            json(&null_odds_json(all())),
            r#"{"q2":0.10000000149011612}"#
        );
        let expected = concat!(
            r#"{"q2":[{"start_logit":2.0,"end_logit":0.10000000149011612,"text":"","probability":0.75},"#,
            r#"{"start_logit":1.0,"end_logit":0.10000000149011612,"text":"é","probability":0.25}],"#,
            r#""q1":[{"start_logit":1.0,"end_logit":0.10000000149011612,"text":"x","probability":1.0}]}"#,
        );
        assert_eq!(json(&nbest_json(all())), expected);
    }

    #[test]
    fn the_best_text_is_not_empty() {
        assert_eq!(questions()[0].1.best_text(), "é");
    }
}
