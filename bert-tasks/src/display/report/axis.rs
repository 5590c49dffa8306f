//! A chart's axis: where a value is on it, and round numbers to read it by.

use crate::display::format::thousands;

/// What an axis spans, and its ticks.
#[derive(Debug)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    /// Distance of two ticks.
    step: f64,
    /// The ticks are labelled in this power of ten.
    exponent: i32,
    /// Places after the point that tell the ticks apart.
    decimals: usize,
}

impl Axis {
    /// For a quantity: from a tick at or below `low` to one at or above `high`, with about `count`
    /// ticks.
    pub(super) fn of_values(low: f64, high: f64, count: usize) -> Self {
        let (low, high) = apart(low, high);
        let step = nice(high - low, count, &[1.0, 2.0, 2.5, 5.0]);
        // A value on a tick would otherwise get the next one when rounding is against it.
        let slack = 1e-9;
        let low = (low / step + slack).floor() * step;
        let high = (high / step - slack).ceil() * step;
        Self::labelled(low, high, step)
    }

    /// For optimizer steps, whole numbers from 0 to `high`, with about `count` ticks.
    pub(super) fn of_steps(high: f64, count: usize) -> Self {
        let high = high.max(1.0);
        let step = nice(high, count, &[1.0, 2.0, 5.0]).max(1.0);
        Self {
            low: 0.0,
            high,
            step,
            exponent: 0,
            decimals: 0,
        }
    }

    fn labelled(low: f64, high: f64, step: f64) -> Self {
        let largest = low.abs().max(high.abs());
        let exponent = match largest.log10().floor() as i32 {
            small @ ..=-4 => small,
            large @ 6.. => large,
            _ => 0,
        };
        let shown = step / 10_f64.powi(exponent);
        let whole = |decimals: usize| {
            let scaled = shown * 10_f64.powi(decimals as i32);
            (scaled - scaled.round()).abs() < 1e-6 * scaled
        };
        Self {
            low,
            high,
            step,
            exponent,
            decimals: (0..9).find(|&decimals| whole(decimals)).unwrap_or(9),
        }
    }

    /// Where a value is, as a share of the axis.
    pub(super) fn place(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// Round numbers on the axis and their labels.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let slack = 1e-9;
        let first = (self.low / self.step - slack).ceil() as i64;
        let last = (self.high / self.step + slack).floor() as i64;
        (first..=last)
            .map(|tick| tick as f64 * self.step)
            .map(|value| (value, self.label(value)))
            .collect()
    }

    fn label(&self, value: f64) -> String {
        let value = value / 10_f64.powi(self.exponent);
        if value == 0.0 {
            "0".to_owned()
        } else if self.decimals == 0 && value >= 1000.0 {
            thousands(value.round() as usize)
        } else {
            format!("{value:.*}", self.decimals)
        }
    }

    /// What the labels are multiplied with, such as `×10⁻⁵`.
    pub(super) fn multiplier(&self) -> Option<String> {
        let raised = |digit| match digit {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            digit => char::from_u32('⁰' as u32 + digit as u32 - '0' as u32).unwrap_or(digit),
        };
        let power: String = self.exponent.to_string().chars().map(raised).collect();
        (self.exponent != 0).then(|| format!("×10{power}"))
    }
}

/// The ends, moved apart where there is nothing between them.
fn apart(low: f64, high: f64) -> (f64, f64) {
    let size = low.abs().max(high.abs());
    if size < 1e-100 {
        (0.0, 1.0)
    } else if high - low < 1e-6 * size {
        (low - 0.1 * size, high + 0.1 * size)
    } else {
        (low, high)
    }
}

/// The smallest round number of which at most about `count` fit into `span`.
fn nice(span: f64, count: usize, mantissas: &[f64]) -> f64 {
    let least = span / count as f64;
    let power = 10_f64.powf(least.log10().floor());
    let mut candidates = mantissas.iter().map(|mantissa| mantissa * power);
    let fits = |step: &f64| *step >= least * (1.0 - 1e-9);
    candidates.find(fits).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.ticks().into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_and_enclose_the_values() {
        let axis = Axis::of_values(0.083, 0.71, 5);
        assert_eq!(labels(&axis), ["0", "0.2", "0.4", "0.6", "0.8"]);
        assert_eq!(axis.place(0.0), 0.0);
        assert!((axis.place(0.4) - 0.5).abs() < 1e-12);
        let axis = Axis::of_values(0.812, 0.8775, 4);
        assert_eq!(labels(&axis), ["0.80", "0.82", "0.84", "0.86", "0.88"]);
        let axis = Axis::of_values(0.01, 0.09, 4);
        assert_eq!(labels(&axis), ["0", "0.02", "0.04", "0.06", "0.08", "0.10"]);
        let axis = Axis::of_values(0.0, 0.1, 4);
        assert_eq!(labels(&axis), ["0", "0.025", "0.050", "0.075", "0.100"]);
        let axis = Axis::of_values(-1.2, 2.0, 4);
        assert_eq!(labels(&axis), ["-2", "-1", "0", "1", "2"]);
        let axis = Axis::of_values(0.0, 12_700.0, 4);
        assert_eq!(labels(&axis), ["0", "5,000", "10,000", "15,000"]);
    }

    #[test]
    fn small_and_large_numbers_share_a_power_of_ten() {
        let axis = Axis::of_values(0.0, 2e-5, 4);
        assert_eq!(labels(&axis), ["0", "0.5", "1.0", "1.5", "2.0"]);
        assert_eq!(axis.multiplier().unwrap(), "×10⁻⁵");
        let axis = Axis::of_values(0.0, 3e38, 3);
        assert_eq!(labels(&axis), ["0", "1", "2", "3"]);
        assert_eq!(axis.multiplier().unwrap(), "×10³⁸");
        assert_eq!(Axis::of_values(0.0, 1.0, 4).multiplier(), None);
    }

    #[test]
    fn steps_are_whole_and_end_where_the_run_ends() {
        let axis = Axis::of_steps(345.0, 5);
        assert_eq!(labels(&axis), ["0", "100", "200", "300"]);
        assert_eq!(axis.place(345.0), 1.0);
        assert_eq!(labels(&Axis::of_steps(0.0, 5)), ["0", "1"]);
        assert_eq!(labels(&Axis::of_steps(3.0, 5)), ["0", "1", "2", "3"]);
        let long = labels(&Axis::of_steps(200_000.0, 5));
        assert_eq!(long.last().unwrap(), "200,000");
    }

    #[test]
    fn values_that_are_all_the_same_are_inside() {
        for value in [0.0, 1.0, -3.0, 1e-300, 1e99, 0.1 + 0.2] {
            let axis = Axis::of_values(value, value, 4);
            let place = axis.place(value);
            assert!((0.0..=1.0).contains(&place), "{value}: {place}");
            assert!((2..=12).contains(&axis.ticks().len()), "{axis:?}");
        }
    }
}
