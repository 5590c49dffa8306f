//! The scores of numbers, as scipy and scikit-learn compute them.

/// Pearson's correlation of predictions and labels, from -1 to 1.
///
/// scipy's `pearsonr`, except that it is 0 where predictions or labels do not vary, as of a model
/// that predicts the mean: scipy's NaN would make such an evaluation look broken. NaN where an
/// input is not finite.
pub fn pearson(predictions: &[f64], labels: &[f64]) -> f64 {
    debug_assert_eq!(predictions.len(), labels.len());
    if !all_finite(predictions) || !all_finite(labels) {
        return f64::NAN;
    }
    let (Some(x), Some(y)) = (unit(predictions), unit(labels)) else {
        return 0.0;
    };
    let correlation: f64 = x.iter().zip(&y).map(|(x, y)| x * y).sum();
    correlation.clamp(-1.0, 1.0)
}

/// Spearman's correlation: Pearson's of the ranks, where equal numbers share their mean rank.
///
/// scipy's `spearmanr`, except that it is 0 where predictions or labels do not vary, as
/// [`pearson`].
pub fn spearman(predictions: &[f64], labels: &[f64]) -> f64 {
    if !all_finite(predictions) || !all_finite(labels) {
        return f64::NAN;
    }
    pearson(&ranks(predictions), &ranks(labels))
}

/// Mean squared error; NaN for no examples.
///
/// scikit-learn's `mean_squared_error`.
pub fn mse(predictions: &[f64], labels: &[f64]) -> f64 {
    squared_errors(predictions, labels) / labels.len() as f64
}

/// Mean absolute error; NaN for no examples.
///
/// scikit-learn's `mean_absolute_error`.
pub fn mae(predictions: &[f64], labels: &[f64]) -> f64 {
    debug_assert_eq!(predictions.len(), labels.len());
    let errors = predictions.iter().zip(labels).map(|(p, l)| (p - l).abs());
    errors.sum::<f64>() / labels.len() as f64
}

/// Share of the labels' variance that the predictions explain: 1 for all right, 0 for their mean,
/// below 0 for worse. Where the labels do not vary, 1 if all are right and 0 if not; NaN for no
/// examples.
///
/// scikit-learn's `r2_score`, which leaves a single example undefined.
pub fn r2(predictions: &[f64], labels: &[f64]) -> f64 {
    let errors = squared_errors(predictions, labels);
    if labels.is_empty() || !errors.is_finite() {
        return f64::NAN;
    }
    let variation: f64 = centered(labels).iter().map(|l| l * l).sum();
    if variation == 0.0 || constant(labels) {
        return if errors == 0.0 { 1.0 } else { 0.0 };
    }
    1.0 - errors / variation
}

fn squared_errors(predictions: &[f64], labels: &[f64]) -> f64 {
    debug_assert_eq!(predictions.len(), labels.len());
    let pairs = predictions.iter().zip(labels);
    pairs.map(|(p, l)| (p - l) * (p - l)).sum()
}

fn all_finite(values: &[f64]) -> bool {
    values.iter().all(|value| value.is_finite())
}

/// By comparison: the mean of equal numbers may differ from them in the last bit.
fn constant(values: &[f64]) -> bool {
    values.iter().all(|value| *value == values[0])
}

fn centered(values: &[f64]) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|value| value - mean).collect()
}

/// Centered and of length 1; none where the values do not vary.
fn unit(values: &[f64]) -> Option<Vec<f64>> {
    if constant(values) {
        return None;
    }
    let mut centered = centered(values);
    // Squares of the largest, which is 1, neither overflow nor vanish.
    let largest = centered.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
    centered.iter_mut().for_each(|value| *value /= largest);
    let length = centered.iter().map(|v| v * v).sum::<f64>().sqrt();
    centered.iter_mut().for_each(|value| *value /= length);
    Some(centered)
}

/// From 1; equal values have the mean of the ranks that they take.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let mean = before as f64 + (equal.len() + 1) as f64 / 2.0;
        for &place in equal {
            ranks[place] = mean;
        }
        before += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::reference::{assert_close, reference, shuffled};
    use super::*;

    #[test]
    fn scipy_and_scikit_learn_have_the_same_scores() {
        let cases = reference().regression;
        assert!(cases.len() >= 40);
        for case in cases {
            let (predictions, labels) = (&case.predictions, &case.labels);
            assert_close(mse(predictions, labels), case.mse, &case.name);
            assert_close(mae(predictions, labels), case.mae, &case.name);
            // What is undefined there is 0 here.
            let expected = case.pearson.unwrap_or(0.0);
            assert_close(pearson(predictions, labels), expected, &case.name);
            let expected = case.spearman.unwrap_or(0.0);
            assert_close(spearman(predictions, labels), expected, &case.name);
            match case.r2 {
                Some(expected) => assert_close(r2(predictions, labels), expected, &case.name),
                None => assert_eq!(labels.len(), 1, "{}", case.name),
            }
        }
    }

    #[test]
    fn by_hand() {
        let (predictions, labels) = ([1.0, 2.0, 2.0, 4.0], [1.0, 3.0, 2.0, 2.0]);
        assert_eq!(mse(&predictions, &labels), 1.25);
        assert_eq!(mae(&predictions, &labels), 0.75);
        assert_eq!(r2(&predictions, &labels), 1.0 - 5.0 / 2.0);
        assert_eq!(ranks(&labels), [1.0, 4.0, 2.5, 2.5]);
        assert_eq!(ranks(&[0.0, -0.0]), [1.5, 1.5]);
    }

    #[test]
    fn what_does_not_vary_has_no_correlation() {
        // Their sum by their number is not 0.1.
        let constant = [0.1; 3];
        for correlation in [pearson, spearman] {
            assert_eq!(correlation(&constant, &[1.0, 2.0, 3.0]), 0.0);
            assert_eq!(correlation(&[1.0, 2.0, 3.0], &constant), 0.0);
            assert_eq!(correlation(&[1.0], &[2.0]), 0.0);
            assert_eq!(correlation(&[], &[]), 0.0);
        }
        assert_eq!(r2(&constant, &constant), 1.0);
        assert_eq!(r2(&[0.1, 0.1, 0.2], &constant), 0.0);
        assert_eq!((r2(&[1.0], &[1.0]), r2(&[2.0], &[1.0])), (1.0, 0.0));
        // The square of what the labels differ by is 0.
        assert_eq!(r2(&[1.0, 1.0], &[1e-200, 2e-200]), 0.0);
    }

    #[test]
    fn what_is_not_finite_stays_so() {
        for broken in [f64::NAN, f64::INFINITY] {
            for score in [pearson, spearman, r2] {
                assert!(score(&[broken, 1.0], &[1.0, 2.0]).is_nan());
            }
            for score in [mse, mae] {
                assert!(!score(&[broken, 1.0], &[1.0, 2.0]).is_finite());
            }
        }
        for score in [mse, mae, r2] {
            assert!(score(&[], &[]).is_nan());
        }
    }

    #[test]
    fn neither_huge_nor_tiny_numbers_lose_their_correlation() {
        for scale in [1e300, 1e-300] {
            let values = [1.0, 2.0, 4.0].map(|value| value * scale);
            assert!((pearson(&values, &[1.0, 2.0, 4.0]) - 1.0).abs() < 1e-12);
        }
    }

    fn pairs() -> impl Strategy<Value = Vec<(f64, f64)>> {
        let value = || prop_oneof![-5.0..5.0, (0u8..6).prop_map(f64::from)];
        vec((value(), value()), 1..100)
    }

    proptest! {
        #[test]
        fn scores_are_within_their_bounds(pairs in pairs()) {
            let (p, l): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            for correlation in [pearson, spearman] {
                let value = correlation(&p, &l);
                prop_assert!((-1.0..=1.0).contains(&value));
                prop_assert_eq!(correlation(&l, &p), value);
            }
            prop_assert!(mse(&p, &l) >= 0.0 && mae(&p, &l) >= 0.0 && r2(&p, &l) <= 1.0);
            // The root of a mean of squares is not below the mean.
            prop_assert!(mae(&p, &l) <= mse(&p, &l).sqrt() + 1e-12);
        }

        #[test]
        fn the_order_of_rows_is_nothing(
            (pairs, shuffled) in shuffled(pairs())
        ) {
            let (p, l): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            let (other_p, other_l): (Vec<_>, Vec<_>) = shuffled.into_iter().unzip();
            for score in [pearson, spearman, mse, mae] {
                prop_assert!((score(&p, &l) - score(&other_p, &other_l)).abs() < 1e-10);
            }
        }

        #[test]
        fn a_rising_function_keeps_spearman_and_a_line_pearson(pairs in pairs()) {
            let (p, l): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            let raised: Vec<f64> = p.iter().map(|value| value.exp()).collect();
            prop_assert!((spearman(&raised, &l) - spearman(&p, &l)).abs() < 1e-12);
            let line: Vec<f64> = p.iter().map(|value| 2.0 * value).collect();
            prop_assert!((pearson(&line, &l) - pearson(&p, &l)).abs() < 1e-12);
        }

        #[test]
        fn all_right_is_best(labels in vec(-5.0..5.0, 2..50)) {
            prop_assert_eq!((mse(&labels, &labels), mae(&labels, &labels)), (0.0, 0.0));
            prop_assert_eq!(r2(&labels, &labels), 1.0);
            prop_assert!((pearson(&labels, &labels) - 1.0).abs() < 1e-12);
        }
    }
}
