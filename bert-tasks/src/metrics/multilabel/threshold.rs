//! From scores to sets of classes.

use std::cmp::Ordering;

use super::decisions::{cuts, decisions, positives};
use crate::metrics::averages::Counts;

/// What is more likely than not, where scores are probabilities.
const EVEN: f64 = 0.5;

/// The classes of each row whose score is at least `threshold`, in order.
pub fn above(scores: &[Vec<f64>], threshold: f64) -> Vec<Vec<usize>> {
    let classes = |row: &Vec<f64>| {
        let reach = row.iter().enumerate().filter(|&(_, &s)| s >= threshold);
        reach.map(|(class, _)| class).collect()
    };
    scores.iter().map(classes).collect()
}

/// The one threshold for all classes that gives [`above`] the highest micro-averaged F1.
///
/// Exact: of all thresholds between two neighbouring scores, which predict the same, it looks at
/// the middle one, or at 0.5 where that is among them; at or below the lowest score, at the lowest.
/// Among equally good ones it takes the nearest to 0.5, the higher of two as near, and so 0.5 where
/// nothing is a label. O(n log n) in the number of scores.
///
/// A row of `scores` has one for each class.
///
/// # Panics
///
/// If the rows of scores differ in length, or a label has no score.
pub fn best_threshold(scores: &[Vec<f64>], labels: &[Vec<usize>]) -> f64 {
    let mut decisions = decisions(scores, labels);
    let nothing = Counts {
        actual: positives(&decisions),
        ..Counts::default()
    };
    let (mut best, mut best_counts) = (EVEN, nothing);
    let mut cuts = cuts(&mut decisions).peekable();
    while let Some((score, counts)) = cuts.next() {
        let threshold = between(cuts.peek().map(|&(below, _)| below), score);
        let nearer = (threshold - EVEN).abs() < (best - EVEN).abs();
        match compare_f1(counts, best_counts) {
            Ordering::Less => {}
            Ordering::Equal if !nearer => {}
            Ordering::Equal | Ordering::Greater => (best, best_counts) = (threshold, counts),
        }
    }
    best
}

/// The threshold to take above the score `below`, where there is one, up to `score`.
fn between(below: Option<f64>, score: f64) -> f64 {
    let reaches = |threshold: f64| threshold <= score && below.is_none_or(|b| threshold > b);
    if reaches(EVEN) {
        return EVEN;
    }
    // Between two scores next to each other, or an infinite one, there is no middle.
    let middle = below.map(|below| below.midpoint(score));
    middle.filter(|&m| reaches(m)).unwrap_or(score)
}

/// By their F1, as fractions: equal ones compare equal, however they round.
fn compare_f1(a: Counts, b: Counts) -> Ordering {
    let product =
        |a: Counts, b: Counts| a.true_positives as u128 * (b.predicted + b.actual) as u128;
    product(a, b).cmp(&product(b, a))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::average_scores;
    use super::*;
    use crate::metrics::averages::Average;
    use crate::metrics::reference::{assert_close, reference, shuffled};

    fn f1_at(scores: &[Vec<f64>], labels: &[Vec<usize>], threshold: f64) -> f64 {
        let classes = scores.first().map_or(0, Vec::len);
        average_scores(&above(scores, threshold), labels, classes, Average::Micro).f1
    }

    #[test]
    fn no_threshold_of_scikit_learn_does_better() {
        for case in reference().multilabel {
            let threshold = best_threshold(&case.scores, &case.labels);
            let found = f1_at(&case.scores, &case.labels, threshold);
            assert_close(found, case.best_f1_micro, &case.name);
            let even = above(&case.scores, 0.5);
            assert_eq!(even, case.predictions, "{}", case.name);
        }
    }

    #[test]
    fn it_is_midway_between_two_scores() {
        let scores = [vec![0.9, 0.75], vec![0.625, 0.1]];
        assert_eq!(best_threshold(&scores, &[vec![0], vec![]]), 0.825);
        assert_eq!(best_threshold(&scores, &[vec![0, 1], vec![]]), 0.6875);
        // 0.5 separates as well as the middle of 0.1 and 0.625.
        assert_eq!(best_threshold(&scores, &[vec![0, 1], vec![0]]), 0.5);
        // All are right: there is no middle below the lowest.
        assert_eq!(best_threshold(&scores, &[vec![0, 1], vec![0, 1]]), 0.1);
    }

    #[test]
    fn the_nearest_to_even_is_taken() {
        // One of one above 0.75, or two of four above 0.25: F1 is 2/3 both times.
        let scores = [vec![0.875, 0.625, 0.5625, 0.375, 0.125]];
        assert_eq!(best_threshold(&scores, &[vec![0, 3]]), 0.75);
        let scores = [vec![0.875, 0.75, 0.5625, 0.375, 0.125]];
        assert_eq!(best_threshold(&scores, &[vec![0, 3]]), 0.25);
        assert_eq!(best_threshold(&[vec![0.1, 0.9]], &[vec![]]), 0.5);
        assert_eq!(best_threshold(&[], &[]), 0.5);
    }

    #[test]
    fn neighbouring_and_infinite_scores_are_told_apart() {
        let low = 0.75_f64;
        let high = low.next_up();
        assert_eq!(best_threshold(&[vec![low, high]], &[vec![1]]), high);
        let scores = [vec![f64::INFINITY, f64::NEG_INFINITY, f64::NAN]];
        let threshold = best_threshold(&scores, &[vec![0]]);
        assert_eq!(above(&scores, threshold), [vec![0]]);
    }

    fn rows() -> impl Strategy<Value = Vec<(Vec<f64>, Vec<usize>)>> {
        let score = prop_oneof![
            0.0..1.0,
            (0u8..=20).prop_map(|score| f64::from(score) / 20.0)
        ];
        vec((vec(score, 3), vec(0usize..3, 0..3)), 0..30)
    }

    proptest! {
        #[test]
        fn none_of_a_thousand_others_is_better(rows in rows(), others in vec(-0.1..1.1, 1000)) {
            let (scores, labels): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let threshold = best_threshold(&scores, &labels);
            let best = f1_at(&scores, &labels, threshold);
            for other in others {
                let found = f1_at(&scores, &labels, other);
                prop_assert!(found <= best, "{found} at {other} is above {best} at {threshold}");
            }
            for other in scores.iter().flatten() {
                prop_assert!(f1_at(&scores, &labels, *other) <= best);
            }
        }

        #[test]
        fn the_order_of_rows_is_nothing(
            (rows, shuffled) in shuffled(rows())
        ) {
            let (scores, labels): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let (other_scores, other_labels): (Vec<_>, Vec<_>) = shuffled.into_iter().unzip();
            let other = best_threshold(&other_scores, &other_labels);
            prop_assert_eq!(best_threshold(&scores, &labels), other);
        }
    }
}
