//! The thread that writes events down.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use bert_core::files::FileError;

use super::resources::Sampler;
use super::{Event, EventReader, Observer, SCHEMA, Stamped};

/// Events reach the disk within this time.
const FLUSH: Duration = Duration::from_millis(500);

/// Time between two looks at what the process uses.
const SAMPLE: Duration = Duration::from_secs(5);

/// Takes events from the training and appends them to `events.jsonl` on a thread of its own, so
/// that training never waits for the disk. Dropping it writes what is left.
pub struct EventLog {
    events: Option<Sender<Stamped>>,
    writer: Option<JoinHandle<()>>,
}

impl EventLog {
    /// Opens `events.jsonl` in `output_dir`: anew, or where `resumed` at its end.
    /// `observers` see everything.
    ///
    /// # Errors
    /// When it cannot be opened, or an observer cannot.
    pub fn open(
        output_dir: &Path,
        resumed: bool,
        observers: Vec<Arc<dyn Observer>>,
    ) -> Result<Self, FileError> {
        std::fs::create_dir_all(output_dir).map_err(FileError::at("make", output_dir))?;
        let path = output_dir.join("events.jsonl");
        let lines = open_lines(&path, resumed).map_err(FileError::at("open", &path))?;
        let mut past = EventReader::new(output_dir);
        let output_dir = output_dir.to_path_buf();
        for observer in &observers {
            observer.open(&output_dir)?;
        }
        let (events, received) = channel();
        let writer = std::thread::Builder::new()
            .name("events".to_owned())
            .spawn(move || {
                let mut before = Vec::new();
                if !observers.is_empty() {
                    // What cannot be read is not shown.
                    let _ = past.read(|stamped| before.push(stamped));
                }
                for observer in &observers {
                    observer.begin(&output_dir, &before);
                }
                let out = Out {
                    lines: BufWriter::new(lines),
                    observers,
                };
                write_events(&received, out);
            })
            .map_err(FileError::at("start a thread for", &path))?;
        Ok(Self {
            events: Some(events),
            writer: Some(writer),
        })
    }

    /// Of a rank that is not the one that writes.
    pub fn nowhere() -> Self {
        Self {
            events: None,
            writer: None,
        }
    }

    /// Takes an event down. Never waits.
    pub fn send(&self, event: Event) {
        let stamped = stamp(event);
        if let Some(events) = &self.events {
            // The writer is there until the log is dropped.
            let _ = events.send(stamped);
        }
    }
}

impl Drop for EventLog {
    fn drop(&mut self) {
        drop(self.events.take());
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

/// A killed process can leave half a line: the next one starts on a line of its own.
fn open_lines(path: &Path, resumed: bool) -> std::io::Result<File> {
    if !resumed {
        return File::create(path);
    }
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(path)?;
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

fn stamp(event: Event) -> Stamped {
    let time = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0.0, |time| time.as_secs_f64());
    Stamped {
        v: SCHEMA,
        time,
        event,
    }
}

/// Where events go. What cannot be written is lost to the log and not to the training: it goes on,
/// and so does the log once there is room.
struct Out {
    lines: BufWriter<File>,
    observers: Vec<Arc<dyn Observer>>,
}

impl Out {
    fn write(&mut self, stamped: &Stamped) {
        if let Ok(line) = serde_json::to_string(stamped) {
            let _ = writeln!(self.lines, "{line}");
        }
        for observer in &self.observers {
            observer.event(stamped);
        }
    }

    fn flush(&mut self) {
        let _ = self.lines.flush();
        for observer in &self.observers {
            observer.flush();
        }
    }
}

fn write_events(events: &Receiver<Stamped>, mut out: Out) {
    let mut sampler = Sampler::new();
    let (mut flushed, mut sampled) = (Instant::now(), None::<Instant>);
    loop {
        let event = events.recv_timeout(FLUSH);
        if let Ok(stamped) = &event {
            out.write(stamped);
        }
        let is_over = event == Err(RecvTimeoutError::Disconnected);
        if !is_over && sampled.is_none_or(|at| at.elapsed() >= SAMPLE) {
            sampled = Some(Instant::now());
            if let Some(resources) = sampler.sample() {
                out.write(&stamp(Event::Resources(resources)));
            }
        }
        if is_over || flushed.elapsed() >= FLUSH {
            out.flush();
            flushed = Instant::now();
        }
        if is_over {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warn(log: &EventLog, message: &str) {
        log.send(Event::Warning {
            message: message.to_owned(),
        });
    }

    fn messages(path: &Path) -> Vec<String> {
        let text = std::fs::read_to_string(path).unwrap();
        let read = |line: &str| match serde_json::from_str::<Stamped>(line).ok()?.event {
            Event::Warning { message } => Some(message),
            _ => None,
        };
        text.lines().filter_map(read).collect()
    }

    #[test]
    fn lines_are_there_within_a_second_and_after_half_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let log = EventLog::open(folder.path(), false, Vec::new()).unwrap();
        warn(&log, "one");
        std::thread::sleep(2 * FLUSH);
        assert_eq!(messages(&path), ["one"]);
        warn(&log, "two");
        drop(log);

        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 5]).unwrap();
        let log = EventLog::open(folder.path(), true, Vec::new()).unwrap();
        warn(&log, "three");
        drop(log);
        assert_eq!(messages(&path), ["one", "three"]);
        let text = std::fs::read_to_string(&path).unwrap();
        let broken = text
            .lines()
            .filter(|line| serde_json::from_str::<Stamped>(line).is_err());
        assert_eq!(broken.count(), 1, "{text}");

        drop(EventLog::open(folder.path(), false, Vec::new()).unwrap());
        assert!(messages(&path).is_empty());
    }
}
