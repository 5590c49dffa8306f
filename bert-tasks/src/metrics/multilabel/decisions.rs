//! The rows' scores as one list of decisions, and what is predicted of them as a threshold falls.

use crate::metrics::averages::Counts;

/// One class of one row.
#[derive(Clone, Copy)]
pub(super) struct Decision {
    score: f64,
    /// Whether the class is a label of the row.
    positive: bool,
}

/// All of them, row by row, each row in the order of its classes.
///
/// # Panics
///
/// If the rows of scores differ in length, or a label has no score.
pub(super) fn decisions(scores: &[Vec<f64>], labels: &[Vec<usize>]) -> Vec<Decision> {
    debug_assert_eq!(scores.len(), labels.len());
    let classes = scores.first().map_or(0, Vec::len);
    let mut decisions = Vec::with_capacity(scores.len() * classes);
    for (scores, labels) in scores.iter().zip(labels) {
        assert_eq!(scores.len(), classes, "rows have one score per class");
        let first = decisions.len();
        decisions.extend(scores.iter().map(|&score| Decision {
            score,
            positive: false,
        }));
        for class in labels {
            decisions[first..][*class].positive = true;
        }
    }
    decisions
}

/// How many of them are right.
pub(super) fn positives(decisions: &[Decision]) -> usize {
    decisions
        .iter()
        .filter(|decision| decision.positive)
        .count()
}

/// Each score that occurs, from the highest down, with the counts of all that reach it. A score
/// that is not a number reaches none.
pub(super) fn cuts(decisions: &mut [Decision]) -> impl Iterator<Item = (f64, Counts)> {
    let mut counts = Counts {
        actual: positives(decisions),
        ..Counts::default()
    };
    decisions.sort_unstable_by(|a, b| b.score.total_cmp(&a.score));
    // Two zeros differ in the order, but not here.
    let equal = decisions.chunk_by(|a, b| a.score == b.score);
    equal
        .filter(|equal| !equal[0].score.is_nan())
        .map(move |equal| {
            counts.predicted += equal.len();
            counts.true_positives += positives(equal);
            (equal[0].score, counts)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scores_fall_together_and_what_is_no_number_never() {
        let scores = [vec![0.5, 0.0, f64::NAN], vec![-0.0, 0.5, 0.25]];
        let mut decisions = decisions(&scores, &[vec![0, 2], vec![0]]);
        let found: Vec<_> = cuts(&mut decisions)
            .map(|(score, counts)| (score, counts.predicted, counts.true_positives))
            .collect();
        assert_eq!(found, [(0.5, 2, 1), (0.25, 3, 1), (0.0, 5, 2)]);
    }

    #[test]
    #[should_panic(expected = "one score per class")]
    fn rows_of_different_length_are_refused() {
        decisions(&[vec![0.5, 0.5], vec![0.5]], &[vec![], vec![]]);
    }
}
