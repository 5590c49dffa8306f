//! What every task's training shares, in the order of a run:
//!
//! 1. [`TrainingArguments`]: the numbers of a run, under Hugging Face Trainer's names;
//!    [`RunOptions`]: everything else about it; [`RunLock`]: that its folder is its own.
//!    `check` has what is checked before the first step, for every head.
//! 2. [`BatchLoader`]: the batches of an epoch, a pure function of (seed, epoch).
//! 3. `passes`: forward and backward; [`gradients`]: their mean, clipped by its global norm.
//! 4. [`Schedule`]: the learning rate of a step; [`ParameterGroups`]: of a parameter.
//! 5. [`AdamW`]: the update of a parameter; [`GroupedAdamW`]: of the model.
//! 6. [`checkpoint`]: the [`TrainingState`] on disk; [`StopReason`]: why a run ended early.
//! 7. [`fit`]: a run from its beginning to its end, by way of `start` and of `session`, the loop
//!    itself; [`FineTuned`]: what it ended with; [`for_each_seed`], [`for_each_fold`]: several of them.
//! 8. [`evaluate`]: a model scored. [`Trainer`]: all of it in one call.
//! 9. `together`: what several processes that train one model do together ([`crate::ranks`]).
//!
//! [`Head`] is what all of it has to know of a head, [`Dataset`] of its data, [`PassInput`] and
//! [`BatchReport`] of a batch.

mod arguments;
mod batch;
pub(crate) mod check;
pub mod checkpoint;
mod class_weights;
mod dataset;
mod each_seed;
mod error;
mod evaluate;
mod fit;
pub mod gradients;
mod grouped_optimizer;
mod head;
mod loader;
mod optimizer;
mod output_dir;
mod parameter_groups;
mod passes;
mod prefetch;
mod run;
mod schedule;
mod seeds;
mod session;
mod start;
mod state;
mod steps;
mod together;
mod trainer;

pub use arguments::{OptimizerType, TrainingArguments};
pub(crate) use batch::mean_loss;
pub use batch::{BatchReport, PassInput};
pub use check::Outside;
pub use class_weights::ClassWeights;
pub use dataset::{BatchPlan, Dataset, Target, TrainOrder};
pub(crate) use dataset::{eval_plan, train_plan};
pub use each_seed::{for_each_fold, for_each_seed};
pub use error::TrainingError;
pub use evaluate::{evaluate, evaluate_together};
pub use fit::{BestEvaluation, FineTuned, TrainingData, fit};
pub use grouped_optimizer::GroupedAdamW;
pub use head::{BatchOf, Evaluation, Head, ScoredModel, TrainableModel};
pub use loader::{BatchIterator, BatchLoader};
pub use optimizer::{AdamW, AdamWState};
pub use output_dir::{
    RunLock, check_apart_from_model, check_output_dir, check_results_dir, check_seeds_dir,
};
pub use parameter_groups::{ModelPart, ParameterGroups};
use run::{Begin, begin};
pub use run::{Resume, RunOptions};
pub use schedule::{RunningSchedule, Schedule, SchedulerType};
pub use seeds::step_seed;
pub use state::{EpochTotals, EvaluationRecord, MetricInfo, TrainingState};
pub(crate) use steps::plain_numbers;
pub use trainer::Trainer;

pub use crate::events::Scores;
pub use crate::metrics::NotFinite;
pub use crate::stop::{StopFlag, StopReason};
