//! The thread that writes events down.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use bert_core::files::FileError;

use super::tensorboard::TensorBoard;
use super::{Event, SCHEMA, Stamped};

/// Events reach the disk within this time.
const FLUSH: Duration = Duration::from_millis(500);

/// Takes events from the training and appends them to `events.jsonl` on a thread of its own, so
/// that training never waits for the disk. Dropping it writes what is left.
pub struct EventLog {
    events: Option<Sender<Stamped>>,
    writer: Option<JoinHandle<()>>,
}

impl EventLog {
    /// Opens `events.jsonl` in `output_dir`: anew, or where `resumed` at its end. With
    /// `tensorboard`, also writes TensorBoard's files into the folder of that name.
    ///
    /// # Errors
    /// When a file cannot be opened.
    pub fn open(output_dir: &Path, resumed: bool, tensorboard: bool) -> Result<Self, FileError> {
        std::fs::create_dir_all(output_dir).map_err(FileError::at("make", output_dir))?;
        let path = output_dir.join("events.jsonl");
        let lines = open_lines(&path, resumed).map_err(FileError::at("open", &path))?;
        let tensorboard = match tensorboard {
            true => Some(TensorBoard::create(&output_dir.join("tensorboard"))?),
            false => None,
        };
        let (events, received) = channel();
        let writer = std::thread::Builder::new()
            .name("events".to_owned())
            .spawn(move || write_events(&received, BufWriter::new(lines), tensorboard))
            .map_err(FileError::at("start a thread for", &path))?;
        Ok(Self {
            events: Some(events),
            writer: Some(writer),
        })
    }

    /// Takes an event down. Never waits.
    pub fn send(&self, event: Event) {
        let time = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0.0, |time| time.as_secs_f64());
        let stamped = Stamped {
            v: SCHEMA,
            time,
            event,
        };
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

/// What cannot be written is lost to the log and not to the training: it goes on, and so does the
/// log once there is room.
fn write_events(
    events: &Receiver<Stamped>,
    mut lines: BufWriter<File>,
    mut tensorboard: Option<TensorBoard>,
) {
    let mut flushed = Instant::now();
    loop {
        let event = events.recv_timeout(FLUSH);
        if let Ok(stamped) = &event {
            if let Ok(line) = serde_json::to_string(stamped) {
                let _ = writeln!(lines, "{line}");
            }
            if let Some(tensorboard) = &mut tensorboard {
                let _ = tensorboard.write(stamped);
            }
        }
        let is_over = event == Err(RecvTimeoutError::Disconnected);
        if is_over || flushed.elapsed() >= FLUSH {
            let _ = lines.flush();
            if let Some(tensorboard) = &mut tensorboard {
                let _ = tensorboard.flush();
            }
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
        let log = EventLog::open(folder.path(), false, false).unwrap();
        warn(&log, "one");
        std::thread::sleep(2 * FLUSH);
        assert_eq!(messages(&path), ["one"]);
        warn(&log, "two");
        drop(log);

        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 5]).unwrap();
        let log = EventLog::open(folder.path(), true, false).unwrap();
        warn(&log, "three");
        drop(log);
        assert_eq!(messages(&path), ["one", "three"]);
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 3);

        drop(EventLog::open(folder.path(), false, false).unwrap());
        assert!(messages(&path).is_empty());
    }
}
