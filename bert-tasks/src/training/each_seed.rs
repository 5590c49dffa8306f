//! The same run with several seeds.

use std::time::Instant;

use super::{RunOptions, StopReason, TrainingArguments, TrainingError};

/// Runs `count` times, with the seed of `options` and the ones after it, each in a folder `seed-N`
/// of its own where there are several. Stops after a seed that was stopped: `run` says why, where
/// it was.
///
/// All seeds share one clock: none begins when
/// [`max_time`](TrainingArguments::max_time) is over.
///
/// Where `options` resume, each seed goes on where it stopped, and one that was finished is only
/// scored again.
///
/// # Errors
/// What `run` returns.
pub fn for_each_seed(
    options: &RunOptions,
    count: u64,
    mut run: impl FnMut(RunOptions) -> Result<Option<StopReason>, TrainingError>,
) -> Result<Option<StopReason>, TrainingError> {
    let first = options.arguments.seed;
    let clock = options.clock.unwrap_or_else(Instant::now);
    for seed in first..first.saturating_add(count) {
        if seed > first && options.arguments.is_time_over(clock) {
            return Ok(Some(StopReason::MaxTime));
        }
        let stopped = run(RunOptions {
            output_dir: match count {
                1 => options.output_dir.clone(),
                _ => options.output_dir.join(format!("seed-{seed}")),
            },
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
        let options = RunOptions::new("out".into(), TrainingArguments::default());
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
            assert_eq!(options.output_dir.to_str(), Some("out"));
            Ok(None)
        })
        .unwrap();
    }

    #[test]
    fn all_seeds_share_one_clock() {
        let arguments = TrainingArguments {
            max_time: Some(0.02),
            ..TrainingArguments::default()
        };
        let options = RunOptions::new("out".into(), arguments);
        let mut clocks = Vec::new();
        let stopped = for_each_seed(&options, 5, |options| {
            clocks.push(options.clock.expect("one for all"));
            if clocks.len() == 2 {
                std::thread::sleep(std::time::Duration::from_millis(30));
            }
            Ok(None)
        });
        assert!(matches!(stopped, Ok(Some(StopReason::MaxTime))));
        assert_eq!(clocks, [clocks[0]; 2]);
    }
}
