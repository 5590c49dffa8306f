//! The same run with several seeds, or on several folds of its rows.

use std::sync::Arc;
use std::time::Instant;

use crate::ranks::of_root;

use super::{RunLock, RunOptions, StopReason, TrainingArguments, TrainingError};

/// Runs `count` times, with the seed of `options` and the ones after it, each in a folder `seed-N`
/// of its own where there are several, which it locks. Stops after a seed that was stopped: `run`
/// says why, where it was.
///
/// All seeds share one clock: none begins when
/// [`max_time`](TrainingArguments::max_time) is over.
///
/// Where `options` resume, each seed goes on where it stopped, and one that was finished is only
/// scored again.
///
/// # Errors
/// What `run` returns, and when another process has the folder of a seed.
pub fn for_each_seed(
    options: &RunOptions,
    count: u64,
    run: impl FnMut(RunOptions) -> Result<Option<StopReason>, TrainingError>,
) -> Result<Option<StopReason>, TrainingError> {
    let first = options.arguments.seed;
    let Some(last) = first.checked_add(count.saturating_sub(1)) else {
        return Err(TrainingError::Argument {
            name: "seeds",
            value: count.to_string(),
            expected: "so few that the last seed, `seed` + `seeds` - 1, is below 2^64",
        });
    };
    let seeds = (first..=last).take_while(|_| count > 0);
    let parts = seeds.map(|seed| (seed, (count > 1).then(|| format!("seed-{seed}"))));
    in_turn(options, parts, run)
}

/// Runs `count` times with one seed, in the folders `fold-1`, `fold-2` and so on; `run` is told
/// which fold, from 0. Everything else is as with [`for_each_seed`].
///
/// # Errors
/// What `run` returns, and when another process has the folder of a fold.
pub fn for_each_fold(
    options: &RunOptions,
    count: usize,
    mut run: impl FnMut(usize, RunOptions) -> Result<Option<StopReason>, TrainingError>,
) -> Result<Option<StopReason>, TrainingError> {
    let seed = options.arguments.seed;
    let parts = (1..=count).map(|fold| (seed, Some(format!("fold-{fold}"))));
    let mut fold = 0..count;
    in_turn(options, parts, |options| {
        run(fold.next().unwrap_or_default(), options)
    })
}

/// One run after another, each with a seed and perhaps a folder of its own.
fn in_turn(
    options: &RunOptions,
    parts: impl Iterator<Item = (u64, Option<String>)>,
    mut run: impl FnMut(RunOptions) -> Result<Option<StopReason>, TrainingError>,
) -> Result<Option<StopReason>, TrainingError> {
    let clock = options.clock.unwrap_or_else(Instant::now);
    for (place, (seed, folder)) in parts.enumerate() {
        let is_over = options.arguments.is_time_over(clock);
        // Alike on all ranks, whose clocks are not.
        if place > 0 && of_root(options.ranks.as_ref(), is_over) {
            return Ok(Some(StopReason::MaxTime));
        }
        let (output_dir, lock) = match folder {
            None => (options.output_dir.clone(), options.lock.clone()),
            Some(name) => {
                let folder = options.output_dir.join(name);
                let lock = match options.ranks.is_root() {
                    true => Some(Arc::new(RunLock::take(&folder)?)),
                    false => None,
                };
                (folder, lock)
            }
        };
        let stopped = run(RunOptions {
            output_dir,
            lock,
            arguments: TrainingArguments {
                seed,
                ..options.arguments.clone()
            },
            clock: Some(clock),
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

    #[test]
    fn folds_have_a_folder_each_and_one_seed() {
        let root = tempfile::tempdir().unwrap();
        let options = RunOptions::new(root.path().join("out"), TrainingArguments::default());
        let mut seen = Vec::new();
        let stopped = for_each_fold(&options, 3, |fold, options| {
            assert_eq!(options.arguments.seed, 42);
            assert!(options.lock.is_some());
            let name = options.output_dir.file_name().unwrap().to_owned();
            seen.push((fold, name.into_string().unwrap()));
            Ok((fold == 1).then_some(StopReason::Interrupt))
        });
        assert!(matches!(stopped, Ok(Some(StopReason::Interrupt))));
        assert_eq!(seen, [(0, "fold-1".into()), (1, "fold-2".into())]);
    }

    #[test]
    fn the_greatest_seed_is_one_and_there_is_none_after_it() {
        let arguments = TrainingArguments {
            seed: u64::MAX,
            ..TrainingArguments::default()
        };
        let options = RunOptions::new("out".into(), arguments);
        let mut seeds = Vec::new();
        let mut run = |count| {
            for_each_seed(&options, count, |options| {
                seeds.push(options.arguments.seed);
                Ok(None)
            })
        };
        run(1).unwrap();
        let message = run(2).unwrap_err().to_string();
        assert!(message.contains("`seeds` is 2"), "{message}");
        assert_eq!(seeds, [u64::MAX]);
    }

    #[test]
    fn all_seeds_share_one_clock() {
        let arguments = TrainingArguments {
            max_time: Some(0.2),
            ..TrainingArguments::default()
        };
        let root = tempfile::tempdir().unwrap();
        let options = RunOptions::new(root.path().join("out"), arguments);
        let mut clocks = Vec::new();
        let stopped = for_each_seed(&options, 5, |options| {
            clocks.push(options.clock.expect("one for all"));
            if clocks.len() == 2 {
                std::thread::sleep(std::time::Duration::from_millis(300));
            }
            Ok(None)
        });
        assert!(matches!(stopped, Ok(Some(StopReason::MaxTime))));
        assert_eq!(clocks, [clocks[0]; 2]);
    }
}
