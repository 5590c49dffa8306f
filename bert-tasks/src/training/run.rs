//! Starting a run, or going on with one.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use bert_core::files::{check_writable, is_inside, recover};
use derive_setters::Setters;

use super::checkpoint::{self, Checkpoint, Found, Identity};
use super::{RunLock, StopFlag, TrainingArguments, TrainingError, check_output_dir};
use crate::card::BaseModel;
use crate::events::{Environment, Observer};
use crate::ranks::{Alone, Ranks, of_root};

/// Everything about a run besides model and data.
#[derive(Clone, Setters, derive_new::new)]
#[setters(prefix = "with_", strip_option)]
#[non_exhaustive]
pub struct RunOptions {
    /// Where the best model, checkpoints and events go.
    #[setters(into)]
    pub output_dir: PathBuf,
    /// The numbers.
    pub arguments: TrainingArguments,
    /// Whether it starts anew.
    #[new(default)]
    pub resume: Resume,
    /// The lock of the output folder, where the caller has it already; the training takes one
    /// otherwise, for as long as it lasts.
    #[new(default)]
    pub lock: Option<Arc<RunLock>>,
    /// Raised by whoever wants it to end.
    #[new(default)]
    pub stop: StopFlag,
    /// Since when [`max_time`](TrainingArguments::max_time) counts, so that several runs share one
    /// clock; the beginning of the training where absent.
    #[new(default)]
    pub clock: Option<Instant>,
    /// What sees its events besides the file, and may leave files of its own: displays, the
    /// writers of a report or of TensorBoard's files (the module `display`).
    #[new(default)]
    pub observers: Vec<Arc<dyn Observer>>,
    /// The processes that train it together; this one alone by default. A step has
    /// `train_batch_size` x `gradient_accumulation_steps` examples of each. Rank 0 writes and
    /// observes; to the others the folder is nothing.
    #[new(value = "Arc::new(Alone)")]
    pub ranks: Arc<dyn Ranks>,
    /// What is said of it in the events.
    #[new(default)]
    #[setters(into)]
    pub task: String,
    /// What was loaded into the model, in words, for the events.
    #[new(default)]
    #[setters(into)]
    pub load_report: String,
    /// Where it runs.
    #[new(default)]
    pub environment: Environment,
    /// What it begins with, for the card of its model.
    #[new(default)]
    pub base: BaseModel,
    /// The names on the hub of its data, for the card of its model.
    #[new(default)]
    pub datasets: Vec<String>,
}

/// Whether a run goes on from a checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Resume {
    /// Starts anew; refused where it would replace what another run, or anybody else, has left.
    #[default]
    No,
    /// Starts anew; this program's checkpoints that are there are removed.
    Overwrite,
    /// From the newest whole checkpoint of the output folder; anew where there is none, and an error
    /// where none is whole.
    Newest,
    /// From this checkpoint.
    From(PathBuf),
}

/// Where a run begins.
#[derive(Debug, Default)]
pub(super) struct Begin {
    /// What it goes on from.
    pub(super) checkpoint: Option<Checkpoint>,
    /// What somebody should know.
    pub(super) warnings: Vec<String>,
}

/// Finds out where a run begins, and makes its output folder ready, which is locked by now.
///
/// # Errors
/// When the folder cannot be written, has the checkpoints of another run, or the one asked for is
/// not whole or not of the same run; and see [`check_output_dir`].
pub(super) fn begin(options: &RunOptions, identity: &Identity) -> Result<Begin, TrainingError> {
    let RunOptions {
        output_dir, resume, ..
    } = options;
    check_writable(output_dir)?;
    recover(output_dir)?;
    check_output_dir(output_dir, resume)?;
    let lock = options.lock.as_ref();
    let mut warnings = Vec::from_iter(lock.and_then(|lock| lock.warning()));
    let checkpoint = match resume {
        Resume::From(folder) => {
            let checkpoint = Checkpoint::open(folder)?;
            check_same(&checkpoint, identity)?;
            if is_inside(folder, output_dir).is_none() && !checkpoint::own(output_dir).is_empty() {
                // What is there is to be replaced: it has to be the same run, too.
                check_same(&newest(output_dir, &mut Vec::new())?, identity)?;
            }
            Some(checkpoint)
        }
        Resume::Newest if checkpoint::all(output_dir).is_empty() => {
            let folder = output_dir.display();
            warnings.push(format!(
                "no checkpoint in {folder}: starting from the beginning"
            ));
            None
        }
        Resume::Newest => {
            let checkpoint = newest(output_dir, &mut warnings)?;
            check_same(&checkpoint, identity)?;
            Some(checkpoint)
        }
        Resume::No => None,
        Resume::Overwrite => {
            checkpoint::remove_old(output_dir, 0);
            None
        }
    };
    if let Some(checkpoint) = &checkpoint {
        checkpoint.restore_best(output_dir)?;
        // Steps beyond the checkpoint will be done again, the same.
        checkpoint::remove_after(output_dir, checkpoint.state.step);
    }
    Ok(Begin {
        checkpoint,
        warnings,
    })
}

/// The arguments of the same run in one process: with as many accumulated passes as all ranks do
/// together. Where it goes on with another number of ranks, these are as many as before. The same
/// on every rank.
///
/// # Errors
/// [`TrainingError::RanksDoNotDivide`].
pub(super) fn arguments_of_all(options: &RunOptions) -> Result<TrainingArguments, TrainingError> {
    let (mut arguments, ranks) = (options.arguments.clone(), options.ranks.as_ref());
    let own = arguments.gradient_accumulation_steps;
    let size = NonZeroUsize::new(ranks.size()).unwrap_or(NonZeroUsize::MIN);
    arguments.gradient_accumulation_steps = own.saturating_mul(size);
    let before = match &options.resume {
        _ if !ranks.is_root() => None,
        Resume::No | Resume::Overwrite => None,
        Resume::From(folder) => checkpoint::shared(folder),
        Resume::Newest => checkpoint::own(&options.output_dir)
            .iter()
            .find_map(|(_, folder)| checkpoint::shared(folder)),
    };
    if let Some((before, batches)) = of_root(ranks, before)
        && before != ranks.size()
    {
        arguments.gradient_accumulation_steps = batches;
    }
    let batches = arguments.gradient_accumulation_steps.get();
    match batches.is_multiple_of(ranks.size()) {
        true => Ok(arguments),
        false => Err(TrainingError::RanksDoNotDivide {
            batches,
            ranks: ranks.size(),
        }),
    }
}

/// The newest whole checkpoint, and a word on each that is not.
fn newest(output_dir: &Path, warnings: &mut Vec<String>) -> Result<Checkpoint, TrainingError> {
    let Found {
        checkpoint,
        skipped,
    } = checkpoint::newest(output_dir);
    let reasons = skipped.iter().map(ToString::to_string);
    match checkpoint {
        Some(checkpoint) => {
            warnings.extend(reasons.map(|reason| format!("skipped: {reason}")));
            Ok(checkpoint)
        }
        None => Err(TrainingError::NoWholeCheckpoint {
            folder: output_dir.to_path_buf(),
            reasons: reasons.collect(),
        }),
    }
}

/// A run goes on only as itself.
fn check_same(checkpoint: &Checkpoint, identity: &Identity) -> Result<(), TrainingError> {
    let differences = checkpoint.identity.differences(identity);
    match differences.is_empty() {
        true => Ok(()),
        false => Err(TrainingError::AnotherRun {
            folder: checkpoint.folder.clone(),
            differences,
        }),
    }
}
