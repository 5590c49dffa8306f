//! Many runs of a task that differ in some of their numbers.
//!
//! They go one after another, each in a folder of its own and as a process of its own: one that
//! fails does not take the others along.
//!
//! - [`grid`]: which runs there are.
//! - `child`: a run as a process.
//! - `outcome`: what the runs have come to; `page`: the same as HTML.

mod child;
pub mod grid;
mod outcome;
mod page;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bert_core::files::{FileError, write_atomically};
use bert_tasks::output::write_json;
use bert_tasks::training::{RunLock, StopFlag, StopReason, TrainingError};

use crate::exit::{ProgramError, exit_code, say};
use crate::group::check_alone;
use crate::signals::stop_on_signals;
use child::Exit;
use outcome::{Outcome, Status};

/// The runs of a sweep, while it goes on and at its end.
const SWEEP_JSON: &str = "sweep.json";

/// The same to look at.
const SWEEP_HTML: &str = "sweep.html";

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Where the folders of the runs are.
    pub output_dir: PathBuf,
    /// All runs.
    pub runs: Vec<SweepRun>,
    /// How many models each trains: one, or one for each seed or fold.
    pub models: usize,
    /// Where the folders of its models are in that of a run, as a pattern that ends in `/`, or
    /// nothing.
    pub below: &'static str,
}

/// A run of a sweep.
#[derive(Clone, Debug)]
pub struct SweepRun {
    /// Its folder's name.
    pub name: String,
    /// Its command line without the program's name, for the first time.
    pub command: Vec<OsString>,
}

/// Trains all runs that have not finished, then says what all have come to. The exit code is 1
/// where a run has failed.
pub fn sweep(plan: &Sweep) -> ExitCode {
    match start(plan) {
        Ok(End::Failed) => ExitCode::from(1),
        Ok(End::Done) => exit_code(Ok(None)),
        Ok(End::Stopped(reason)) => exit_code(Ok(Some(reason))),
        Err(error) => exit_code(Err(error)),
    }
}

/// How a sweep ended.
enum End {
    Done,
    Failed,
    Stopped(StopReason),
}

fn start(plan: &Sweep) -> Result<End, ProgramError> {
    check_alone("a sweep")?;
    let stop = stop_on_signals()?;
    let folder = &plan.output_dir;
    let _lock = RunLock::take(folder)?;
    let mut outcomes = beginnings(plan)?;
    let left = |outcome: &&Outcome| outcome.status != Status::Finished;
    let (count, left) = (outcomes.len(), outcomes.iter().filter(left).count());
    say(&format!(
        "{count} runs, {left} of them to be done; to compare them meanwhile: bert watch {}/*/{}\n",
        folder.display(),
        plan.below
    ))?;
    for run in &plan.runs {
        // A pattern is to find all of them from the beginning.
        let folder = folder.join(&run.name);
        std::fs::create_dir_all(&folder).map_err(FileError::at("create", &folder))?;
    }
    let end = train(plan, &mut outcomes, &stop)?;
    outcome::sort(&mut outcomes);
    write(folder, &outcomes)?;
    let title = folder.display().to_string();
    let page = page::page(&title, &outcomes);
    write_atomically(&folder.join(SWEEP_HTML), page.as_bytes())?;
    say(&format!(
        "\n{}\nwritten:\n  {}\n  {}\n",
        outcome::summary(&outcomes),
        folder.join(SWEEP_JSON).display(),
        folder.join(SWEEP_HTML).display()
    ))?;
    Ok(end)
}

/// Trains what has not finished.
fn train(plan: &Sweep, outcomes: &mut [Outcome], stop: &StopFlag) -> Result<End, ProgramError> {
    let mut end = End::Done;
    for run in &plan.runs {
        if let Some(reason) = stop.requested() {
            return Ok(End::Stopped(reason));
        }
        let mut all = outcomes.iter_mut();
        let Some(outcome) = all.find(|outcome| outcome.name == run.name) else {
            continue;
        };
        if outcome.status == Status::Finished {
            continue;
        }
        let folder = plan.output_dir.join(&run.name);
        let mut words = run.command.clone();
        if has_begun(&folder) {
            words.insert(1, "--resume".into());
        }
        let exit = child::run(&run.name, &words, stop);
        let exit = exit.unwrap_or_else(|error| Exit::Failure(error.to_string()));
        let read = outcome::read(&folder, plan.models);
        let is_whole = read.as_ref().is_some_and(|(_, is_whole)| *is_whole);
        outcome.score = read.map(|(score, _)| score);
        (outcome.status, outcome.reason) = match &exit {
            Exit::Success if is_whole => (Status::Finished, None),
            Exit::Success => (Status::Stopped, Some("before its last step".to_owned())),
            Exit::Stopped(reason) => (Status::Stopped, Some(reason.to_string())),
            Exit::Failure(how) => (Status::Failed, Some(how.clone())),
        };
        write(&plan.output_dir, outcomes)?;
        match exit {
            Exit::Stopped(reason) => return Ok(End::Stopped(reason)),
            Exit::Failure(_) => end = End::Failed,
            Exit::Success => {}
        }
    }
    match stop.requested() {
        Some(reason) => Ok(End::Stopped(reason)),
        None => Ok(end),
    }
}

/// Whether a run has left anything in its folder.
fn has_begun(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// The runs of the plan, finished where the same command line has finished before; and those that
/// are in the folder from an earlier plan.
fn beginnings(plan: &Sweep) -> Result<Vec<Outcome>, ProgramError> {
    let folder = &plan.output_dir;
    let earlier = earlier(folder)?;
    let begin = |run: &SweepRun| {
        let words = run.command.iter().map(|word| word.to_string_lossy());
        let command: Vec<String> = words.map(|word| word.into_owned()).collect();
        let score = outcome::read(&folder.join(&run.name), plan.models);
        let same = earlier.iter().find(|one| {
            one.name == run.name && one.command == command && one.status == Status::Finished
        });
        match (same, score) {
            (Some(same), Some((score, true))) => Outcome {
                score: Some(score),
                ..same.clone()
            },
            _ => Outcome {
                name: run.name.clone(),
                command,
                status: Status::Waiting,
                reason: None,
                score: None,
            },
        }
    };
    let mut outcomes: Vec<Outcome> = plan.runs.iter().map(begin).collect();
    let others = earlier
        .iter()
        .filter(|one| plan.runs.iter().all(|run| run.name != one.name));
    outcomes.extend(
        others
            .filter(|one| folder.join(&one.name).is_dir())
            .cloned(),
    );
    Ok(outcomes)
}

/// What an earlier sweep has left.
fn earlier(folder: &Path) -> Result<Vec<Outcome>, ProgramError> {
    let path = folder.join(SWEEP_JSON);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read(&path).map_err(FileError::at("read", &path))?;
    let foreign = |_| TrainingError::NotARun {
        folder: folder.to_path_buf(),
        names: vec![SWEEP_JSON.to_owned()],
    };
    Ok(serde_json::from_slice(&text).map_err(foreign)?)
}

fn write(folder: &Path, outcomes: &[Outcome]) -> Result<(), ProgramError> {
    write_json(&folder.join(SWEEP_JSON), &outcomes)?;
    Ok(())
}
