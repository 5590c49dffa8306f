//! Accuracy and F1 as the learner shows them.

use std::sync::Arc;

use burn::train::metric::{
    Metric, MetricAttributes, MetricMetadata, MetricName, Numeric, NumericAttributes, NumericEntry,
    SerializedEntry,
};

use super::SequenceOutput;
use crate::dashboard::BatchMean;
use crate::metrics;

/// Share of right predictions.
pub fn accuracy() -> BatchMean<SequenceOutput> {
    BatchMean::new("Accuracy", true, |output| {
        let predictions: Vec<usize> = output.predictions().collect();
        metrics::accuracy(&predictions, &output.labels)
    })
}

/// F1 of class 1 over all examples since the epoch began, so that its last value is the split's.
#[derive(Clone, Default)]
pub struct RunningF1 {
    predictions: Vec<usize>,
    labels: Vec<usize>,
    value: f64,
}

impl Metric for RunningF1 {
    type Input = SequenceOutput;

    fn name(&self) -> MetricName {
        Arc::new("F1".to_owned())
    }

    fn attributes(&self) -> MetricAttributes {
        NumericAttributes {
            unit: None,
            higher_is_better: true,
        }
        .into()
    }

    fn update(&mut self, output: &SequenceOutput, _metadata: &MetricMetadata) -> SerializedEntry {
        self.predictions.extend(output.predictions());
        self.labels.extend(&output.labels);
        self.value = metrics::f1(&self.predictions, &self.labels, 1);
        SerializedEntry::new(format!("epoch {:.4}", self.value), self.value.to_string())
    }

    fn clear(&mut self) {
        self.predictions.clear();
        self.labels.clear();
    }
}

impl Numeric for RunningF1 {
    fn value(&self) -> NumericEntry {
        NumericEntry::Value(self.value)
    }

    fn running_value(&self) -> NumericEntry {
        NumericEntry::Value(self.value)
    }
}
