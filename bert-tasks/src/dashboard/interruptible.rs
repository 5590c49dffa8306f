//! burn-train's dashboard with Ctrl-C.
//!
//! It puts the terminal into raw mode, in which Ctrl-C is a key like any other, and has no use for
//! that key. Here the terminal is told to make a signal of it again, so that Ctrl-C ends a training
//! on the dashboard as it does off it.

use burn::train::metric::MetricDefinition;
use burn::train::renderer::{
    EvaluationName, EvaluationProgress, MetricState, MetricsRenderer, MetricsRendererEvaluation,
    MetricsRendererTraining, ProgressType, TrainingProgress,
};
use burn::train::{Interrupter, LearnerSummary, renderer::tui::TuiMetricsRendererWrapper};

pub(super) struct InterruptibleDashboard(TuiMetricsRendererWrapper);

impl InterruptibleDashboard {
    pub(super) fn new(interrupter: Interrupter) -> Self {
        Self(TuiMetricsRendererWrapper::new(interrupter, None))
    }
}

/// Costs two system calls, and does nothing where standard input is no terminal.
#[cfg(unix)]
fn make_signals_of_keys() {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

    let terminal = std::io::stdin();
    if let Ok(mut modes) = tcgetattr(&terminal)
        && !modes.local_modes.contains(LocalModes::ISIG)
    {
        modes.local_modes.insert(LocalModes::ISIG);
        let _ = tcsetattr(&terminal, OptionalActions::Now, &modes);
    }
}

#[cfg(not(unix))]
fn make_signals_of_keys() {}

type Done = Result<(), Box<dyn std::error::Error>>;

impl MetricsRendererTraining for InterruptibleDashboard {
    fn update_train(&mut self, state: MetricState) {
        self.0.update_train(state);
    }

    fn update_valid(&mut self, state: MetricState) {
        self.0.update_valid(state);
    }

    fn render_train(&mut self, item: TrainingProgress, indicators: Vec<ProgressType>) {
        // With every update, because the dashboard sets its mode on a thread of its own.
        make_signals_of_keys();
        self.0.render_train(item, indicators);
    }

    fn render_valid(&mut self, item: TrainingProgress, indicators: Vec<ProgressType>) {
        make_signals_of_keys();
        self.0.render_valid(item, indicators);
    }

    fn on_train_end(&mut self, summary: Option<LearnerSummary>) -> Done {
        self.0.on_train_end(summary)
    }
}

impl MetricsRendererEvaluation for InterruptibleDashboard {
    fn update_test(&mut self, name: EvaluationName, state: MetricState) {
        self.0.update_test(name, state);
    }

    fn render_test(&mut self, item: EvaluationProgress, indicators: Vec<ProgressType>) {
        self.0.render_test(item, indicators);
    }

    fn on_test_end(&mut self, summary: Option<LearnerSummary>) -> Done {
        self.0.on_test_end(summary)
    }
}

impl MetricsRenderer for InterruptibleDashboard {
    fn manual_close(&mut self) {
        self.0.manual_close();
    }

    fn register_metric(&mut self, definition: MetricDefinition) {
        self.0.register_metric(definition);
    }
}
