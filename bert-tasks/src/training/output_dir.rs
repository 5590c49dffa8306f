//! An output folder: who may write into it, and over what.
//!
//! Nothing is replaced that somebody may still want, unless they say so: a run that has finished or
//! can go on, a model or results that are no run's.

use std::path::Path;
use std::time::SystemTime;

use bert_core::files::{FolderLock, Holder, LockError, is_inside, is_same};

use super::checkpoint::{self, is_complete};
use super::{Resume, TrainingError};
use crate::events::{EventReader, Outcome, RunHistory, host_name};

/// That no other process writes into an output folder as long as this lives.
#[derive(Debug)]
pub struct RunLock(FolderLock);

impl RunLock {
    /// Takes `folder`, which is made where it is missing.
    ///
    /// # Errors
    /// [`TrainingError::InUse`] where another process has it, or this one already has; and when it
    /// cannot be written to.
    pub fn take(folder: &Path) -> Result<Self, TrainingError> {
        let since = SystemTime::UNIX_EPOCH.elapsed();
        let holder = Holder {
            pid: std::process::id(),
            host: host_name(),
            since: since.map_or(0.0, |time| time.as_secs_f64()),
        };
        match FolderLock::take(folder, &holder) {
            Ok(lock) => Ok(Self(lock)),
            Err(LockError::Held { folder, by }) => Err(TrainingError::InUse { folder, by }),
            Err(LockError::File(error)) => Err(error.into()),
        }
    }

    /// Which one.
    pub fn folder(&self) -> &Path {
        self.0.folder()
    }

    /// What somebody should know: that it keeps nobody out, where the file system has no locks.
    pub fn warning(&self) -> Option<String> {
        let reason = self.0.unenforced()?;
        let folder = self.folder().display();
        Some(format!(
            "{folder} cannot be locked ({reason}): nothing keeps a second program out of it"
        ))
    }
}

/// What makes a folder a model: a run would replace it, or mix it with its own.
const MODEL: [&str; 13] = [
    "bert_config.json",
    "bert_model.ckpt.index",
    "config.json",
    "model.onnx",
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "special_tokens_map.json",
    "tf_model.h5",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
];

/// What an evaluation writes.
const RESULTS: [&str; 6] = [
    "eval_results.json",
    "logits.tsv",
    "nbest_predictions.json",
    "null_odds.json",
    "predictions.json",
    "predictions.tsv",
];

/// What a run writes of its course.
const COURSE: [&str; 2] = ["events.jsonl", "report.html"];

/// Whether a training may write into `folder`, for saying so before anything takes time. The
/// training itself asks again.
///
/// # Errors
/// [`TrainingError::Finished`], [`TrainingError::Unfinished`], [`TrainingError::NotARun`] or
/// [`TrainingError::NoWholeCheckpoint`], where it would replace what somebody may still want.
pub fn check_output_dir(folder: &Path, resume: &Resume) -> Result<(), TrainingError> {
    match resume {
        Resume::Overwrite => Ok(()),
        // These are compared with the run, once it is known.
        Resume::From(from) if is_inside(from, folder).is_some() => Ok(()),
        Resume::From(_) if !checkpoint::own(folder).is_empty() => Ok(()),
        Resume::Newest if !checkpoint::all(folder).is_empty() => Ok(()),
        Resume::Newest => check_replaceable(folder, true),
        Resume::From(_) => check_replaceable(folder, false),
        Resume::No => {
            let own = checkpoint::own(folder);
            let newest = own.iter().find_map(|(_, folder)| {
                let is_complete = is_complete(folder)?;
                Some((folder.clone(), is_complete))
            });
            match newest {
                Some((_, true)) => Err(TrainingError::Finished {
                    folder: folder.to_path_buf(),
                }),
                Some((folder, false)) => Err(TrainingError::Unfinished { folder }),
                None if !own.is_empty() => Err(TrainingError::NoWholeCheckpoint {
                    folder: folder.to_path_buf(),
                    reasons: checkpoint::newest(folder)
                        .skipped
                        .iter()
                        .map(ToString::to_string)
                        .collect(),
                }),
                None => check_replaceable(folder, false),
            }
        }
    }
}

/// Whether nothing is lost where a run without a checkpoint begins anew in `folder`.
fn check_replaceable(folder: &Path, goes_on: bool) -> Result<(), TrainingError> {
    let mut names = present(folder, &MODEL);
    names.extend(present(folder, &RESULTS));
    let history = history(folder);
    if history.start.is_none() {
        let course = present(folder, &COURSE).into_iter();
        names.extend(course.filter(|name| name != COURSE[0] || !is_torn(&folder.join(name))));
        return not_a_run(folder, names);
    }
    // One that has reached nothing, because it failed or was killed before, is no loss.
    if names.is_empty() {
        return Ok(());
    }
    let folder = folder.to_path_buf();
    match history.outcome {
        Some(Outcome::Ended { complete: true, .. }) => Err(TrainingError::Finished { folder }),
        _ if goes_on => Ok(()),
        _ => Err(TrainingError::Unfinished { folder }),
    }
}

/// The same for a folder that gets the results over several seeds or folds; their own folders are for
/// [`check_output_dir`].
///
/// # Errors
/// [`TrainingError::Finished`] or [`TrainingError::NotARun`].
pub fn check_seeds_dir(folder: &Path, resume: &Resume) -> Result<(), TrainingError> {
    if *resume == Resume::Overwrite {
        return Ok(());
    }
    let results = present(folder, &RESULTS);
    let names = present(folder, &MODEL);
    match (kind_of_results(folder), *resume == Resume::Newest) {
        (Some(Results::Seeds), true) if names.is_empty() => Ok(()),
        (Some(Results::Training | Results::Seeds), _) => Err(TrainingError::Finished {
            folder: folder.to_path_buf(),
        }),
        _ => not_a_run(folder, [names, results].concat()),
    }
}

/// Whether the results of an evaluation alone may be written into `folder`: they may replace those
/// of another evaluation, and no others.
///
/// # Errors
/// [`TrainingError::Finished`] or [`TrainingError::NotARun`].
pub fn check_results_dir(folder: &Path) -> Result<(), TrainingError> {
    match kind_of_results(folder) {
        Some(Results::Evaluation) => Ok(()),
        Some(Results::Training | Results::Seeds) => Err(TrainingError::Finished {
            folder: folder.to_path_buf(),
        }),
        None => not_a_run(folder, present(folder, &RESULTS)),
    }
}

/// Whether what is written into `folder` leaves alone the model that is read from the folder
/// `model`, however the two are called.
///
/// # Errors
/// [`TrainingError::OverModel`].
pub fn check_apart_from_model(folder: &Path, model: &Path) -> Result<(), TrainingError> {
    let is_replaced = |inside: &Path| {
        let first = inside.iter().next().and_then(|name| name.to_str());
        let numbered = first.and_then(|name| name.rsplit_once('-'));
        matches!(numbered, Some(("checkpoint" | "seed", _)))
    };
    let inside = is_inside(model, folder);
    if is_same(folder, model) || inside.is_some_and(|inside| is_replaced(&inside)) {
        return Err(TrainingError::OverModel {
            folder: folder.to_path_buf(),
            model: model.to_path_buf(),
        });
    }
    Ok(())
}

fn not_a_run(folder: &Path, names: Vec<String>) -> Result<(), TrainingError> {
    match names.is_empty() {
        true => Ok(()),
        false => Err(TrainingError::NotARun {
            folder: folder.to_path_buf(),
            names,
        }),
    }
}

/// Whether events are all that a run has left that was killed while it wrote the first of them.
fn is_torn(events: &Path) -> bool {
    const BEGINNING: &[u8] = br#"{"v":"#;
    // A start event is larger than most, and still far below this.
    const LONGEST: u64 = 1 << 20;
    let is_small = std::fs::metadata(events).is_ok_and(|file| file.len() < LONGEST);
    let text = is_small.then(|| std::fs::read(events).ok()).flatten();
    text.is_some_and(|text| {
        let beginning = &text[..text.len().min(BEGINNING.len())];
        !text.contains(&b'\n') && BEGINNING.starts_with(beginning)
    })
}

/// Which of these there are.
fn present(folder: &Path, names: &[&str]) -> Vec<String> {
    // A link that leads nowhere is there, too.
    let is_there = |name: &&&str| std::fs::symlink_metadata(folder.join(name)).is_ok();
    let there = names.iter().filter(is_there);
    there.map(|name| (*name).to_owned()).collect()
}

/// Of the run that was here, if one was.
fn history(folder: &Path) -> RunHistory {
    let mut history = RunHistory::default();
    // What cannot be read is no run of ours.
    let _ = EventReader::new(folder).read(|stamped| history.apply(stamped));
    history
}

/// Whose scores `eval_results.json` has.
enum Results {
    Training,
    Seeds,
    Evaluation,
}

/// Nothing where it is not there, or not this program's.
fn kind_of_results(folder: &Path) -> Option<Results> {
    let text = std::fs::read(folder.join("eval_results.json")).ok()?;
    let results: serde_json::Value = serde_json::from_slice(&text).ok()?;
    let has = |keys: &[&str]| keys.iter().all(|key| results.get(key).is_some());
    if has(&["best_seed", "runs"]) || has(&["best_fold", "runs"]) {
        return Some(Results::Seeds);
    }
    if !has(&["split", "backend", "arguments", "version"]) {
        return None;
    }
    Some(match has(&["best_step"]) {
        true => Results::Training,
        false => Results::Evaluation,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::events::{Event, SCHEMA, Spent, Stamped};

    #[test]
    fn a_run_that_was_killed_at_its_first_event_is_no_loss() {
        let root = tempfile::tempdir().unwrap();
        let events = root.path().join("events.jsonl");
        for torn in ["", "{", r#"{"v":1,"time":1.5,"event":"sta"#] {
            fs::write(&events, torn).unwrap();
            for resume in [Resume::No, Resume::Newest] {
                check_output_dir(root.path(), &resume).unwrap();
            }
        }
        for foreign in ["notes", "{\"a\": 1}", "{\"v\":1}\nmore"] {
            fs::write(&events, foreign).unwrap();
            let error = check_output_dir(root.path(), &Resume::No).unwrap_err();
            assert!(matches!(error, TrainingError::NotARun { .. }), "{foreign}");
        }
    }

    fn events(folder: &Path, complete: Option<bool>) {
        let start = Event::Start(Box::default());
        let end = complete.map(|complete| Event::End {
            step: 1,
            reason: "finished".to_owned(),
            complete,
            seconds: 1.0,
            spent: Spent::default(),
        });
        let line = |event| {
            let (v, time) = (SCHEMA, 1.0);
            serde_json::to_string(&Stamped { v, time, event }).unwrap() + "\n"
        };
        let lines: String = [Some(start), end].into_iter().flatten().map(line).collect();
        fs::write(folder.join("events.jsonl"), lines).unwrap();
    }

    fn said(result: Result<(), TrainingError>) -> String {
        result.map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    }

    #[test]
    fn a_run_that_would_replace_what_somebody_wants_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let out = root.path();
        let no = |resume: Resume| said(check_output_dir(out, &resume));
        let expect = |new: &str, resumed: &str| {
            for (resume, expected) in [(Resume::No, new), (Resume::Newest, resumed)] {
                let found = no(resume);
                assert!(found.contains(expected), "{expected} in {found}");
            }
            assert_eq!(no(Resume::Overwrite), "fine");
        };
        expect("fine", "fine");
        fs::write(out.join("notes.txt"), "").unwrap();
        fs::write(out.join("log.txt"), "").unwrap();
        expect("fine", "fine");
        for file in MODEL.iter().chain(&RESULTS).chain(&COURSE) {
            fs::write(out.join(file), "x").unwrap();
            let message = format!("holds {file}, which no run has left");
            expect(&message, &message);
            fs::remove_file(out.join(file)).unwrap();
        }
        // A run that has reached nothing, then one that was stopped, then one that has finished.
        events(out, None);
        expect("fine", "fine");
        fs::write(out.join("model.safetensors"), "").unwrap();
        expect("has not finished", "fine");
        events(out, Some(false));
        expect("has not finished", "fine");
        events(out, Some(true));
        expect("has finished", "has finished");
    }

    #[test]
    fn an_evaluation_replaces_only_another_evaluation() {
        let root = tempfile::tempdir().unwrap();
        let out = root.path();
        let path = out.join("eval_results.json");
        assert_eq!(said(check_results_dir(out)), "fine");
        for (text, evaluation, seeds, resumed_seeds) in [
            (
                r#"{"split":1,"backend":1,"arguments":1,"version":1}"#,
                "fine",
                "no run has left",
                "no run has left",
            ),
            (
                r#"{"split":1,"backend":1,"arguments":1,"version":1,"best_step":1}"#,
                "has finished",
                "has finished",
                "has finished",
            ),
            (
                r#"{"best_seed":1,"runs":[]}"#,
                "has finished",
                "has finished",
                "fine",
            ),
            (
                r#"{"eval_loss":1}"#,
                "no run has left",
                "no run has left",
                "no run has left",
            ),
        ] {
            fs::write(&path, text).unwrap();
            for (found, expected) in [
                (check_results_dir(out), evaluation),
                (check_seeds_dir(out, &Resume::No), seeds),
                (check_seeds_dir(out, &Resume::Newest), resumed_seeds),
                (check_seeds_dir(out, &Resume::Overwrite), "fine"),
            ] {
                let found = said(found);
                assert!(found.contains(expected), "{text}: {expected} in {found}");
            }
        }
        fs::rename(path, out.join("predictions.tsv")).unwrap();
        assert!(said(check_results_dir(out)).contains("predictions.tsv"));
    }

    #[test]
    fn a_run_does_not_replace_the_model_that_it_starts_from() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        for folder in ["model", "out/checkpoint-5", "out/seed-42", "out/bert"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        for (out, model, fits) in [
            ("model", "model", false),
            ("model/", "model/.", false),
            ("model/../model", "model", false),
            ("out", "out/checkpoint-5", false),
            ("out", "out/seed-42", false),
            ("out", "out/bert", true),
            ("model/out", "model", true),
            ("new", "model", true),
        ] {
            let found = check_apart_from_model(&at(out), &at(model));
            assert_eq!(found.is_ok(), fits, "{out} and {model}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("model"), at("link")).unwrap();
            let message = said(check_apart_from_model(&at("link"), &at("model")));
            assert!(message.contains("written over the model"), "{message}");
        }
    }

    #[test]
    fn who_is_refused_is_told_who_has_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let _lock = RunLock::take(root.path()).unwrap();
        let message = RunLock::take(root.path()).unwrap_err().to_string();
        let process = format!("in use by process {} on ", std::process::id());
        assert!(
            message.contains(&process) && message.contains(" UTC"),
            "{message}"
        );
    }
}
