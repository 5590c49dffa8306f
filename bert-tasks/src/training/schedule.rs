//! The learning rate of a step.

use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

use bert_data::UnknownName;
use burn::lr_scheduler::LrScheduler;
use burn::tensor::backend::Backend;
use serde::{Deserialize, Serialize};

use super::{OptimizerType, TrainingArguments};

/// How the learning rate goes on after its warm-up, by Hugging Face's names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SchedulerType {
    /// Down to 0 in a straight line.
    #[default]
    Linear,
    /// Down to 0 along half a cosine.
    Cosine,
    /// Stays.
    Constant,
    /// Down to 1e-7 along a parabola: power 1 would be the straight line.
    Polynomial,
}

const NAMES: [(&str, SchedulerType); 4] = [
    ("linear", SchedulerType::Linear),
    ("cosine", SchedulerType::Cosine),
    ("constant", SchedulerType::Constant),
    ("polynomial", SchedulerType::Polynomial),
];

impl fmt::Display for SchedulerType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, _) = NAMES[*self as usize];
        f.write_str(name)
    }
}

impl FromStr for SchedulerType {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match NAMES.iter().find(|(known, _)| *known == name) {
            Some(&(_, kind)) => Ok(kind),
            None => Err(UnknownName {
                what: "schedule",
                value: name.to_owned(),
                allowed: "linear, cosine, constant, polynomial",
            }),
        }
    }
}

/// Power of [`SchedulerType::Polynomial`].
const POWER: i32 = 2;

/// Where it ends, as a learning rate.
const POLYNOMIAL_END: f64 = 1e-7;

/// The learning rate as a pure function of the optimizer step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    kind: SchedulerType,
    /// Whether the warm-up multiplies a rate that falls already, as Google's does.
    falls_while_warming: bool,
    peak: f64,
    warmup: usize,
    total: usize,
}

impl Schedule {
    /// The schedule of a run over a training split of `examples`.
    pub fn new(arguments: &TrainingArguments, examples: usize) -> Self {
        Self {
            kind: arguments.lr_scheduler_type,
            falls_while_warming: arguments.optimizer == OptimizerType::Google,
            peak: arguments.learning_rate,
            warmup: arguments.warmup_steps(examples),
            total: arguments.total_steps(examples),
        }
    }

    /// The learning rate of optimizer step `step`, from 0: up from 0 in the warm-up's steps, then
    /// as the kind says, to its end at the last step.
    ///
    /// Follows `get_{linear,cosine,constant,polynomial_decay}_schedule_with_warmup` in
    /// `transformers/optimization.py`, and `create_optimizer` in google-research/bert's
    /// `optimization.py`.
    pub fn learning_rate(&self, step: usize) -> f64 {
        let Self { warmup, total, .. } = *self;
        if self.falls_while_warming {
            return match step < warmup {
                true => self.peak * step as f64 / warmup as f64,
                false => self.after(step as f64 / total.max(1) as f64),
            };
        }
        if step < warmup {
            return self.peak * (step as f64 / warmup as f64);
        }
        let left = total.saturating_sub(warmup).max(1);
        self.after((step - warmup) as f64 / left as f64)
    }

    /// `progress` is 0 at the peak and 1 at the end.
    fn after(&self, progress: f64) -> f64 {
        let left = (1.0 - progress).max(0.0);
        match self.kind {
            SchedulerType::Linear => self.peak * left,
            SchedulerType::Cosine => self.peak * 0.5 * (1.0 + (PI * progress.min(1.0)).cos()),
            SchedulerType::Constant => self.peak,
            SchedulerType::Polynomial => {
                let end = POLYNOMIAL_END.min(self.peak);
                (self.peak - end) * left.powi(POWER) + end
            }
        }
    }
}

/// A [`Schedule`] as Burn's learner asks for it: one call, one optimizer step.
#[derive(Clone, Debug)]
pub struct RunningSchedule {
    schedule: Schedule,
    step: usize,
}

impl RunningSchedule {
    /// From optimizer step `step` on, from 0.
    pub fn new(schedule: Schedule, step: usize) -> Self {
        Self { schedule, step }
    }
}

impl LrScheduler for RunningSchedule {
    type Record<B: Backend> = usize;

    fn step(&mut self) -> f64 {
        let rate = self.schedule.learning_rate(self.step);
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

    fn schedule(kind: SchedulerType, warmup: usize, total: usize) -> Schedule {
        Schedule {
            kind,
            falls_while_warming: false,
            peak: 1.0,
            warmup,
            total,
        }
    }

    fn rates(schedule: Schedule) -> Vec<f64> {
        (0..=schedule.total)
            .map(|step| schedule.learning_rate(step))
            .collect()
    }

    fn assert_close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < 1e-9, "{found:?} {expected:?}");
        }
    }

    // Expected values are those of transformers 5 with lr 1, 4 warm-up steps of 8.
    #[test]
    fn every_kind_goes_as_in_transformers() {
        let up = [0.0, 0.25, 0.5, 0.75, 1.0];
        let cases = [
            (SchedulerType::Linear, [0.75, 0.5, 0.25, 0.0]),
            (
                SchedulerType::Cosine,
                [0.853_553_390_593_273_8, 0.5, 0.146_446_609_406_726_24, 0.0],
            ),
            (SchedulerType::Constant, [1.0; 4]),
            (
                SchedulerType::Polynomial,
                [
                    0.562_500_043_75,
                    0.250_000_075,
                    0.062_500_093_75,
                    0.000_000_1,
                ],
            ),
        ];
        for (kind, down) in cases {
            let expected: Vec<f64> = up.iter().chain(&down).copied().collect();
            assert_close(&rates(schedule(kind, 4, 8)), &expected);
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        assert!("wavy".parse::<SchedulerType>().is_err());
    }

    #[test]
    fn googles_falls_from_the_first_step_on() {
        let schedule = Schedule {
            falls_while_warming: true,
            ..schedule(SchedulerType::Linear, 2, 8)
        };
        let expected = [0.0, 0.5, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125, 0.0];
        assert_close(&rates(schedule), &expected);
    }

    #[test]
    fn no_warmup_starts_at_the_peak() {
        let schedule = schedule(SchedulerType::Linear, 0, 10);
        assert_eq!(schedule.learning_rate(0), 1.0);
    }

    #[test]
    fn a_record_goes_on_where_it_was() {
        let schedule = schedule(SchedulerType::Cosine, 2, 8);
        let mut whole = RunningSchedule::new(schedule, 0);
        (0..3).for_each(|_| _ = whole.step());
        let record = whole.to_record::<Flex>();
        let mut resumed = RunningSchedule::new(schedule, 0).load_record::<Flex>(record);
        assert_eq!(resumed.step(), whole.step());
        assert_eq!(RunningSchedule::new(schedule, 4).step(), whole.step());
    }

    proptest! {
        #[test]
        fn always_between_zero_and_the_peak(
            step in 0usize..2000, warmup in 0usize..1200, total in 1usize..1000, kind in 0usize..4, google: bool,
        ) {
            let schedule = Schedule { falls_while_warming: google, ..schedule(NAMES[kind].1, warmup, total) };
            let rate = schedule.learning_rate(step);
            prop_assert!((0.0..=1.0).contains(&rate), "{rate}");
        }
    }
}
