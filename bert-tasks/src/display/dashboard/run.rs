//! A run as a viewer sees it.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::process::is_alive;
use crate::events::{EventReader, News, Outcome, Phase, RunHistory};

/// Lines of a log that are kept.
const LOG_LINES: usize = 2000;

/// As much of an old log is read.
const LOG_BYTES: u64 = 256 << 10;

/// A run and what is known besides its events.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// Its output folder.
    pub(super) folder: PathBuf,
    /// The same as it is shown.
    pub(super) name: String,
    pub(super) history: RunHistory,
    /// What is being done before the training begins.
    pub(super) preparing: Option<String>,
    /// Of the standard output and error of its process.
    pub(super) log: VecDeque<String>,
    /// Whether its process is there; not known of another machine's.
    pub(super) alive: Option<bool>,
}

/// What a run does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Status {
    Preparing(String),
    FirstStep,
    Training,
    /// Examples done and in all, where it is known.
    Evaluating(Option<(usize, usize)>),
    Saving,
    Finished,
    Stopped(String),
    Failed(String),
    /// Its process is gone without a word.
    Died,
}

impl Run {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            name: folder.display().to_string(),
            ..Self::default()
        }
    }

    pub(super) fn status(&self) -> Status {
        if let Some(outcome) = &self.history.outcome {
            return match outcome {
                Outcome::Failed(message) => Status::Failed(message.clone()),
                Outcome::Ended { complete: true, .. } => Status::Finished,
                Outcome::Ended { reason, .. } => Status::Stopped(reason.clone()),
            };
        }
        if self.alive == Some(false) {
            return Status::Died;
        }
        if let Some(what) = &self.preparing {
            return Status::Preparing(what.clone());
        }
        match self.history.phase.map(|(phase, _)| phase) {
            None if self.history.start.is_none() => {
                Status::Preparing("waiting for a run to begin".to_owned())
            }
            Some(Phase::Evaluate) => Status::Evaluating(self.history.progress),
            Some(Phase::Save) => Status::Saving,
            None | Some(Phase::Train) if self.history.own_steps().is_empty() => Status::FirstStep,
            None | Some(Phase::Train) => Status::Training,
        }
    }

    /// Whether something may still happen.
    pub(super) fn is_running(&self) -> bool {
        !matches!(
            self.status(),
            Status::Finished | Status::Stopped(_) | Status::Failed(_) | Status::Died
        )
    }

    pub(super) fn add_log(&mut self, lines: impl IntoIterator<Item = String>) {
        self.log.extend(lines);
        let over = self.log.len().saturating_sub(LOG_LINES);
        self.log.drain(..over);
    }
}

/// Follows a run's files from outside its process.
pub(super) struct Follower {
    folder: PathBuf,
    events: EventReader,
    log: LogTail,
}

impl Follower {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            events: EventReader::new(folder),
            log: LogTail::new(&log_path(folder)),
        }
    }

    /// Brings `run` up to date; says whether anything is new.
    pub(super) fn follow(&mut self, run: &mut Run) -> bool {
        let (mut events, mut count) = (Vec::new(), 0);
        // A file that cannot be read now may be later; what is there stays on the screen.
        let news = self.events.read(|stamped| {
            events.push(stamped);
            count += 1;
        });
        if matches!(news, Ok(News::Anew)) {
            *run = Run::new(&self.folder);
        }
        events
            .into_iter()
            .for_each(|stamped| run.history.apply(stamped));
        let lines = self.log.new_lines();
        let is_new = count > 0 || !lines.is_empty();
        run.add_log(lines);
        let alive = is_alive(&self.folder, &run.history);
        let changed = alive != run.alive;
        run.alive = alive;
        is_new || changed
    }
}

/// Where the standard output and error of a run on the dashboard go.
pub(super) fn log_path(output_dir: &Path) -> PathBuf {
    output_dir.join("log.txt")
}

/// The lines that are added to a text file.
pub(super) struct LogTail {
    path: PathBuf,
    position: u64,
    partial: Vec<u8>,
}

impl LogTail {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            position: 0,
            partial: Vec::new(),
        }
    }

    /// Without what is there already: a run before this one has said it.
    pub(super) fn from_end(path: &Path) -> Self {
        let length = std::fs::metadata(path).map_or(0, |file| file.len());
        Self {
            position: length,
            ..Self::new(path)
        }
    }

    /// The whole lines since the last call, of an old file the last ones.
    pub(super) fn new_lines(&mut self) -> Vec<String> {
        let mut bytes = Vec::new();
        let mut read = || -> std::io::Result<()> {
            let mut file = File::open(&self.path)?;
            let length = file.metadata()?.len();
            if length < self.position {
                self.position = 0;
                self.partial.clear();
            }
            self.position = self.position.max(length.saturating_sub(LOG_BYTES));
            file.seek(SeekFrom::Start(self.position))?;
            file.take(LOG_BYTES).read_to_end(&mut bytes)?;
            self.position += bytes.len() as u64;
            Ok(())
        };
        if read().is_err() || bytes.is_empty() {
            return Vec::new();
        }
        self.partial.extend(bytes);
        let Some(end) = self.partial.iter().rposition(|&byte| byte == b'\n') else {
            return Vec::new();
        };
        let rest = self.partial.split_off(end + 1);
        let whole = std::mem::replace(&mut self.partial, rest);
        let text = String::from_utf8_lossy(&whole);
        text.lines().map(printable).collect()
    }
}

/// Without what would move the cursor or change the terminal: escape sequences and control
/// characters. Of a line that a progress bar has written over itself, the last state.
pub(super) fn printable(line: &str) -> String {
    let last = line.trim_end_matches('\r').rsplit('\r').next();
    let mut text = String::new();
    let mut characters = last.unwrap_or_default().chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\t' => text.push_str("    "),
            '\x1b' => {
                // CSI: parameters, then a letter; of other sequences, one character.
                if characters.next() == Some('[') {
                    let _ = characters.find(|c| ('\x40'..='\x7e').contains(c));
                }
            }
            c if c.is_control() => {}
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use bert_core::files::{FolderLock, Holder};

    use super::*;
    use crate::events::{Environment, Event, SCHEMA, Stamped, Start, host_name};

    #[test]
    fn control_characters_do_not_reach_the_screen() {
        for (line, text) in [
            ("plain", "plain"),
            ("10 %\r50 %\r100 %", "100 %"),
            ("windows\r", "windows"),
            ("\x1b[1;31mred\x1b[0m \x1b[2Jend", "red end"),
            ("a\tb\x07\x08c", "a    bc"),
            ("\x1b", ""),
        ] {
            assert_eq!(printable(line), text, "{line:?}");
        }
    }

    #[test]
    fn a_log_is_read_as_it_grows_and_of_an_old_one_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.txt");
        let mut tail = LogTail::new(&path);
        assert!(tail.new_lines().is_empty());
        std::fs::write(&path, "one\ntwo\nthr").unwrap();
        assert_eq!(tail.new_lines(), ["one", "two"]);
        std::fs::write(&path, "one\ntwo\nthree\n").unwrap();
        assert_eq!(tail.new_lines(), ["three"]);
        assert!(LogTail::from_end(&path).new_lines().is_empty());
        std::fs::write(&path, "anew\n").unwrap();
        assert_eq!(tail.new_lines(), ["anew"]);

        let long = "x".repeat(99) + "\n";
        std::fs::write(&path, long.repeat(10_000)).unwrap();
        let lines = LogTail::new(&path).new_lines();
        assert!(lines.len() < 3000, "{}", lines.len());
        let mut run = Run::default();
        run.add_log(lines);
        assert_eq!(run.log.len(), LOG_LINES);
    }

    #[test]
    fn a_run_that_nobody_has_the_lock_of_has_died() {
        let folder = tempfile::tempdir().unwrap();
        let start = Stamped {
            v: SCHEMA,
            time: 1.0,
            // A process that lives, as one may that has got the number of the run's.
            event: Event::Start(Box::new(Start {
                environment: Environment::of("test"),
                ..Start::default()
            })),
        };
        let line = serde_json::to_string(&start).unwrap() + "\n";
        std::fs::write(folder.path().join("events.jsonl"), line).unwrap();
        let holder = Holder {
            pid: std::process::id(),
            host: host_name(),
            since: 0.0,
        };
        let lock = FolderLock::take(folder.path(), &holder).unwrap();
        let mut run = Run::new(folder.path());
        let mut follower = Follower::new(folder.path());
        assert!(follower.follow(&mut run));
        assert_eq!((run.status(), run.alive), (Status::FirstStep, Some(true)));
        assert!(!follower.follow(&mut run));
        drop(lock);
        assert!(follower.follow(&mut run));
        assert_eq!(run.status(), Status::Died);
        assert!(!run.is_running());
    }
}
