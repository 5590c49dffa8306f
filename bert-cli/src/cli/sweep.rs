//! A sweep: the command line of each of its runs.

use std::ffi::OsString;
use std::path::PathBuf;

use super::request::{read_task, task_of};
use super::words::{given, value, without};
use super::{CliError, Request};
use crate::commands::sweep::grid::{AXES, points};
use crate::commands::sweep::{Sweep, SweepRun};

/// What a sweep decides for its runs.
pub(super) const DECIDED: [&str; 5] = [
    "resume",
    "resume-from-checkpoint",
    "overwrite-output-dir",
    "eval-only",
    "dashboard",
];

/// Reads the words after `sweep`. Every command line of a run is checked: a flag that is wrong in
/// one of them is known before the first begins.
pub(super) fn read_sweep(rest: &[OsString]) -> Result<Sweep, CliError> {
    let task = task_of(rest)?;
    let given = given(rest);
    if let Some(flag) = DECIDED.iter().find(|flag| given.iter().any(|g| g == *flag)) {
        return Err(CliError::NotOfSweep { flag });
    }
    let text = |flag: &str| value(rest, flag).map(|list| list.to_string_lossy().into_owned());
    let points = points(text("grid").as_deref(), text)?;
    let default = || PathBuf::from(format!("out/{}-sweep", task.name()));
    let output_dir = value(rest, "output-dir").map_or_else(default, PathBuf::from);
    let own = ["task", "output-dir", "grid"].into_iter();
    let own: Vec<&str> = own.chain(AXES.map(|(flag, _)| flag)).collect();
    let shared = without(rest, &own);
    let mut sweep = Sweep {
        output_dir,
        runs: Vec::new(),
        models: 1,
        below: "",
    };
    for point in points {
        let mut words: Vec<OsString> = vec!["--task".into(), task.name().into()];
        words.extend([
            "--output-dir".into(),
            sweep.output_dir.join(&point.name).into(),
        ]);
        words.push("--dashboard=plain".into());
        words.extend(point.flags);
        words.extend(shared.iter().cloned());
        let Request::Task { matches, .. } = read_task("train", &words)? else {
            return Err(CliError::NoTask);
        };
        task.check(&matches)?;
        // A file of flags may have some, too.
        let is_on = |flag: &&str| {
            let flag = matches.try_get_one::<bool>(&flag.replace('-', "_"));
            flag.is_ok_and(|flag| flag == Some(&true))
        };
        if let Some(flag) = DECIDED.iter().copied().find(|flag| is_on(flag)) {
            return Err(CliError::NotOfSweep { flag });
        }
        let number = |flag: &str| matches.try_get_one::<u64>(flag).ok().flatten().copied();
        let (models, below) = match (number("folds"), number("seeds").unwrap_or(1)) {
            (Some(folds), _) => (folds, "fold-*/"),
            (None, 1) => (1, ""),
            (None, seeds) => (seeds, "seed-*/"),
        };
        sweep.models = usize::try_from(models).unwrap_or(usize::MAX);
        sweep.below = below;
        words.insert(0, "train".into());
        sweep.runs.push(SweepRun {
            name: point.name,
            command: words,
        });
    }
    Ok(sweep)
}
