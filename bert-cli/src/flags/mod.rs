//! The flags that every program that trains has.
//!
//! - [`TaskFlags`]: all of them; the model, and where it runs.
//! - [`TokenizerFlags`]: how text is read, in all programs that open a model.
//! - [`TrainingFlags`]: the hyperparameters.
//! - [`RunFlags`]: where a run begins, what it leaves, how it is shown.

mod table;
mod task;
mod tokenizer;
mod training;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bert_tasks::display::dashboard::{Display, Screen};
use bert_tasks::display::report::ReportWriter;
use bert_tasks::display::tensorboard::TensorBoard;
use bert_tasks::events::{Environment, Observer};
use bert_tasks::training::{Resume, RunOptions, StopFlag, TrainingArguments};
use clap::{Args, ValueEnum};

pub(crate) use table::delimiter;
pub use table::{DataFlags, TableFlags, WindowFlags};
pub use task::TaskFlags;
pub use tokenizer::{TokenizerFlags, casing_guess};
pub use training::TrainingFlags;

/// Everything about a run besides its numbers.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Checkpoints")]
pub struct RunFlags {
    /// Go on from the newest whole checkpoint of the output folder
    #[arg(long, conflicts_with_all = ["resume_from_checkpoint", "overwrite_output_dir"])]
    resume: bool,
    /// Go on from this checkpoint
    #[arg(long, value_name = "DIR")]
    resume_from_checkpoint: Option<PathBuf>,
    /// Start anew although something is in the output folder: a run, a model, results
    #[arg(long, conflicts_with = "resume_from_checkpoint")]
    overwrite_output_dir: bool,
    /// Seconds after which a process that still waits for the others ends the run, 0 for never
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 1800,
        help_heading = "Several processes"
    )]
    rank_timeout: u64,
    /// How the run is shown
    #[arg(long, value_enum, default_value_t, help_heading = "Display")]
    dashboard: Dashboard,
    /// Also write the run for another program to show
    #[arg(long, value_enum, help_heading = "Display")]
    report_to: Option<ReportTo>,
}

impl RunFlags {
    /// Opens the display of a run that ends when `stop` is raised.
    ///
    /// # Errors
    /// See [`Screen::open`].
    pub fn screen(&self, output_dir: &Path, stop: &StopFlag) -> std::io::Result<Screen> {
        Screen::open(self.dashboard.into(), output_dir, stop)
    }

    /// How long a process waits for the others.
    pub fn rank_timeout(&self) -> Option<Duration> {
        (self.rank_timeout > 0).then(|| Duration::from_secs(self.rank_timeout))
    }

    /// Whether and from where a run goes on.
    pub fn resume(&self) -> Resume {
        match (&self.resume_from_checkpoint, self.resume) {
            (Some(folder), _) => Resume::From(folder.clone()),
            (None, true) => Resume::Newest,
            (None, false) if self.overwrite_output_dir => Resume::Overwrite,
            (None, false) => Resume::No,
        }
    }

    /// The options of a run of `task` that `screen` shows and that ends when `stop` is raised.
    pub fn options(
        &self,
        task: &str,
        output_dir: PathBuf,
        arguments: TrainingArguments,
        environment: Environment,
        stop: StopFlag,
        screen: &Screen,
    ) -> RunOptions {
        let mut observers: Vec<Arc<dyn Observer>> = vec![screen.observer(), Arc::new(ReportWriter)];
        match self.report_to {
            Some(ReportTo::Tensorboard) => observers.push(Arc::new(TensorBoard::default())),
            None => {}
        }
        RunOptions::new(output_dir, arguments)
            .with_resume(self.resume())
            .with_stop(stop)
            .with_observers(observers)
            .with_task(task)
            .with_environment(environment)
    }
}

/// Another program that shows runs.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ReportTo {
    /// Event files in the folder `tensorboard`
    Tensorboard,
}

/// How a run is shown: `--dashboard`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Dashboard {
    /// The dashboard on a terminal, plain lines elsewhere
    #[default]
    Auto,
    /// The dashboard
    On,
    /// One line every few steps
    Plain,
    /// Every event as a line of JSON, as in events.jsonl
    Json,
    /// Nothing
    None,
}

impl From<Dashboard> for Display {
    fn from(choice: Dashboard) -> Self {
        match choice {
            Dashboard::Auto => Self::Auto,
            Dashboard::On => Self::Dashboard,
            Dashboard::Plain => Self::Plain,
            Dashboard::Json => Self::Json,
            Dashboard::None => Self::None,
        }
    }
}
