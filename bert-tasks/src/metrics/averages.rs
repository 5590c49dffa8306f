//! Precision, recall and F1 of classes, and what they come to together.

use std::iter::Sum;
use std::ops::Add;

use serde::{Deserialize, Serialize};

/// Precision, recall and F1 of one class, each 0 where it would divide by 0, as scikit-learn's
/// `zero_division=0`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassScores {
    /// Share of what was predicted to be of this class that is.
    pub precision: f64,
    /// Share of what is of this class that was predicted to be.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
    /// How many rows are of this class.
    pub support: usize,
}

/// Precision, recall and F1 of all classes together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AverageScores {
    /// Precision, averaged.
    pub precision: f64,
    /// Recall, averaged.
    pub recall: f64,
    /// F1, averaged: not the harmonic mean of the other two, except with [`Average::Micro`].
    pub f1: f64,
}

/// How the scores of the classes become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Average {
    /// One score of the counts of all classes: every label counts the same.
    Micro,
    /// The mean of the classes' scores: every class counts the same.
    Macro,
    /// Their mean by support; 0 where no class has any.
    Weighted,
}

impl Average {
    pub(super) fn of(self, classes: &[Counts]) -> AverageScores {
        let weighted_mean = |weight: fn(&Counts) -> usize| {
            let total: usize = classes.iter().map(weight).sum();
            let mean = |score: fn(&ClassScores) -> f64| {
                let scores = classes
                    .iter()
                    .map(|class| weight(class) as f64 * score(&class.scores()));
                scores.sum::<f64>() / total as f64
            };
            AverageScores {
                precision: mean(|scores| scores.precision),
                recall: mean(|scores| scores.recall),
                f1: mean(|scores| scores.f1),
            }
        };
        let no_support = || classes.iter().all(|class| class.actual == 0);
        match self {
            Self::Macro => weighted_mean(|_| 1),
            Self::Weighted if !no_support() => weighted_mean(|class| class.actual),
            Self::Weighted => Counts::default().scores().into(),
            Self::Micro => classes.iter().copied().sum::<Counts>().scores().into(),
        }
    }
}

impl From<ClassScores> for AverageScores {
    fn from(scores: ClassScores) -> Self {
        Self {
            precision: scores.precision,
            recall: scores.recall,
            f1: scores.f1,
        }
    }
}

/// What the scores of a class, or of a row of several, are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Both predicted and a label.
    pub true_positives: usize,
    /// Predicted.
    pub predicted: usize,
    /// A label.
    pub actual: usize,
}

impl Counts {
    pub fn scores(self) -> ClassScores {
        ClassScores {
            precision: ratio(self.true_positives, self.predicted),
            recall: ratio(self.true_positives, self.actual),
            f1: ratio(2 * self.true_positives, self.predicted + self.actual),
            support: self.actual,
        }
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    part as f64 / whole as f64
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            true_positives: self.true_positives + other.true_positives,
            predicted: self.predicted + other.predicted,
            actual: self.actual + other.actual,
        }
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let classes = [
            Counts {
                true_positives: 1,
                predicted: 2,
                actual: 1,
            },
            Counts {
                true_positives: 1,
                predicted: 1,
                actual: 3,
            },
        ];
        let [half, third] = classes.map(Counts::scores);
        assert_eq!((half.precision, half.recall, half.support), (0.5, 1.0, 1));
        assert_eq!(half.f1, 2.0 / 3.0);
        assert_eq!((third.precision, third.f1, third.support), (1.0, 0.5, 3));

        let micro = Average::Micro.of(&classes);
        assert_eq!((micro.precision, micro.recall), (2.0 / 3.0, 0.5));
        assert_eq!(Average::Macro.of(&classes).precision, 0.75);
        assert_eq!(Average::Weighted.of(&classes).precision, 0.875);
    }

    #[test]
    fn nothing_to_divide_by_is_zero() {
        let nothing = [Counts::default(); 3];
        for average in [Average::Micro, Average::Macro, Average::Weighted] {
            let scores = average.of(&nothing);
            assert_eq!(
                (scores.precision, scores.recall, scores.f1),
                (0.0, 0.0, 0.0)
            );
        }
    }
}
