//! Where a program's results go: the folder that was asked for, or a free one; and that nothing is
//! in the way there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bert_core::files::{LOCK, is_inside, is_same, recover};
use bert_tasks::ranks::{Ranks, of_root};
use bert_tasks::training::{
    Resume, RunLock, TrainingError, check_apart_from_model, check_output_dir, check_results_dir,
    check_seeds_dir,
};

use crate::flags::TaskFlags;
use crate::run_toml::{RUN_TOML, is_foreign};

/// Where runs go that are not told where.
const HOME: &str = "out";

/// As many folders of seeds or folds are looked at before the first is trained.
const FOLDERS_CHECKED: u64 = 1000;

/// An output folder that no other program has as long as this lives.
pub struct Output {
    /// The folder.
    pub dir: PathBuf,
    /// That it is this program's, at rank 0.
    pub lock: Option<Arc<RunLock>>,
    /// What somebody should know of it.
    pub note: Option<String>,
}

impl Output {
    /// Takes the folder of a run of `task`, before anything takes time: with these flags, `folds`
    /// where there are, and `seed` as its first.
    ///
    /// # Errors
    /// When another program has it, it cannot be written to, or something is there that the flags
    /// do not give up.
    pub fn claim(
        flags: &TaskFlags,
        folds: Option<u64>,
        task: &str,
        seed: u64,
    ) -> Result<Self, TrainingError> {
        let resume = flags.run.resume();
        let free = || next_free(Path::new(HOME), task);
        let output = match flags.given_output_dir() {
            Some(folder) => {
                check_model(flags, folder)?;
                Self::at(folder)?
            }
            None if flags.eval_only => Self::at(&Path::new(HOME).join(format!("{task}-eval")))?,
            None => match &resume {
                Resume::No => free()?,
                Resume::Overwrite => Self::at(&Path::new(HOME).join(task))?,
                Resume::Newest => match newest(Path::new(HOME), task) {
                    Some(folder) => Self::at(&folder)?,
                    None => free()?,
                },
                Resume::From(checkpoint) => {
                    let all = of_task(Path::new(HOME), task);
                    let its = |folder: &&PathBuf| is_inside(checkpoint, folder).is_some();
                    match all.iter().map(|(_, folder)| folder).find(its) {
                        Some(folder) => Self::at(folder)?,
                        None => free()?,
                    }
                }
            },
        };
        let dir = &output.dir;
        check_model(flags, dir)?;
        recover(dir)?;
        if !flags.eval_only && resume != Resume::Overwrite && is_foreign(dir) {
            return Err(TrainingError::NotARun {
                folder: dir.clone(),
                names: vec![RUN_TOML.to_owned()],
            });
        }
        let check_each = |folders: Vec<String>| {
            check_seeds_dir(dir, &resume)?;
            let mut folders = folders.iter();
            folders.try_for_each(|folder| check_output_dir(&dir.join(folder), &resume))
        };
        match (flags.eval_only, folds, flags.seeds) {
            (true, ..) if resume == Resume::Overwrite => {}
            (true, ..) => check_results_dir(dir)?,
            (false, Some(count), _) => {
                let folds = 1..=count.min(FOLDERS_CHECKED);
                check_each(folds.map(|fold| format!("fold-{fold}")).collect())?;
            }
            (false, None, 1) => check_output_dir(dir, &resume)?,
            (false, None, count) => {
                let seeds = (0..count.min(FOLDERS_CHECKED)).filter_map(|n| seed.checked_add(n));
                check_each(seeds.map(|seed| format!("seed-{seed}")).collect())?;
            }
        }
        Ok(output)
    }

    fn at(folder: &Path) -> Result<Self, TrainingError> {
        Ok(Self {
            dir: folder.to_path_buf(),
            lock: Some(Arc::new(RunLock::take(folder)?)),
            note: None,
        })
    }

    /// To a rank that writes nothing, before it knows the folder.
    pub fn of_root() -> Self {
        Self {
            dir: PathBuf::new(),
            lock: None,
            note: None,
        }
    }

    /// The folder of rank 0 on every rank.
    #[must_use]
    pub fn of_all(self, ranks: &dyn Ranks) -> Self {
        let dir = of_root(ranks, self.dir);
        Self { dir, ..self }
    }
}

/// An evaluation writes no model; its results have a check of their own.
fn check_model(flags: &TaskFlags, folder: &Path) -> Result<(), TrainingError> {
    match flags.eval_only || !flags.reads_model() {
        true => Ok(()),
        false => check_apart_from_model(folder, &flags.model_folder()),
    }
}

/// What there is of `task` and `task-2`, `task-3`..., by its number.
fn of_task(home: &Path, task: &str) -> Vec<(u64, PathBuf)> {
    let number = |name: &str| match name.strip_prefix(task)? {
        "" => Some(1),
        rest => {
            let digits = rest.strip_prefix('-')?;
            let number = digits.parse().ok()?;
            (number > 1 && !digits.starts_with(['0', '+'])).then_some(number)
        }
    };
    let entries = std::fs::read_dir(home).into_iter().flatten().flatten();
    let mut found: Vec<(u64, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name();
            Some((number(name.to_str()?)?, home.join(name)))
        })
        .collect();
    found.sort();
    found
}

/// What a program leaves that ended before its run began; the next one goes on with it.
const BEFORE_A_RUN: [&str; 3] = [LOCK, "cache", "log.txt"];

/// Nothing in it that a run has left.
fn is_free(folder: &Path) -> bool {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries.flatten().all(|entry| {
            let name = entry.file_name();
            BEFORE_A_RUN.iter().any(|before| name == *before)
        }),
        Err(_) => std::fs::symlink_metadata(folder).is_err(),
    }
}

/// The newest that has anything in it.
fn newest(home: &Path, task: &str) -> Option<PathBuf> {
    let mut all = of_task(home, task);
    all.retain(|(_, folder)| !is_free(folder));
    all.pop().map(|(_, folder)| folder)
}

/// The name after those that are taken; of two programs at once, each has its own.
fn next_free(home: &Path, task: &str) -> Result<Output, TrainingError> {
    let taken = newest(home, task);
    let last = |(number, folder): &(u64, PathBuf)| (!is_free(folder)).then_some(*number);
    let mut number = of_task(home, task)
        .iter()
        .filter_map(last)
        .max()
        .unwrap_or(0);
    loop {
        number += 1;
        let folder = match number {
            1 => home.join(task),
            number => home.join(format!("{task}-{number}")),
        };
        match Output::at(&folder) {
            Err(TrainingError::InUse { .. }) => {}
            // Another program may have been here and gone.
            Ok(output) if !is_free(&folder) => drop(output),
            Ok(output) => {
                let note = taken.filter(|taken| !is_same(taken, &folder)).map(|taken| {
                    let (taken, folder) = (taken.display(), folder.display());
                    format!("{taken} is taken: this run goes to {folder}")
                });
                return Ok(Output { note, ..output });
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn free(home: &Path) -> String {
        let output = next_free(home, "mrpc").unwrap();
        let name = output.dir.file_name().unwrap();
        name.to_str().unwrap().to_owned()
    }

    fn fill(home: &Path, name: &str) {
        fs::create_dir_all(home.join(name)).unwrap();
        fs::write(home.join(name).join("events.jsonl"), "").unwrap();
    }

    #[test]
    fn a_new_run_takes_the_next_free_name() {
        let root = tempfile::tempdir().unwrap();
        let home = root.path().join("out");
        assert_eq!((free(&home), newest(&home, "mrpc")), ("mrpc".into(), None));
        // Nothing is left of one that has done nothing.
        assert!(!home.exists());
        for others in ["mrpc-eval", "mrpc-02", "mrpc-1", "nsp", "mrpc-0"] {
            fill(&home, others);
        }
        assert_eq!(free(&home), "mrpc");
        fill(&home, "mrpc");
        assert_eq!(free(&home), "mrpc-2");
        for name in ["mrpc-2", "mrpc-9", "mrpc-10"] {
            fill(&home, name);
        }
        assert_eq!(free(&home), "mrpc-11");
        assert_eq!(newest(&home, "mrpc"), Some(home.join("mrpc-10")));
        // One that was killed at its very beginning.
        fs::create_dir(home.join("mrpc-11")).unwrap();
        for left in BEFORE_A_RUN {
            fs::write(home.join("mrpc-11").join(left), "").unwrap();
        }
        assert_eq!(newest(&home, "mrpc"), Some(home.join("mrpc-10")));
        assert_eq!(free(&home), "mrpc-11");
    }

    #[test]
    fn two_programs_at_once_have_a_name_each() {
        let root = tempfile::tempdir().unwrap();
        let home = root.path();
        let one = next_free(home, "mrpc").unwrap();
        let other = next_free(home, "mrpc").unwrap();
        assert_eq!(one.dir, home.join("mrpc"));
        assert_eq!(other.dir, home.join("mrpc-2"));
        assert!(one.note.is_none() && other.note.is_none());
    }
}
