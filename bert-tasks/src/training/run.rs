//! Starting a run, or going on with one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use bert_core::files::{check_writable, remove_leftovers};

use super::checkpoint::{self, Checkpoint, Identity};
use super::{StopFlag, TrainingArguments, TrainingError};
use crate::events::{Environment, Observer};

/// Everything about a run besides model and data.
#[derive(Clone, derive_new::new)]
pub struct RunOptions {
    /// Where the best model, checkpoints and events go.
    pub output_dir: PathBuf,
    /// The numbers.
    pub arguments: TrainingArguments,
    /// Whether it starts anew.
    #[new(default)]
    pub resume: Resume,
    /// Raised by whoever wants it to end.
    #[new(default)]
    pub stop: StopFlag,
    /// Since when [`max_time`](TrainingArguments::max_time) counts, so that several runs share one
    /// clock; the beginning of the training where absent.
    #[new(default)]
    pub clock: Option<Instant>,
    /// Whether TensorBoard's event files are written, too.
    #[new(default)]
    pub tensorboard: bool,
    /// What sees its events besides the files: displays.
    #[new(default)]
    pub observers: Vec<Arc<dyn Observer>>,
    /// What is said of it in the events.
    #[new(default)]
    pub task: String,
    /// What was loaded into the model, in words, for the events.
    #[new(default)]
    pub load_report: String,
    /// Where it runs.
    #[new(default)]
    pub environment: Environment,
}

/// Whether a run goes on from a checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Resume {
    /// Starts anew; refused where an unfinished run has left checkpoints.
    #[default]
    No,
    /// Starts anew; checkpoints that are there are removed.
    Overwrite,
    /// From the newest whole checkpoint of the output folder; anew where there is none.
    Newest,
    /// From this checkpoint.
    From(PathBuf),
}

/// Where a run begins.
#[derive(Debug)]
pub(crate) struct Begin {
    /// What it goes on from.
    pub(crate) checkpoint: Option<Checkpoint>,
    /// What somebody should know.
    pub(crate) warnings: Vec<String>,
}

/// Finds out where a run begins, and makes its output folder ready.
///
/// # Errors
/// When the folder cannot be written, has the checkpoints of another run, or the one asked for is
/// not whole or not of the same run.
pub(crate) fn begin(
    output_dir: &Path,
    resume: &Resume,
    identity: &Identity,
) -> Result<Begin, TrainingError> {
    check_writable(output_dir)?;
    remove_leftovers(output_dir);
    let mut warnings = Vec::new();
    let checkpoint = match resume {
        Resume::From(folder) => Some(Checkpoint::open(folder)?),
        Resume::Newest => {
            let found = checkpoint::newest(output_dir);
            warnings.extend(
                found
                    .skipped
                    .iter()
                    .map(|reason| format!("skipped: {reason}")),
            );
            if found.checkpoint.is_none() {
                let folder = output_dir.display();
                warnings.push(format!(
                    "no checkpoint in {folder}: starting from the beginning"
                ));
            }
            found.checkpoint
        }
        Resume::No => {
            let left = checkpoint::newest(output_dir).checkpoint;
            if let Some(left) = left.filter(|left| !left.state.is_complete()) {
                let folder = left.folder;
                return Err(TrainingError::Unfinished { folder });
            }
            None
        }
        Resume::Overwrite => None,
    };
    match &checkpoint {
        None => checkpoint::remove_old(output_dir, 0),
        Some(checkpoint) => {
            let differences = checkpoint.identity.differences(identity);
            if !differences.is_empty() {
                return Err(TrainingError::AnotherRun {
                    folder: checkpoint.folder.clone(),
                    differences,
                });
            }
            checkpoint.restore_best(output_dir)?;
            // Steps beyond the checkpoint will be done again, the same.
            for (step, folder) in checkpoint::all(output_dir) {
                if step > checkpoint.state.step {
                    let _ = std::fs::remove_dir_all(folder);
                }
            }
        }
    }
    Ok(Begin {
        checkpoint,
        warnings,
    })
}
