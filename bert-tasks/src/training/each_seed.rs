//! The same run with several seeds.

use std::sync::Arc;

use super::{RunLock, RunOptions, StopReason, TrainingArguments, TrainingError};

/// Runs `count` times, with the seed of `options` and the ones after it, each in a folder `seed-N`
/// of its own where there are several, which it locks. Stops after a seed that was stopped: `run` says why, where
/// it was.
///
/// Where `options` resume, each seed goes on where it stopped, and one that was finished is only
/// scored again.
///
/// # Errors
/// What `run` returns, and when another process has the folder of a seed.
pub fn for_each_seed(
    options: &RunOptions,
    count: u64,
    mut run: impl FnMut(RunOptions) -> Result<Option<StopReason>, TrainingError>,
) -> Result<Option<StopReason>, TrainingError> {
    let first = options.arguments.seed;
    for seed in first..first.saturating_add(count) {
        let (output_dir, lock) = match count {
            1 => (options.output_dir.clone(), options.lock.clone()),
            _ => {
                let folder = options.output_dir.join(format!("seed-{seed}"));
                let lock = Arc::new(RunLock::take(&folder)?);
                (folder, Some(lock))
            }
        };
        let stopped = run(RunOptions {
            output_dir,
            lock,
            arguments: TrainingArguments {
                seed,
                ..options.arguments.clone()
            },
            ..options.clone()
        })?;
        if let Some(reason) = stopped.filter(|reason| !reason.is_end()) {
            return Ok(Some(reason));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_that_was_stopped_is_the_last() {
        let root = tempfile::tempdir().unwrap();
        let options = RunOptions::new(root.path().join("out"), TrainingArguments::default());
        let mut folders = Vec::new();
        let stopped = for_each_seed(&options, 3, |options| {
            assert!(
                options
                    .output_dir
                    .ends_with(format!("seed-{}", options.arguments.seed))
            );
            folders.push(options.arguments.seed);
            Ok((folders.len() == 2).then_some(StopReason::Interrupt))
        });
        assert!(matches!(stopped, Ok(Some(StopReason::Interrupt))));
        assert_eq!(folders, [42, 43]);
        for_each_seed(&options, 1, |options| {
            assert_eq!(options.output_dir, root.path().join("out"));
            Ok(None)
        })
        .unwrap();
    }
}
