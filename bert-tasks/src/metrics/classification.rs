//! Accuracy and F1, as scikit-learn computes them.

use std::collections::BTreeSet;

/// Share of predictions that equal their label; NaN for no examples.
pub fn accuracy(predictions: &[usize], labels: &[usize]) -> f64 {
    debug_assert_eq!(predictions.len(), labels.len());
    let correct = predictions
        .iter()
        .zip(labels)
        .filter(|(p, l)| p == l)
        .count();
    correct as f64 / labels.len() as f64
}

/// F1 of class `positive`: the harmonic mean of its precision and recall.
///
/// 0 where nothing was predicted or nothing is positive, as scikit-learn's `zero_division=0`.
pub fn f1(predictions: &[usize], labels: &[usize], positive: usize) -> f64 {
    debug_assert_eq!(predictions.len(), labels.len());
    let pairs = || predictions.iter().zip(labels);
    let true_positives = pairs()
        .filter(|&(&p, &l)| p == positive && l == positive)
        .count();
    let predicted = predictions.iter().filter(|&&p| p == positive).count();
    let actual = labels.iter().filter(|&&l| l == positive).count();
    if predicted + actual == 0 {
        return 0.0;
    }
    2.0 * true_positives as f64 / (predicted + actual) as f64
}

/// The mean of the F1 of every class that is predicted or a label: each counts the same, however
/// many examples it has. NaN for no examples.
///
/// scikit-learn's `f1_score(..., average="macro")`.
pub fn f1_macro(predictions: &[usize], labels: &[usize]) -> f64 {
    let classes: BTreeSet<usize> = predictions.iter().chain(labels).copied().collect();
    let scores = classes.iter().map(|&class| f1(predictions, labels, class));
    scores.sum::<f64>() / classes.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn by_hand() {
        let predictions = [1, 1, 1, 0, 0, 1];
        let labels = [1, 1, 0, 0, 1, 1];
        assert_eq!(accuracy(&predictions, &labels), 4.0 / 6.0);
        // precision 3/4, recall 3/4
        assert_eq!(f1(&predictions, &labels, 1), 0.75);
        // precision 1/2, recall 1/2
        assert_eq!(f1(&predictions, &labels, 0), 0.5);
    }

    #[test]
    fn every_class_counts_the_same_in_macro_f1() {
        // 0.8, 0 and 2/3; class 3 is neither predicted nor a label.
        let (predictions, labels) = ([0, 0, 0, 2, 1], [0, 0, 1, 2, 2]);
        let found = f1_macro(&predictions, &labels);
        assert!((found - (0.8 + 0.0 + 2.0 / 3.0) / 3.0).abs() < 1e-12);
        assert_eq!(f1_macro(&[4, 4], &[4, 4]), 1.0);
        assert!(f1_macro(&[], &[]).is_nan());
    }

    #[test]
    fn mrpcs_majority_class_has_the_published_scores() {
        // 279 of MRPC's 408 dev pairs are paraphrases.
        let labels: Vec<usize> = (0..408).map(|i| usize::from(i < 279)).collect();
        let predictions = vec![1; 408];
        assert!((accuracy(&predictions, &labels) - 0.6838).abs() < 1e-4);
        assert!((f1(&predictions, &labels, 1) - 0.8122).abs() < 1e-4);
    }

    #[test]
    fn nothing_positive_is_zero() {
        assert_eq!(f1(&[0, 0], &[0, 0], 1), 0.0);
        assert_eq!(f1(&[0, 0], &[1, 0], 1), 0.0);
    }

    proptest! {
        #[test]
        fn f1_is_the_harmonic_mean(pairs in prop::collection::vec((0usize..2, 0usize..2), 1..200)) {
            let (p, l): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            let count = |a, b| p.iter().zip(&l).filter(|&(&x, &y)| x == a && y == b).count() as f64;
            let (tp, fp, fn_) = (count(1, 1), count(1, 0), count(0, 1));
            let value = f1(&p, &l, 1);
            if tp > 0.0 {
                let (precision, recall) = (tp / (tp + fp), tp / (tp + fn_));
                prop_assert!((value - 2.0 * precision * recall / (precision + recall)).abs() < 1e-12);
            } else {
                prop_assert_eq!(value, 0.0);
            }
        }
    }
}
