//! One readable line every few steps: for logs, pipes and CI. No control characters.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::Write;
use std::time::{Duration, Instant};

use burn::train::metric::{MetricDefinition, MetricId};
use burn::train::renderer::{
    EvaluationName, EvaluationProgress, MetricState, MetricsRenderer, MetricsRendererEvaluation,
    MetricsRendererTraining, ProgressType, TrainingProgress,
};

use super::RunShape;

/// Writes lines such as
/// `epoch 1/3  step 20/345  loss 0.6512  accuracy 0.6875  lr 1.14e-5  31.2 examples/s  ETA 12:31`
/// and, at the end of each epoch, one with the scores of the validation split.
pub struct PlainRenderer<W> {
    out: W,
    shape: RunShape,
    started: Instant,
    names: HashMap<MetricId, String>,
    train: BTreeMap<String, f64>,
    valid: BTreeMap<String, f64>,
    last_step: usize,
}

impl<W: Write + Send + Sync> PlainRenderer<W> {
    /// Lines go to `out`, each flushed; what cannot be written is dropped, because a closed pipe
    /// must not end a training.
    pub fn new(out: W, shape: RunShape) -> Self {
        Self {
            out,
            shape,
            started: Instant::now(),
            names: HashMap::new(),
            train: BTreeMap::new(),
            valid: BTreeMap::new(),
            last_step: 0,
        }
    }

    fn line(&mut self, line: &str) {
        let _ = writeln!(self.out, "{line}").and_then(|()| self.out.flush());
    }
}

/// Numbers that a metric shows: of the last batch in training, over the split in validation.
fn record(
    names: &HashMap<MetricId, String>,
    values: &mut BTreeMap<String, f64>,
    state: MetricState,
) {
    if let MetricState::Numeric(entry, value) = state
        && let Some(name) = names.get(&entry.metric_id)
    {
        values.insert(name.clone(), value.current());
    }
}

/// `  loss 0.6512  accuracy 0.6875`: every metric but the ones with columns of their own.
fn scores(values: &BTreeMap<String, f64>) -> String {
    let mut text = String::new();
    if let Some(loss) = values.get("Loss") {
        let _ = write!(text, "  loss {loss:.4}");
    }
    for (name, value) in values {
        if !matches!(
            name.as_str(),
            "Loss" | "Learning Rate" | "Examples per second"
        ) {
            let _ = write!(text, "  {} {value:.4}", name.to_lowercase());
        }
    }
    text
}

/// `m:ss`, or `h:mm:ss` from an hour on.
pub fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

fn is_last(progress: &TrainingProgress) -> bool {
    progress
        .progress
        .as_ref()
        .is_some_and(|p| p.items_processed >= p.items_total)
}

impl<W: Write + Send + Sync> MetricsRendererTraining for PlainRenderer<W> {
    fn update_train(&mut self, state: MetricState) {
        record(&self.names, &mut self.train, state);
    }

    fn update_valid(&mut self, state: MetricState) {
        record(&self.names, &mut self.valid, state);
    }

    fn render_train(&mut self, item: TrainingProgress, _indicators: Vec<ProgressType>) {
        let step = item.iteration.unwrap_or(0);
        let due = step == 1 || step.is_multiple_of(self.shape.logging_steps) || is_last(&item);
        if !due || step == self.last_step {
            return;
        }
        self.last_step = step;
        let epochs = &item.global_progress;
        let left = self.shape.total_steps.saturating_sub(step) as f64;
        let eta = self.started.elapsed().mul_f64(left / step.max(1) as f64);
        let line = format!(
            "epoch {}/{}  step {step}/{}{}  lr {:.2e}  {:.1} examples/s  ETA {}",
            epochs.items_processed,
            epochs.items_total,
            self.shape.total_steps,
            scores(&self.train),
            self.train.get("Learning Rate").copied().unwrap_or(0.0),
            self.train
                .get("Examples per second")
                .copied()
                .unwrap_or(0.0),
            clock(eta),
        );
        self.line(&line);
    }

    fn render_valid(&mut self, item: TrainingProgress, _indicators: Vec<ProgressType>) {
        if is_last(&item) {
            let epochs = &item.global_progress;
            let line = format!(
                "epoch {}/{}  dev{}",
                epochs.items_processed,
                epochs.items_total,
                scores(&self.valid)
            );
            self.line(&line);
        }
    }
}

impl<W: Write + Send + Sync> MetricsRendererEvaluation for PlainRenderer<W> {
    fn update_test(&mut self, _name: EvaluationName, state: MetricState) {
        record(&self.names, &mut self.valid, state);
    }

    fn render_test(&mut self, _item: EvaluationProgress, _indicators: Vec<ProgressType>) {}
}

impl<W: Write + Send + Sync> MetricsRenderer for PlainRenderer<W> {
    fn manual_close(&mut self) {}

    fn register_metric(&mut self, definition: MetricDefinition) {
        self.names.insert(definition.metric_id, definition.name);
    }
}
