//! What a run shows while it goes on.
//!
//! The loop hands the outcome of every pass to burn-train's event processor, which updates the
//! metrics here and gives them to a renderer: burn-train's dashboard on a terminal,
//! [`PlainRenderer`] off it.

mod interruptible;
mod metrics;
mod plain;

use interruptible::InterruptibleDashboard;
pub use metrics::{BatchMean, ExamplesPerSecond};
pub use plain::{PlainRenderer, clock};

use std::io::IsTerminal;

use burn::train::{LearningComponentsTypes, SupervisedTraining};

/// How a run is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Display {
    /// The dashboard where standard output is a terminal, plain lines elsewhere.
    #[default]
    Auto,
    /// The dashboard.
    Dashboard,
    /// One line every few steps.
    Plain,
    /// Nothing.
    None,
}

/// What the plain display has to know of a run.
#[derive(Clone, Copy, Debug)]
pub struct RunShape {
    /// Optimizer steps of the whole run.
    pub total_steps: usize,
    /// Steps between two lines.
    pub logging_steps: usize,
}

impl Display {
    /// Gives a training the renderer that shows it; plain lines go to standard output.
    pub fn show<LC: LearningComponentsTypes>(
        self,
        training: SupervisedTraining<LC>,
        shape: RunShape,
    ) -> SupervisedTraining<LC> {
        match self {
            Self::Auto if std::io::stdout().is_terminal() => Self::Dashboard.show(training, shape),
            Self::Dashboard => {
                let interrupter = training.interrupter();
                training.renderer(InterruptibleDashboard::new(interrupter))
            }
            Self::Auto | Self::Plain => {
                training.renderer(PlainRenderer::new(std::io::stdout(), shape))
            }
            Self::None => training.renderer(PlainRenderer::new(std::io::sink(), shape)),
        }
    }
}
