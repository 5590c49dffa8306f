//! The same fine-tuning with several seeds.

use std::sync::Arc;

use bert_core::backend::BertAutodiffBackend;

use super::{BertForSequenceClassification, FineTuneData, FineTuned, SequenceFolder, fine_tune};
use crate::training::{RunOptions, StopReason, TrainingArguments, TrainingError};

/// Fine-tunes `count` times, with the seed of `options` and the ones after it, each in a folder
/// `seed-N` of its own, and hands each outcome to `done` as soon as it is there. `model` makes the
/// model of a seed, and says what was loaded into it.
///
/// Where `options` resume, each seed goes on where it stopped, and one that was finished is only
/// scored again. Stops after a seed that was stopped.
///
/// # Errors
/// What `model`, [`fine_tune`] or `done` return.
pub fn fine_tune_seeds<B: BertAutodiffBackend>(
    mut model: impl FnMut(u64) -> Result<(BertForSequenceClassification<B>, String), TrainingError>,
    folder: &Arc<SequenceFolder>,
    data: &FineTuneData,
    options: &RunOptions,
    count: u64,
    mut done: impl FnMut(&RunOptions, FineTuned) -> Result<(), TrainingError>,
) -> Result<Option<StopReason>, TrainingError> {
    let first = options.arguments.seed;
    for seed in first..first.saturating_add(count) {
        let (model, load_report) = model(seed)?;
        let options = RunOptions {
            output_dir: match count {
                1 => options.output_dir.clone(),
                _ => options.output_dir.join(format!("seed-{seed}")),
            },
            arguments: TrainingArguments {
                seed,
                ..options.arguments.clone()
            },
            load_report,
            ..options.clone()
        };
        let tuned = fine_tune(model, folder.clone(), data.clone(), &options)?;
        let stopped = tuned.stopped.clone().filter(|reason| !reason.is_end());
        done(&options, tuned)?;
        if stopped.is_some() {
            return Ok(stopped);
        }
    }
    Ok(None)
}
