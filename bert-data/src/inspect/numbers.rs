//! How the numbers to learn are spread.

use serde::Serialize;

use super::split::share;
use crate::label::Label;

const BINS: usize = 10;

/// The numbers of a split. Those that are not finite are left out; of none, everything is 0.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct NumberReport {
    /// How many there are.
    pub rows: usize,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation, with all rows as the divisor.
    pub standard_deviation: f64,
    /// Below these are a quarter, a half and three quarters of them, with what is between two rows
    /// interpolated.
    pub quartiles: [f64; 3],
    /// Ten bins of equal width from the least to the greatest; one if all are equal.
    pub histogram: Vec<NumberBin>,
}

/// A bin of a histogram.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NumberBin {
    /// The least number in it.
    pub from: f64,
    /// Its end: part of the last bin, and of no other.
    pub to: f64,
    /// Rows in it.
    pub rows: usize,
}

impl NumberReport {
    pub(super) fn of<'a>(labels: impl Iterator<Item = &'a Label>) -> Self {
        let numbers = labels.filter_map(|label| match label {
            Label::Number(number) => Some(f64::from(*number)),
            _ => None,
        });
        let mut sorted: Vec<f64> = numbers.filter(|number| number.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let (Some(&min), Some(&max)) = (sorted.first(), sorted.last()) else {
            return Self::default();
        };
        let rows = sorted.len();
        let mean = sorted.iter().sum::<f64>() / rows as f64;
        let squares = sorted.iter().map(|number| (number - mean).powi(2));
        Self {
            rows,
            min,
            max,
            mean,
            standard_deviation: (squares.sum::<f64>() / rows as f64).sqrt(),
            quartiles: [0.25, 0.5, 0.75].map(|part| quantile(&sorted, part)),
            histogram: histogram(&sorted, min, max),
        }
    }

    /// Share of the rows that a bin has.
    pub(super) fn bin_share(&self, bin: &NumberBin) -> f64 {
        share(bin.rows, self.rows)
    }
}

/// As numpy has it by default.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let place = part * (sorted.len() - 1) as f64;
    let (below, above) = (
        sorted[place.floor() as usize],
        sorted[place.ceil() as usize],
    );
    below + (above - below) * place.fract()
}

fn histogram(sorted: &[f64], min: f64, max: f64) -> Vec<NumberBin> {
    let bins = if min < max { BINS } else { 1 };
    let edge = |bin: usize| min + (max - min) * bin as f64 / bins as f64;
    let mut counts = vec![0; bins];
    for number in sorted {
        let bin = ((number - min) / (max - min) * bins as f64) as usize;
        counts[bin.min(bins - 1)] += 1;
    }
    let counts = counts.into_iter().enumerate();
    counts
        .map(|(bin, rows)| NumberBin {
            from: edge(bin),
            to: edge(bin + 1),
            rows,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(numbers: &[f32]) -> NumberReport {
        let labels: Vec<Label> = numbers.iter().copied().map(Label::Number).collect();
        NumberReport::of(labels.iter())
    }

    #[test]
    fn numbers_are_described() {
        let report = report(&[5.0, 1.0, 2.0, f32::NAN, 0.0]);
        assert_eq!((report.rows, report.min, report.max), (4, 0.0, 5.0));
        assert_eq!(report.mean, 2.0);
        // (9 + 1 + 0 + 4) / 4
        assert!((report.standard_deviation - 3.5f64.sqrt()).abs() < 1e-12);
        assert_eq!(report.quartiles, [0.75, 1.5, 2.75]);
        let rows: Vec<usize> = report.histogram.iter().map(|bin| bin.rows).collect();
        assert_eq!(rows, [1, 0, 1, 0, 1, 0, 0, 0, 0, 1]);
        let bin = &report.histogram[2];
        assert_eq!((bin.from, bin.to, report.bin_share(bin)), (1.0, 1.5, 0.25));
    }

    #[test]
    fn equal_numbers_are_one_bin() {
        let report = report(&[2.0, 2.0]);
        assert_eq!(
            (report.standard_deviation, report.quartiles),
            (0.0, [2.0; 3])
        );
        assert_eq!(report.histogram.len(), 1);
        assert_eq!(report.histogram[0].rows, 2);
    }

    #[test]
    fn of_none_everything_is_nothing() {
        assert_eq!(report(&[]), NumberReport::default());
    }
}
