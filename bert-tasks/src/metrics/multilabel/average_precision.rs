//! How well scores put what is right before what is not.

use super::decisions::{Decision, cuts, decisions};

/// The mean of the average precision of every class: each counts the same. A class that no row has
/// counts as 0, as in scikit-learn, which warns of it as well. NaN without rows or classes.
///
/// A row of `scores` has one for each class; only their order matters, and equal ones come
/// together. scikit-learn's `average_precision_score(..., average="macro")`.
///
/// # Panics
///
/// If the rows of scores differ in length, or a label has no score.
pub fn average_precision_macro(scores: &[Vec<f64>], labels: &[Vec<usize>]) -> f64 {
    let classes = scores.first().map_or(0, Vec::len);
    let all = decisions(scores, labels);
    let by_class = (0..classes).map(|class| {
        let mut column: Vec<_> = all.iter().skip(class).step_by(classes).copied().collect();
        average_precision(&mut column)
    });
    by_class.sum::<f64>() / classes as f64
}

/// The average precision of the scores of all rows and classes in one order; 0 where no row has a
/// class.
///
/// scikit-learn's `average_precision_score(..., average="micro")`.
///
/// # Panics
///
/// If the rows of scores differ in length, or a label has no score.
pub fn average_precision_micro(scores: &[Vec<f64>], labels: &[Vec<usize>]) -> f64 {
    average_precision(&mut decisions(scores, labels))
}

/// The precision at every score, by what that score adds to the recall.
fn average_precision(decisions: &mut [Decision]) -> f64 {
    let mut recall = 0.0;
    let gains = cuts(decisions).map(|(_, counts)| {
        let scores = counts.scores();
        let gain = scores.recall - recall;
        recall = scores.recall;
        gain * scores.precision
    });
    // `sum` makes -0 of nothing.
    gains.fold(0.0, |sum, gain| sum + gain)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::above;
    use super::*;
    use crate::metrics::reference::{assert_close, reference, shuffled};

    #[test]
    fn scikit_learn_has_the_same_scores() {
        for case in reference().multilabel {
            let (scores, labels) = (&case.scores, &case.labels);
            let by_class = average_precision_macro(scores, labels);
            assert_close(by_class, case.average_precision_macro, &case.name);
            let together = average_precision_micro(scores, labels);
            assert_close(together, case.average_precision_micro, &case.name);
        }
    }

    #[test]
    fn by_hand() {
        let scores = [vec![0.9, 0.1], vec![0.8, 0.2], vec![0.7, 0.3]];
        let labels = [vec![0], vec![], vec![0]];
        // 1/2 * 1 + 1/2 * 2/3, and class 1 has no row.
        let first = 5.0 / 6.0;
        assert!((average_precision_macro(&scores, &labels) - first / 2.0).abs() < 1e-12);
        assert!((average_precision_micro(&scores, &labels) - first).abs() < 1e-12);
    }

    #[test]
    fn without_labels_it_is_zero_and_without_rows_nothing() {
        assert_eq!(average_precision_macro(&[vec![0.5]], &[vec![]]), 0.0);
        assert_eq!(average_precision_micro(&[], &[]).to_bits(), 0);
        assert!(average_precision_macro(&[], &[]).is_nan());
    }

    fn rows() -> impl Strategy<Value = Vec<(Vec<f64>, Vec<usize>)>> {
        let score = (0u8..20).prop_map(|score| f64::from(score) / 20.0);
        vec((vec(score, 4), vec(0usize..4, 0..3)), 1..60)
    }

    proptest! {
        #[test]
        fn only_the_order_of_the_scores_matters(
            (rows, shuffled) in shuffled(rows())
        ) {
            let (scores, labels): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let (mut other_scores, other_labels): (Vec<_>, Vec<_>) = shuffled.into_iter().unzip();
            other_scores.iter_mut().flatten().for_each(|score| *score = score.exp());
            for average in [average_precision_macro, average_precision_micro] {
                let value = average(&scores, &labels);
                prop_assert!((0.0..=1.0 + 1e-12).contains(&value));
                prop_assert_eq!(average(&other_scores, &other_labels), value);
            }
        }

        #[test]
        fn right_before_wrong_is_one(
            scores in vec(vec(prop_oneof![Just(0.0), Just(1.0)], 2), 1..50)
        ) {
            let labels = above(&scores, 0.5);
            let expected = if labels.concat().is_empty() { 0.0 } else { 1.0 };
            prop_assert_eq!(average_precision_micro(&scores, &labels), expected);
        }
    }
}
