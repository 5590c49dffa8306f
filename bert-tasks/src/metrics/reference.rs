//! What the tests of scores share: above all what scikit-learn and scipy make of some cases, as
//! `docs/parity/make_metrics.py` wrote it.

use proptest::prelude::*;
use serde::Deserialize;

use super::{AverageScores, ClassScores};

pub(super) fn reference() -> Reference {
    let json = include_str!("../../tests/fixtures/metrics.json");
    serde_json::from_str(json).unwrap()
}

#[derive(Deserialize)]
pub(super) struct Reference {
    pub classification: Vec<ClassificationCase>,
    pub multilabel: Vec<MultilabelCase>,
    pub regression: Vec<RegressionCase>,
}

#[derive(Deserialize)]
pub(super) struct ClassificationCase {
    pub name: String,
    pub classes: usize,
    pub predictions: Vec<usize>,
    pub labels: Vec<usize>,
    pub accuracy: f64,
    pub matthews: f64,
    /// Where there are no more than two classes.
    pub binary: Option<AverageScores>,
    /// Micro, macro and weighted.
    pub averages: [AverageScores; 3],
    pub by_class: Vec<ClassScores>,
}

#[derive(Deserialize)]
pub(super) struct MultilabelCase {
    pub name: String,
    pub classes: usize,
    pub scores: Vec<Vec<f64>>,
    /// What scores 0.5 or more.
    pub predictions: Vec<Vec<usize>>,
    pub labels: Vec<Vec<usize>>,
    pub subset_accuracy: f64,
    pub hamming_loss: f64,
    pub f1_samples: f64,
    /// Micro, macro and weighted.
    pub averages: [AverageScores; 3],
    pub by_class: Vec<ClassScores>,
    pub average_precision_macro: f64,
    pub average_precision_micro: f64,
    /// The highest that any threshold gives.
    pub best_f1_micro: f64,
}

/// None where the score is undefined.
#[derive(Deserialize)]
pub(super) struct RegressionCase {
    pub name: String,
    pub predictions: Vec<f64>,
    pub labels: Vec<f64>,
    pub pearson: Option<f64>,
    pub spearman: Option<f64>,
    pub mse: f64,
    pub mae: f64,
    pub r2: Option<f64>,
}

#[track_caller]
pub(super) fn assert_close(found: f64, expected: f64, case: &str) {
    // Correlations near 0 are what large terms leave of each other.
    let tolerance = 1e-12 * expected.abs().max(1.0);
    let close = (found - expected).abs() <= tolerance;
    assert!(close, "{case}: {found} is not {expected}");
}

#[track_caller]
pub(super) fn assert_averages(found: AverageScores, expected: AverageScores, case: &str) {
    assert_close(found.precision, expected.precision, case);
    assert_close(found.recall, expected.recall, case);
    assert_close(found.f1, expected.f1, case);
}

#[track_caller]
pub(super) fn assert_table(found: &[ClassScores], expected: &[ClassScores], case: &str) {
    assert_eq!(found.len(), expected.len(), "{case}");
    for (found, expected) in found.iter().zip(expected) {
        assert_averages((*found).into(), (*expected).into(), case);
        assert_eq!(found.support, expected.support, "{case}");
    }
}

/// Some rows, and the same in another order.
pub(super) fn shuffled<T: Clone + std::fmt::Debug>(
    rows: impl Strategy<Value = Vec<T>>,
) -> impl Strategy<Value = (Vec<T>, Vec<T>)> {
    rows.prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
}
