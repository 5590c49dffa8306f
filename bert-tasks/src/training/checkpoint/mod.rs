//! A training on disk, from which it goes on as if it had never stopped.
//!
//! `OUT/checkpoint-120/` holds the model folder of step 120 (which `transformers` opens), AdamW's
//! moments in `optimizer.safetensors`, the best model until then in `best.safetensors`, and
//! `checkpoint.json`: the [`TrainingState`], the [`Identity`] of the run, and the size and checksum
//! of every other file. Only a folder with such a `checkpoint.json` is ever replaced or removed.
//!
//! - `folder`: writing one, and reading it back whole or not at all.
//! - `newest`: which of a run's checkpoints to go on from.
//! - `identity`: whether two runs are the same.

mod folder;
mod identity;
mod newest;

pub use folder::{Checkpoint, is_own, write};
pub(super) use folder::{is_complete, shared};
pub use identity::Identity;
pub use newest::{Found, all, newest, own, remove_after, remove_old};

use super::TrainingState;

/// The file that makes a folder a checkpoint.
const RECORD: &str = "checkpoint.json";

/// The weights of the best model so far, where there has been an evaluation.
const BEST: &str = "best.safetensors";

/// AdamW's moments.
const OPTIMIZER: &str = "optimizer.safetensors";

/// The name of the checkpoint after `step`.
fn folder_name(step: usize) -> String {
    format!("checkpoint-{step}")
}
