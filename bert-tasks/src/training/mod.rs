//! What every task's training shares, in the order of a run:
//!
//! 1. [`TrainingArguments`]: the numbers of a run, under Hugging Face Trainer's names;
//!    [`RunOptions`]: everything else about it; [`RunLock`]: that its folder is its own.
//!    `check` has what is checked before the first step, for every head.
//! 2. [`BatchLoader`]: the batches of an epoch, a pure function of (seed, epoch).
//! 3. `passes`: forward and backward; [`gradients`]: their mean, clipped by its global norm.
//! 4. [`Schedule`]: the learning rate of a step; [`ParameterGroups`]: of a parameter.
//! 5. [`AdamW`]: the update of a parameter; [`GroupedAdamW`]: of the model.
//! 6. [`TrainingLoop`]: all of it, as burn-train's learner runs it; `session` is the loop itself.
//! 7. [`checkpoint`]: the [`TrainingState`] on disk; [`StopReason`]: why a run ended early.
//! 8. `launch`: a run from its beginning to its end; [`FineTuned`]: what it ended with;
//!    [`for_each_seed`]: several of them.
//!
//! [`Task`] is what all of it has to know of a task, [`Split`] of its data.

mod arguments;
pub(crate) mod check;
pub mod checkpoint;
mod each_seed;
mod error;
mod fine_tuned;
pub mod gradients;
mod grouped_optimizer;
mod launch;
mod loader;
mod not_finite;
mod optimizer;
mod output_dir;
mod parameter_groups;
mod passes;
mod prefetch;
mod renderer;
mod run;
mod schedule;
mod seeds;
mod session;
mod split;
mod state;
mod strategy;
mod task;

pub use arguments::{OptimizerType, TrainingArguments};
pub use check::Outside;
pub use each_seed::for_each_seed;
pub use error::TrainingError;
pub use fine_tuned::{BestEvaluation, FineTuned};
pub(crate) use fine_tuned::{Kept, train_to_best};
pub use grouped_optimizer::GroupedAdamW;
pub(crate) use launch::Job;
pub use loader::{BatchLoader, Epoch};
pub use not_finite::NotFinite;
pub(crate) use not_finite::{check_finite, not_finite};
pub use optimizer::{AdamW, AdamWState};
pub use output_dir::{
    RunLock, check_apart_from_model, check_output_dir, check_results_dir, check_seeds_dir,
};
pub use parameter_groups::{ParameterGroups, Place};
pub(crate) use run::{Begin, begin};
pub use run::{Resume, RunOptions};
pub use schedule::{RunningSchedule, Schedule, SchedulerType};
pub use seeds::step_seed;
pub use split::{BatchPlan, Split, TrainOrder};
pub(crate) use split::{eval_plan, train_plan};
pub use state::{EpochTotals, EvaluationRecord, MetricInfo, TrainingState};
pub use strategy::{Ended, Outcome, Setup, TaskOf, TrainingLoop};
pub use task::{BatchReport, PassInput, Task};

pub use crate::events::Scores;
pub use crate::stop::{StopFlag, StopReason};
