//! Exact match and F1 of answers, as SQuAD's official scripts compute them.
//!
//! - `answer`: one answer against the right ones, [`AnswerScore`].
//! - [`squad_v1_scores`], [`squad_v2_scores`]: a whole split.
//! - `sweep`: the threshold on the null odds that would have been best, [`SquadBest`].

mod answer;
mod sweep;

use std::collections::HashMap;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

pub use answer::{AnswerScore, normalize_answer};
use sweep::Gain;
pub use sweep::SquadBest;

/// A question and its right answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoldQuestion<'a> {
    /// The question's name in the data set.
    pub id: &'a str,
    /// The texts of its right answers; none where the passage does not answer it.
    pub answers: Vec<&'a str>,
}

/// How sure a model is that questions have no answer.
#[derive(Clone, Copy, Debug)]
pub struct NullOdds<'a> {
    /// Score of no answer minus score of the best answer, by question id.
    pub odds: &'a HashMap<String, f64>,
    /// A question with higher odds is scored as if it were not answered. Infinity scores the
    /// predictions as they are.
    pub threshold: f64,
}

/// Scores of a split. Their JSON has the official script's keys: `exact`, `f1`, `total`,
/// `HasAns_exact` and so on, `best_exact`, `best_exact_thresh` and so on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SquadScores {
    /// Exact match in percent; NaN for no questions.
    pub exact: f64,
    /// F1 in percent; NaN for no questions.
    pub f1: f64,
    /// Questions.
    pub total: usize,
    /// The questions that have an answer, of SQuAD 2.0; absent where there are none.
    pub has_ans: Option<SquadPart>,
    /// The questions that have no answer, of SQuAD 2.0; absent where there are none.
    pub no_ans: Option<SquadPart>,
    /// What the best thresholds would give; absent without null odds.
    pub best: Option<SquadBest>,
}

/// Scores of a part of the questions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SquadPart {
    /// Exact match in percent.
    pub exact: f64,
    /// F1 in percent.
    pub f1: f64,
    /// Questions.
    pub total: usize,
}

/// Scores predictions, by question id, for SQuAD 1.1. A question without one scores 0.
///
/// Follows `evaluate-v1.1.py`, which calls `exact` `exact_match`.
pub fn squad_v1_scores(
    questions: &[GoldQuestion<'_>],
    predictions: &HashMap<String, String>,
) -> SquadScores {
    let scores = questions.iter().map(|question| {
        let prediction = predictions.get(question.id);
        prediction.map_or(AnswerScore::NONE, |text| {
            AnswerScore::v1(text, &question.answers)
        })
    });
    let all = SquadPart::of(scores);
    SquadScores {
        exact: all.exact,
        f1: all.f1,
        total: all.total,
        has_ans: None,
        no_ans: None,
        best: None,
    }
}

/// Scores predictions, by question id, for SQuAD 2.0. The empty prediction says that there is no
/// answer.
///
/// With null odds, the best thresholds are found too. To compare all thresholds they need the best
/// text of every question, before a threshold has emptied any. A question without odds keeps its
/// prediction and counts as unanswered in the search.
///
/// Follows `evaluate-v2.0.py`, but a question without a prediction scores 0: the script leaves it
/// out of the total or fails.
pub fn squad_v2_scores(
    questions: &[GoldQuestion<'_>],
    predictions: &HashMap<String, String>,
    null_odds: Option<NullOdds<'_>>,
) -> SquadScores {
    let mut scores = Vec::with_capacity(questions.len());
    let mut gains = Vec::new();
    for question in questions {
        let has_ans = !question.answers.is_empty();
        let Some(text) = predictions.get(question.id) else {
            scores.push((has_ans, AnswerScore::NONE));
            continue;
        };
        let mut score = AnswerScore::v2(text, &question.answers);
        let odds = null_odds.and_then(|null| Some((*null.odds.get(question.id)?, null.threshold)));
        if let Some((odds, threshold)) = odds.filter(|(odds, _)| !odds.is_nan()) {
            let (exact, f1) = match (has_ans, text.is_empty()) {
                (true, _) => (f64::from(score.exact), score.f1),
                (false, true) => (0.0, 0.0),
                (false, false) => (-1.0, -1.0),
            };
            gains.push(Gain { odds, exact, f1 });
            if odds > threshold {
                score = AnswerScore {
                    exact: !has_ans,
                    f1: f64::from(!has_ans),
                };
            }
        }
        scores.push((has_ans, score));
    }
    let part = |wanted: bool| {
        let part = scores.iter().filter(|(has_ans, _)| *has_ans == wanted);
        let part = SquadPart::of(part.map(|&(_, score)| score));
        Some(part).filter(|part| part.total > 0)
    };
    let all = SquadPart::of(scores.iter().map(|&(_, score)| score));
    let no_ans = part(false);
    let no_answers = no_ans.map_or(0, |part| part.total);
    SquadScores {
        exact: all.exact,
        f1: all.f1,
        total: all.total,
        has_ans: part(true),
        no_ans,
        best: null_odds.map(|_| sweep::best(gains, no_answers, all.total)),
    }
}

impl SquadPart {
    fn of(scores: impl Iterator<Item = AnswerScore>) -> Self {
        let (mut exact, mut f1, mut total) = (0.0, 0.0, 0);
        for score in scores {
            exact += f64::from(score.exact);
            f1 += score.f1;
            total += 1;
        }
        Self {
            exact: 100.0 * exact / total as f64,
            f1: 100.0 * f1 / total as f64,
            total,
        }
    }
}

impl Serialize for SquadScores {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("exact", &self.exact)?;
        map.serialize_entry("f1", &self.f1)?;
        map.serialize_entry("total", &self.total)?;
        for (name, part) in [("HasAns", self.has_ans), ("NoAns", self.no_ans)] {
            if let Some(part) = part {
                map.serialize_entry(&format!("{name}_exact"), &part.exact)?;
                map.serialize_entry(&format!("{name}_f1"), &part.f1)?;
                map.serialize_entry(&format!("{name}_total"), &part.total)?;
            }
        }
        if let Some(best) = self.best {
            map.serialize_entry("best_exact", &best.exact)?;
            map.serialize_entry("best_exact_thresh", &best.exact_threshold)?;
            map.serialize_entry("best_f1", &best.f1)?;
            map.serialize_entry("best_f1_thresh", &best.f1_threshold)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn questions() -> Vec<GoldQuestion<'static>> {
        let question = |id, answers: &[&'static str]| GoldQuestion {
            id,
            answers: answers.to_vec(),
        };
        vec![
            question("right", &["the owl", "an owl in a tree"]),
            question("half", &["grey owl"]),
            question("missing", &["owl"]),
            question("unanswerable", &[]),
            question("fooled", &[]),
        ]
    }

    fn predictions() -> HashMap<String, String> {
        let predictions = [
            ("right", "Owl."),
            ("half", "white owl"),
            ("unanswerable", ""),
            ("fooled", "owl"),
            ("of another split", "cat"),
        ];
        let owned = predictions.map(|(id, text)| (id.to_owned(), text.to_owned()));
        owned.into_iter().collect()
    }

    fn odds(odds: &[(&str, f64)]) -> HashMap<String, f64> {
        odds.iter().map(|&(id, v)| (id.to_owned(), v)).collect()
    }

    #[test]
    fn a_missing_prediction_scores_nothing() {
        let scores = squad_v1_scores(&questions()[..3], &predictions());
        assert_eq!(scores.total, 3);
        assert_eq!(scores.exact, 100.0 / 3.0);
        assert_eq!(scores.f1, 50.0);
        let json = serde_json::to_string(&scores).unwrap();
        assert_eq!(json, r#"{"exact":33.333333333333336,"f1":50.0,"total":3}"#);
    }

    #[test]
    fn questions_with_and_without_an_answer_are_scored_apart() {
        let scores = squad_v2_scores(&questions(), &predictions(), None);
        assert_eq!((scores.exact, scores.f1, scores.total), (40.0, 50.0, 5));
        let has_ans = scores.has_ans.unwrap();
        assert_eq!((has_ans.f1, has_ans.total), (50.0, 3));
        let no_ans = scores.no_ans.unwrap();
        assert_eq!((no_ans.exact, no_ans.f1, no_ans.total), (50.0, 50.0, 2));
        assert_eq!(scores.best, None);
        let answerable = squad_v2_scores(&questions()[..3], &predictions(), None);
        assert_eq!(answerable.no_ans, None);
    }

    #[test]
    fn odds_above_the_threshold_take_the_answer_back() {
        let odds = odds(&[("right", -2.0), ("half", 1.5), ("fooled", 1.0)]);
        let scored = |threshold| {
            let odds = NullOdds {
                odds: &odds,
                threshold,
            };
            let scores = squad_v2_scores(&questions(), &predictions(), Some(odds));
            (scores.exact, scores.f1)
        };
        assert_eq!(scored(f64::INFINITY), (40.0, 50.0));
        // Odds equal to the threshold are not above it.
        assert_eq!(scored(1.0), (40.0, 40.0));
        assert_eq!(scored(0.0), (60.0, 60.0));
        assert_eq!(scored(-3.0), (40.0, 40.0));
    }

    #[test]
    fn the_json_has_the_official_keys_in_their_order() {
        let odds = odds(&[
            ("right", -2.0),
            ("half", f64::NAN),
            ("unanswerable", -3.0),
            ("fooled", 1.0),
        ]);
        let odds = NullOdds {
            odds: &odds,
            threshold: f64::INFINITY,
        };
        let scores = squad_v2_scores(&questions(), &predictions(), Some(odds));
        let expected = concat!(
            r#"{"exact":40.0,"f1":50.0,"total":5,"#,
            r#""HasAns_exact":33.333333333333336,"HasAns_f1":50.0,"HasAns_total":3,"#,
            r#""NoAns_exact":50.0,"NoAns_f1":50.0,"NoAns_total":2,"#,
            r#""best_exact":60.0,"best_exact_thresh":-2.0,"best_f1":60.0,"best_f1_thresh":-2.0}"#,
        );
        assert_eq!(serde_json::to_string(&scores).unwrap(), expected);
    }

    #[test]
    fn no_questions_have_no_score() {
        let scores = squad_v2_scores(&[], &predictions(), None);
        assert!(scores.exact.is_nan() && scores.f1.is_nan());
        assert_eq!((scores.total, scores.has_ans), (0, None));
    }
}
