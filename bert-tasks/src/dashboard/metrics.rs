//! Metrics that any task's outputs have, in the form that burn-train's learner takes.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Instant;

use burn::train::metric::{
    Metric, MetricAttributes, MetricMetadata, MetricName, Numeric, NumericAttributes, NumericEntry,
    SerializedEntry,
};

use crate::training::BatchReport;

/// A number per batch, and its mean over the examples of an epoch: exact over the split, because
/// every batch counts with its size.
pub struct BatchMean<O> {
    name: &'static str,
    higher_is_better: bool,
    observe: fn(&O) -> f64,
    over_epoch: bool,
    current: f64,
    sum: f64,
    examples: usize,
}

impl<O> BatchMean<O> {
    /// `observe` gives the mean over the batch.
    pub fn new(name: &'static str, higher_is_better: bool, observe: fn(&O) -> f64) -> Self {
        Self {
            name,
            higher_is_better,
            observe,
            over_epoch: false,
            current: f64::NAN,
            sum: 0.0,
            examples: 0,
        }
    }
}

impl<O> BatchMean<O> {
    /// Shows the mean since the epoch began instead of the last batch: after the last batch of a
    /// validation that is the score of the split.
    pub fn over_epoch(self) -> Self {
        Self {
            over_epoch: true,
            ..self
        }
    }

    fn mean(&self) -> f64 {
        self.sum / self.examples as f64
    }
}

impl<O: BatchReport> BatchMean<O> {
    /// The loss that is minimised.
    pub fn loss() -> Self {
        Self::new("Loss", false, |output| output.loss())
    }
}

impl<O> Clone for BatchMean<O> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<O: BatchReport> Metric for BatchMean<O> {
    type Input = O;

    fn name(&self) -> MetricName {
        Arc::new(self.name.to_owned())
    }

    fn attributes(&self) -> MetricAttributes {
        NumericAttributes {
            unit: None,
            higher_is_better: self.higher_is_better,
        }
        .into()
    }

    fn update(&mut self, output: &O, _metadata: &MetricMetadata) -> SerializedEntry {
        let size = output.indices().len();
        self.current = (self.observe)(output);
        self.sum += self.current * size as f64;
        self.examples += size;
        let formatted = format!("epoch {:.4} - batch {:.4}", self.mean(), self.current);
        SerializedEntry::new(formatted, self.current.to_string())
    }

    fn clear(&mut self) {
        (self.sum, self.examples) = (0.0, 0);
    }
}

impl<O> Numeric for BatchMean<O> {
    fn value(&self) -> NumericEntry {
        NumericEntry::Value(if self.over_epoch {
            self.mean()
        } else {
            self.current
        })
    }

    fn running_value(&self) -> NumericEntry {
        NumericEntry::Aggregated {
            aggregated_value: self.mean(),
            count: self.examples,
        }
    }
}

/// Training or validation speed, from one update to the next.
pub struct ExamplesPerSecond<O> {
    last: Option<Instant>,
    speed: f64,
    output: PhantomData<fn(&O)>,
}

impl<O> Default for ExamplesPerSecond<O> {
    fn default() -> Self {
        Self {
            last: None,
            speed: 0.0,
            output: PhantomData,
        }
    }
}

impl<O> Clone for ExamplesPerSecond<O> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<O: BatchReport> Metric for ExamplesPerSecond<O> {
    type Input = O;

    fn name(&self) -> MetricName {
        Arc::new("Examples per second".to_owned())
    }

    fn attributes(&self) -> MetricAttributes {
        NumericAttributes {
            unit: Some("examples/s".to_owned()),
            higher_is_better: true,
        }
        .into()
    }

    fn update(&mut self, output: &O, _metadata: &MetricMetadata) -> SerializedEntry {
        let now = Instant::now();
        if let Some(last) = self.last {
            let seconds = now.duration_since(last).as_secs_f64().max(1e-9);
            self.speed = output.indices().len() as f64 / seconds;
        }
        self.last = Some(now);
        SerializedEntry::new(
            format!("{:.1} examples/s", self.speed),
            self.speed.to_string(),
        )
    }

    fn clear(&mut self) {
        // The time until the next epoch's first update is not training time.
        self.last = None;
    }
}

impl<O> Numeric for ExamplesPerSecond<O> {
    fn value(&self) -> NumericEntry {
        NumericEntry::Value(self.speed)
    }

    fn running_value(&self) -> NumericEntry {
        NumericEntry::Value(self.speed)
    }
}
