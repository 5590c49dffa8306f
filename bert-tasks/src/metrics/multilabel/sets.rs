//! Sets of predicted classes against sets of right ones.

use crate::metrics::averages::{Average, AverageScores, ClassScores, Counts};

/// Share of rows whose predicted classes are exactly their labels; NaN for no rows.
///
/// scikit-learn's `accuracy_score`.
pub fn subset_accuracy(predictions: &[Vec<usize>], labels: &[Vec<usize>]) -> f64 {
    let rows = Tally::of(predictions, labels, 0).by_row;
    let exact = |row: &&Counts| row.predicted == row.true_positives && row.actual == row.predicted;
    rows.iter().filter(exact).count() as f64 / rows.len() as f64
}

/// Share of all rows times `classes` decisions that are wrong; NaN for no rows.
///
/// scikit-learn's `hamming_loss`.
pub fn hamming_loss(predictions: &[Vec<usize>], labels: &[Vec<usize>], classes: usize) -> f64 {
    let tally = Tally::of(predictions, labels, classes);
    let counts: Counts = tally.by_row.iter().copied().sum();
    let wrong = counts.predicted + counts.actual - 2 * counts.true_positives;
    wrong as f64 / (tally.by_row.len() * tally.by_class.len()) as f64
}

/// The mean over the rows of the F1 of a row's classes, which is 0 for a row that neither has nor
/// is predicted to have any; NaN for no rows.
///
/// scikit-learn's `f1_score(..., average="samples", zero_division=0)`.
pub fn f1_samples(predictions: &[Vec<usize>], labels: &[Vec<usize>]) -> f64 {
    let rows = Tally::of(predictions, labels, 0).by_row;
    rows.iter().map(|row| row.scores().f1).sum::<f64>() / rows.len() as f64
}

/// Precision, recall, F1 and support of each of `classes` classes, by class.
///
/// scikit-learn's `precision_recall_fscore_support(..., average=None, zero_division=0)`.
pub fn class_scores(
    predictions: &[Vec<usize>],
    labels: &[Vec<usize>],
    classes: usize,
) -> Vec<ClassScores> {
    let counts = Tally::of(predictions, labels, classes).by_class;
    counts.into_iter().map(Counts::scores).collect()
}

/// Precision, recall and F1 over all of `classes` classes, those without a label or a prediction
/// among them, which count as 0 in a mean.
///
/// scikit-learn's `precision_recall_fscore_support(..., average=..., zero_division=0)`.
pub fn average_scores(
    predictions: &[Vec<usize>],
    labels: &[Vec<usize>],
    classes: usize,
    average: Average,
) -> AverageScores {
    average.of(&Tally::of(predictions, labels, classes).by_class)
}

/// All that the scores of sets need to know, counted in one pass.
struct Tally {
    by_class: Vec<Counts>,
    by_row: Vec<Counts>,
}

impl Tally {
    /// Of `classes` classes, or of as many as the rows name where that is more.
    fn of(predictions: &[Vec<usize>], labels: &[Vec<usize>], classes: usize) -> Self {
        debug_assert_eq!(predictions.len(), labels.len());
        let highest = predictions.iter().chain(labels).flatten().max();
        let classes = highest.map_or(classes, |&class| classes.max(class + 1));
        let mut by_class = vec![Counts::default(); classes];
        // The last row that had a class, from 1: no set has to be cleared between rows.
        let (mut last_predicted, mut last_actual) = (vec![0; classes], vec![0; classes]);
        let rows = predictions.iter().zip(labels).zip(1..);
        let by_row = rows.map(|((predicted, actual), row)| {
            let mut counts = Counts::default();
            for &class in actual {
                if std::mem::replace(&mut last_actual[class], row) != row {
                    by_class[class].actual += 1;
                    counts.actual += 1;
                }
            }
            for &class in predicted {
                if std::mem::replace(&mut last_predicted[class], row) != row {
                    let right = usize::from(last_actual[class] == row);
                    by_class[class].predicted += 1;
                    by_class[class].true_positives += right;
                    counts.predicted += 1;
                    counts.true_positives += right;
                }
            }
            counts
        });
        let by_row = by_row.collect();
        Self { by_class, by_row }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::classification;
    use crate::metrics::reference::{
        assert_averages, assert_close, assert_table, reference, shuffled,
    };

    const AVERAGES: [Average; 3] = [Average::Micro, Average::Macro, Average::Weighted];

    #[test]
    fn scikit_learn_has_the_same_scores() {
        let cases = reference().multilabel;
        assert!(cases.len() >= 40);
        for case in cases {
            let (predictions, labels) = (&case.predictions, &case.labels);
            let subset = subset_accuracy(predictions, labels);
            assert_close(subset, case.subset_accuracy, &case.name);
            let hamming = hamming_loss(predictions, labels, case.classes);
            assert_close(hamming, case.hamming_loss, &case.name);
            assert_close(f1_samples(predictions, labels), case.f1_samples, &case.name);
            for (average, expected) in AVERAGES.into_iter().zip(case.averages) {
                let found = average_scores(predictions, labels, case.classes, average);
                assert_averages(found, expected, &format!("{}, {average:?}", case.name));
            }
            let table = class_scores(predictions, labels, case.classes);
            assert_table(&table, &case.by_class, &case.name);
        }
    }

    #[test]
    fn by_hand() {
        let predictions = [vec![2, 0], vec![], vec![1]];
        let labels = [vec![0, 2], vec![], vec![0, 1]];
        assert_eq!(subset_accuracy(&predictions, &labels), 2.0 / 3.0);
        assert_eq!(hamming_loss(&predictions, &labels, 4), 1.0 / 12.0);
        // 1, 0 and 2/3
        assert!((f1_samples(&predictions, &labels) - 5.0 / 9.0).abs() < 1e-12);
        let table = class_scores(&predictions, &labels, 4);
        assert_eq!((table[0].precision, table[0].recall), (1.0, 0.5));
        assert_eq!(table[3], ClassScores::default());
        let micro = average_scores(&predictions, &labels, 4, Average::Micro);
        assert_eq!((micro.precision, micro.recall), (1.0, 0.75));
        // Class 3 lowers the mean.
        let mean = average_scores(&predictions, &labels, 4, Average::Macro);
        assert_eq!((mean.precision, mean.recall), (0.75, 0.625));
    }

    #[test]
    fn a_class_listed_twice_counts_once() {
        let (twice, once) = ([vec![1, 0, 1]], [vec![0, 1]]);
        let labels = [vec![1, 1]];
        assert_eq!(
            class_scores(&twice, &labels, 2),
            class_scores(&once, &[vec![1]], 2)
        );
        assert_eq!(subset_accuracy(&twice, &once), 1.0);
    }

    #[test]
    fn no_rows_have_no_scores() {
        assert!(subset_accuracy(&[], &[]).is_nan());
        assert!(hamming_loss(&[], &[], 3).is_nan());
        assert!(f1_samples(&[], &[]).is_nan());
        assert_eq!(average_scores(&[], &[], 3, Average::Macro).f1, 0.0);
    }

    fn sets() -> impl Strategy<Value = Vec<(Vec<usize>, Vec<usize>)>> {
        vec((vec(0usize..6, 0..5), vec(0usize..6, 0..5)), 1..60)
    }

    proptest! {
        #[test]
        fn scores_are_within_their_bounds(rows in sets()) {
            let (p, l): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let mut scores = vec![subset_accuracy(&p, &l), f1_samples(&p, &l)];
            scores.push(hamming_loss(&p, &l, 6));
            for average in AVERAGES {
                let AverageScores { precision, recall, f1 } = average_scores(&p, &l, 6, average);
                scores.extend([precision, recall, f1]);
            }
            for score in scores {
                prop_assert!((0.0..=1.0 + 1e-12).contains(&score));
            }
        }

        #[test]
        fn the_order_of_rows_is_nothing(
            (rows, shuffled) in shuffled(sets())
        ) {
            let (p, l): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let (other_p, other_l): (Vec<_>, Vec<_>) = shuffled.into_iter().unzip();
            prop_assert_eq!(class_scores(&p, &l, 6), class_scores(&other_p, &other_l, 6));
            prop_assert_eq!(subset_accuracy(&p, &l), subset_accuracy(&other_p, &other_l));
            prop_assert_eq!(hamming_loss(&p, &l, 6), hamming_loss(&other_p, &other_l, 6));
            prop_assert!((f1_samples(&p, &l) - f1_samples(&other_p, &other_l)).abs() < 1e-12);
        }

        #[test]
        fn one_class_per_row_scores_as_a_classifier_does(
            rows in vec((0usize..5, 0usize..5), 1..80)
        ) {
            let (p, l): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let set_of_one = |class: &usize| vec![*class];
            let p_sets: Vec<_> = p.iter().map(set_of_one).collect();
            let l_sets: Vec<_> = l.iter().map(set_of_one).collect();
            let table = classification::class_scores(&p, &l, 5);
            prop_assert_eq!(class_scores(&p_sets, &l_sets, 5), table);
            let accuracy = classification::accuracy(&p, &l);
            prop_assert_eq!(subset_accuracy(&p_sets, &l_sets), accuracy);
            prop_assert_eq!(average_scores(&p_sets, &l_sets, 5, Average::Micro).f1, accuracy);
        }
    }
}
