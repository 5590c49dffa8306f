//! The learning rate of a step.

use burn::lr_scheduler::LrScheduler;
use burn::tensor::backend::Backend;

/// The factor of the peak learning rate at optimizer step `step` (from 0): up from 0 in
/// `warmup` steps, then down to 0 at `total`.
///
/// Follows `get_linear_schedule_with_warmup` in `transformers/optimization.py`.
pub fn warmup_linear(step: usize, warmup: usize, total: usize) -> f64 {
    if step < warmup {
        step as f64 / warmup as f64
    } else {
        total.saturating_sub(step) as f64 / (total - warmup).max(1) as f64
    }
}

/// [`warmup_linear`] as Burn's learner asks for it: one call, one optimizer step.
#[derive(Clone, Debug)]
pub struct WarmupLinear {
    peak: f64,
    warmup: usize,
    total: usize,
    step: usize,
}

impl WarmupLinear {
    /// A schedule over `total` optimizer steps of which the first `warmup` rise.
    pub fn new(peak: f64, warmup: usize, total: usize) -> Self {
        Self {
            peak,
            warmup: warmup.min(total),
            total,
            step: 0,
        }
    }
}

impl LrScheduler for WarmupLinear {
    type Record<B: Backend> = usize;

    fn step(&mut self) -> f64 {
        let rate = self.peak * warmup_linear(self.step, self.warmup, self.total);
        self.step += 1;
        rate
    }

    fn to_record<B: Backend>(&self) -> usize {
        self.step
    }

    fn load_record<B: Backend>(mut self, step: usize) -> Self {
        self.step = step;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;
    use proptest::prelude::*;

    #[test]
    fn rises_then_falls_to_zero() {
        let factors: Vec<f64> = (0..=10).map(|step| warmup_linear(step, 4, 10)).collect();
        let expected = [
            0.0,
            0.25,
            0.5,
            0.75,
            1.0,
            5.0 / 6.0,
            4.0 / 6.0,
            0.5,
            2.0 / 6.0,
            1.0 / 6.0,
            0.0,
        ];
        assert_eq!(factors, expected);
    }

    #[test]
    fn no_warmup_starts_at_the_peak() {
        assert_eq!(warmup_linear(0, 0, 10), 1.0);
    }

    #[test]
    fn a_record_goes_on_where_it_was() {
        let mut schedule = WarmupLinear::new(1.0, 2, 8);
        (0..3).for_each(|_| _ = schedule.step());
        let record = schedule.to_record::<Flex>();
        let mut resumed = WarmupLinear::new(1.0, 2, 8).load_record::<Flex>(record);
        assert_eq!(resumed.step(), schedule.step());
    }

    proptest! {
        #[test]
        fn always_between_zero_and_one(step in 0usize..2000, warmup in 0usize..1000, total in 1usize..1000) {
            let factor = warmup_linear(step, warmup.min(total), total);
            prop_assert!((0.0..=1.0).contains(&factor), "{factor}");
        }
    }
}
