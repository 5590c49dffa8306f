//! Scores on plain slices, over a whole split, never averages of per-batch scores.
//!
//! One class per row, [`multilabel`] for any number of them, and numbers: each equal to
//! scikit-learn's or scipy's score of that name. Answers to questions: equal to SQuAD's scripts.
//! [`entities`]: equal to seqeval's.

mod averages;
mod classification;
pub mod entities;
pub mod multilabel;
mod not_finite;
#[cfg(test)]
mod reference;
mod regression;
mod squad;

pub use averages::{Average, AverageScores, ClassScores};
pub use classification::{
    accuracy, average_scores, binary_scores, class_scores, f1, f1_macro, matthews,
};
pub use entities::{EntityMode, EntityScores, KindScores};
pub use not_finite::NotFinite;
pub(crate) use not_finite::not_finite;
pub use regression::{mae, mse, pearson, r2, spearman};
pub use squad::{
    AnswerScore, GoldQuestion, NullOdds, SquadBest, SquadPart, SquadScores, normalize_answer,
    squad_v1_scores, squad_v2_scores,
};

/// Mean and standard deviation of some runs.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct MeanStd {
    /// Arithmetic mean.
    pub mean: f64,
    /// Sample standard deviation (n - 1); 0 for a single run.
    pub std: f64,
}

/// Mean and sample standard deviation; NaN for no values.
pub fn mean_std(values: &[f64]) -> MeanStd {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    let std = if values.len() > 1 {
        (squares / (n - 1.0)).sqrt()
    } else {
        0.0
    };
    MeanStd { mean, std }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_sample_standard_deviation() {
        let MeanStd { mean, std } = mean_std(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
        assert_eq!(mean, 5.0);
        assert!((std - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        assert_eq!(
            mean_std(&[3.0]),
            MeanStd {
                mean: 3.0,
                std: 0.0
            }
        );
    }
}
