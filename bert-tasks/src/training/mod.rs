//! What every task's training shares, in the order of a step:
//!
//! 1. [`TrainingArguments`]: the numbers of a run, under Hugging Face Trainer's names.
//! 2. [`BatchLoader`]: the batches of an epoch, a pure function of (seed, epoch).
//! 3. [`gradients`]: the mean over an accumulated batch, clipped by its global norm.
//! 4. [`WarmupLinear`]: the learning rate of a step.
//! 5. [`AdamW`]: the update.
//! 6. [`EpochStrategy`]: the loop that burn-train's learner runs.

mod arguments;
mod error;
pub mod gradients;
mod loader;
mod optimizer;
mod schedule;
mod seeds;
mod strategy;

pub use arguments::TrainingArguments;
pub use error::TrainingError;
pub use loader::{BatchLoader, Epoch};
pub use optimizer::{AdamW, AdamWState};
pub use schedule::{WarmupLinear, warmup_linear};
pub use seeds::step_seed;
pub use strategy::{BatchReport, EpochEnd, EpochStrategy, OnEpochEnd, PassInput};
