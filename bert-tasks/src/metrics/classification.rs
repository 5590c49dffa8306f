//! The scores of one class per row, as scikit-learn computes them.

use super::averages::{Average, AverageScores, ClassScores, Counts};

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
    scores_of(predictions, labels, positive).f1
}

/// The mean of the F1 of every class that is predicted or a label: each counts the same, however
/// many examples it has. NaN for no examples.
///
/// scikit-learn's `f1_score(..., average="macro")`.
pub fn f1_macro(predictions: &[usize], labels: &[usize]) -> f64 {
    average_scores(predictions, labels, Average::Macro).f1
}

/// Precision, recall and F1 of class 1, whatever the other classes are.
///
/// scikit-learn's `precision_recall_fscore_support(..., average="binary", zero_division=0)`.
pub fn binary_scores(predictions: &[usize], labels: &[usize]) -> ClassScores {
    scores_of(predictions, labels, 1)
}

/// Precision, recall, F1 and support of each class, by class: of `classes` of them, or of as many
/// as the predictions and labels name where that is more.
///
/// scikit-learn's `precision_recall_fscore_support(..., average=None, zero_division=0)`.
pub fn class_scores(predictions: &[usize], labels: &[usize], classes: usize) -> Vec<ClassScores> {
    let mut counts = counts_by_class(predictions, labels);
    counts.resize(counts.len().max(classes), Counts::default());
    counts.into_iter().map(Counts::scores).collect()
}

/// Precision, recall and F1 over the classes that are predicted or a label: a class that is neither
/// does not lower the mean. With [`Average::Micro`] all three are the accuracy, as every row has
/// one class. For no examples 0, and NaN with [`Average::Macro`].
///
/// scikit-learn's `precision_recall_fscore_support(..., average=..., zero_division=0)`.
pub fn average_scores(predictions: &[usize], labels: &[usize], average: Average) -> AverageScores {
    let mut counts = counts_by_class(predictions, labels);
    counts.retain(|class| class.predicted + class.actual > 0);
    average.of(&counts)
}

/// Matthews' correlation of predictions and labels, of two classes or more: 1 for all right, about
/// 0 for guesses, -1 at worst. 0 where it is undefined, which is where all predictions or all
/// labels are one class.
///
/// scikit-learn's `matthews_corrcoef`.
pub fn matthews(predictions: &[usize], labels: &[usize]) -> f64 {
    let counts = counts_by_class(predictions, labels);
    let sum = |product: fn(&Counts) -> usize| {
        let products = counts.iter().map(|class| product(class) as i128);
        products.sum::<i128>()
    };
    let rows = labels.len() as i128;
    let correct = sum(|class| class.true_positives);
    let covariance = correct * rows - sum(|class| class.predicted * class.actual);
    let of_predictions = rows * rows - sum(|class| class.predicted * class.predicted);
    let of_labels = rows * rows - sum(|class| class.actual * class.actual);
    if of_predictions == 0 || of_labels == 0 {
        return 0.0;
    }
    // One root of the product: two of the factors would miss 1 by a little.
    let deviations = (of_predictions as f64 * of_labels as f64).sqrt();
    (covariance as f64 / deviations).clamp(-1.0, 1.0)
}

fn scores_of(predictions: &[usize], labels: &[usize], class: usize) -> ClassScores {
    debug_assert_eq!(predictions.len(), labels.len());
    let pairs = predictions.iter().zip(labels);
    let counts = pairs.map(|(&prediction, &label)| Counts {
        true_positives: usize::from(prediction == class && label == class),
        predicted: usize::from(prediction == class),
        actual: usize::from(label == class),
    });
    counts.sum::<Counts>().scores()
}

/// One pass, however many classes there are, up to the highest that occurs.
fn counts_by_class(predictions: &[usize], labels: &[usize]) -> Vec<Counts> {
    debug_assert_eq!(predictions.len(), labels.len());
    let highest = predictions.iter().chain(labels).max();
    let mut counts = vec![Counts::default(); highest.map_or(0, |&class| class + 1)];
    for (&prediction, &label) in predictions.iter().zip(labels) {
        counts[prediction].predicted += 1;
        counts[label].actual += 1;
        counts[label].true_positives += usize::from(prediction == label);
    }
    counts
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::reference::{
        assert_averages, assert_close, assert_table, reference, shuffled,
    };
    use super::*;

    const AVERAGES: [Average; 3] = [Average::Micro, Average::Macro, Average::Weighted];

    #[test]
    fn scikit_learn_has_the_same_scores() {
        let cases = reference().classification;
        assert!(cases.len() >= 40);
        for case in cases {
            let (predictions, labels) = (&case.predictions, &case.labels);
            assert_close(accuracy(predictions, labels), case.accuracy, &case.name);
            assert_close(matthews(predictions, labels), case.matthews, &case.name);
            if let Some(expected) = case.binary {
                let found = binary_scores(predictions, labels).into();
                assert_averages(found, expected, &case.name);
            }
            for (average, expected) in AVERAGES.into_iter().zip(case.averages) {
                let found = average_scores(predictions, labels, average);
                assert_averages(found, expected, &format!("{}, {average:?}", case.name));
            }
            let table = class_scores(predictions, labels, case.classes);
            assert_table(&table, &case.by_class, &case.name);
        }
    }

    #[test]
    fn by_hand() {
        let predictions = [1, 1, 1, 0, 0, 1];
        let labels = [1, 1, 0, 0, 1, 1];
        assert_eq!(accuracy(&predictions, &labels), 4.0 / 6.0);
        // precision 3/4, recall 3/4
        assert_eq!(f1(&predictions, &labels, 1), 0.75);
        // precision 1/2, recall 1/2
        assert_eq!(f1(&predictions, &labels, 0), 0.5);
        // (3 * 1 - 1 * 1) / sqrt(4 * 4 * 2 * 2)
        assert_eq!(matthews(&predictions, &labels), 0.25);
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

    #[test]
    fn no_examples_have_no_scores() {
        assert_eq!(class_scores(&[], &[], 2), [ClassScores::default(); 2]);
        assert_eq!(matthews(&[], &[]), 0.0);
        assert_eq!(average_scores(&[], &[], Average::Micro).f1, 0.0);
        assert_eq!(average_scores(&[], &[], Average::Weighted).f1, 0.0);
    }

    /// Predictions and labels of two to eight classes.
    fn rows() -> impl Strategy<Value = (Vec<usize>, Vec<usize>)> {
        (2usize..9)
            .prop_flat_map(|classes| prop::collection::vec((0..classes, 0..classes), 1..200))
            .prop_map(|pairs| pairs.into_iter().unzip())
    }

    fn two_classes() -> impl Strategy<Value = (Vec<usize>, Vec<usize>)> {
        prop::collection::vec((0usize..2, 0usize..2), 1..200)
            .prop_map(|pairs| pairs.into_iter().unzip())
    }

    proptest! {
        #[test]
        fn f1_is_the_harmonic_mean((p, l) in two_classes()) {
            let count = |a, b| p.iter().zip(&l).filter(|&(&x, &y)| x == a && y == b).count() as f64;
            let (tp, fp, fn_) = (count(1, 1), count(1, 0), count(0, 1));
            let value = f1(&p, &l, 1);
            if tp > 0.0 {
                let (precision, recall) = (tp / (tp + fp), tp / (tp + fn_));
                let mean = 2.0 * precision * recall / (precision + recall);
                prop_assert!((value - mean).abs() < 1e-12);
            } else {
                prop_assert_eq!(value, 0.0);
            }
        }

        #[test]
        fn macro_f1_is_the_mean_of_f1_to_the_bit((p, l) in rows()) {
            let classes: BTreeSet<usize> = p.iter().chain(&l).copied().collect();
            let scores = classes.iter().map(|&class| f1(&p, &l, class));
            let mean = scores.sum::<f64>() / classes.len() as f64;
            prop_assert_eq!(f1_macro(&p, &l).to_bits(), mean.to_bits());
        }

        #[test]
        fn micro_scores_are_the_accuracy((p, l) in rows()) {
            let AverageScores { precision, recall, f1 } = average_scores(&p, &l, Average::Micro);
            let accuracy = accuracy(&p, &l);
            prop_assert_eq!((precision, recall, f1), (accuracy, accuracy, accuracy));
        }

        #[test]
        fn scores_are_within_their_bounds((p, l) in rows()) {
            prop_assert!((-1.0..=1.0).contains(&matthews(&p, &l)));
            for average in AVERAGES {
                let AverageScores { precision, recall, f1 } = average_scores(&p, &l, average);
                for score in [precision, recall, f1] {
                    prop_assert!((0.0..=1.0 + 1e-12).contains(&score));
                }
            }
        }

        #[test]
        fn the_order_of_rows_is_nothing(
            (pairs, shuffled) in shuffled(prop::collection::vec((0usize..5, 0usize..5), 1..100))
        ) {
            let (p, l): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            let (other_p, other_l): (Vec<_>, Vec<_>) = shuffled.into_iter().unzip();
            prop_assert_eq!(class_scores(&p, &l, 5), class_scores(&other_p, &other_l, 5));
            prop_assert_eq!(matthews(&p, &l), matthews(&other_p, &other_l));
        }

        #[test]
        fn matthews_takes_neither_side((p, l) in two_classes()) {
            let swapped = |classes: &[usize]| -> Vec<_> {
                classes.iter().map(|class| 1 - class).collect()
            };
            let value = matthews(&p, &l);
            prop_assert_eq!(matthews(&l, &p), value);
            prop_assert_eq!(matthews(&swapped(&p), &swapped(&l)), value);
            prop_assert_eq!(matthews(&p, &swapped(&l)), -value);
            let varies = l.contains(&0) && l.contains(&1);
            prop_assert_eq!(matthews(&l, &l), if varies { 1.0 } else { 0.0 });
        }
    }
}
