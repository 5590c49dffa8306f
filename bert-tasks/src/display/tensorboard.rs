//! The numbers of a run in TensorBoard's event files.
//!
//! A file is a sequence of TFRecords (length, checksum, data, checksum), each holding an `Event`
//! message of `tensorflow/core/util/event.proto`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use bert_core::files::FileError;
use prost::Message;

use crate::events::{Event, Observer, Stamped};

/// `tensorflow.Event`, the fields that are written.
#[derive(Clone, PartialEq, Message)]
struct Record {
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
}

/// `tensorflow.Summary`.
#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<SummaryValue>,
}

/// `tensorflow.Summary.Value`, for a scalar.
#[derive(Clone, PartialEq, Message)]
struct SummaryValue {
    #[prost(string, tag = "1")]
    tag: String,
    // One of several kinds of value there: a zero must be written too.
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

/// Writes the numbers of every run that it observes into the folder `tensorboard` of its output
/// folder: a new file for each process, all of which TensorBoard reads as one run.
#[derive(Debug, Default)]
pub struct TensorBoard(Mutex<Option<EventFile>>);

impl TensorBoard {
    /// What cannot be written is lost to TensorBoard and not to the training.
    fn with_file(&self, write: impl FnOnce(&mut EventFile) -> std::io::Result<()>) {
        if let Some(file) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = write(file);
        }
    }
}

impl Observer for TensorBoard {
    fn open(&self, output_dir: &Path) -> Result<(), FileError> {
        let file = EventFile::create(&output_dir.join("tensorboard"))?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
        Ok(())
    }

    fn event(&self, stamped: &Stamped) {
        self.with_file(|file| file.write(stamped));
    }

    fn flush(&self) {
        self.with_file(|file| file.0.flush());
    }

    fn end(&self, _output_dir: &Path) -> Result<(), String> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }
}

/// One event file.
#[derive(Debug)]
struct EventFile(BufWriter<File>);

impl EventFile {
    /// A new file in `folder`.
    fn create(folder: &Path) -> Result<Self, FileError> {
        std::fs::create_dir_all(folder).map_err(FileError::at("make", folder))?;
        let now = std::time::SystemTime::now()
            .duration_since(std::time::SystemTime::UNIX_EPOCH)
            .map_or(0.0, |time| time.as_secs_f64());
        let process = std::process::id();
        let path = folder.join(format!("events.out.tfevents.{}.{process}", now as u64));
        let file = File::create(&path).map_err(FileError::at("make", &path))?;
        let mut events = Self(BufWriter::new(file));
        let version = Record {
            wall_time: now,
            step: 0,
            file_version: Some("brain.Event:2".to_owned()),
            summary: None,
        };
        events
            .record(&version)
            .map_err(FileError::at("write", &path))?;
        Ok(events)
    }

    /// Writes the numbers of an event, under the tags that Hugging Face's Trainer uses.
    fn write(&mut self, stamped: &Stamped) -> std::io::Result<()> {
        let (step, values) = scalars(&stamped.event);
        if values.is_empty() {
            return Ok(());
        }
        let value = values.into_iter().map(|(tag, value)| SummaryValue {
            tag,
            simple_value: Some(value as f32),
        });
        self.record(&Record {
            wall_time: stamped.time,
            step: step as i64,
            file_version: None,
            summary: Some(Summary {
                value: value.collect(),
            }),
        })
    }

    fn record(&mut self, record: &Record) -> std::io::Result<()> {
        let data = record.encode_to_vec();
        let length = (data.len() as u64).to_le_bytes();
        self.0.write_all(&length)?;
        self.0.write_all(&masked_crc(&length).to_le_bytes())?;
        self.0.write_all(&data)?;
        self.0.write_all(&masked_crc(&data).to_le_bytes())
    }
}

fn scalars(event: &Event) -> (usize, Vec<(String, f64)>) {
    let named = |name: &str, value: f64| (name.to_owned(), value);
    match event {
        Event::Step(step) => {
            let values = vec![
                named("train/loss", step.loss),
                named("train/grad_norm", step.grad_norm),
                named("train/learning_rate", step.learning_rate),
                named("train/epoch", step.epoch as f64),
                named("train/examples_per_second", step.examples_per_second()),
                named("train/tokens_per_second", step.tokens_per_second()),
            ];
            (step.step, values)
        }
        Event::Evaluation(evaluated) => {
            let values = evaluated.scores.iter();
            let values = values.map(|(name, value)| (format!("eval/{name}"), *value));
            (evaluated.step, values.collect())
        }
        _ => (0, Vec::new()),
    }
}

/// As TFRecords have it, so that checksums of data that holds checksums are not weak.
fn masked_crc(data: &[u8]) -> u32 {
    crc32c::crc32c(data)
        .rotate_right(15)
        .wrapping_add(0xA282_EAD8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Evaluated;

    #[test]
    fn a_file_is_a_sequence_of_records() {
        let folder = tempfile::tempdir().unwrap();
        let board = TensorBoard::default();
        board.open(folder.path()).unwrap();
        let event = Event::Evaluation(Box::new(Evaluated {
            step: 7,
            scores: [("f1".to_owned(), 0.75), ("loss".to_owned(), 0.0)].into(),
            ..Evaluated::default()
        }));
        let stamped = Stamped {
            v: 1,
            time: 3.0,
            event,
        };
        board.event(&stamped);
        board.flush();
        let files = folder.path().join("tensorboard");
        let path = std::fs::read_dir(files).unwrap().next().unwrap();
        let bytes = std::fs::read(path.unwrap().path()).unwrap();

        let mut rest = bytes.as_slice();
        let mut records = Vec::new();
        while !rest.is_empty() {
            let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
            let crc = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
            assert_eq!(crc(8), masked_crc(&rest[..8]));
            let data = &rest[12..12 + length];
            assert_eq!(crc(12 + length), masked_crc(data));
            records.push(Record::decode(data).unwrap());
            rest = &rest[16 + length..];
        }
        assert_eq!(records[0].file_version.as_deref(), Some("brain.Event:2"));
        assert_eq!((records[1].step, records[1].wall_time), (7, 3.0));
        let values = &records[1].summary.as_ref().unwrap().value;
        let values: Vec<_> = values
            .iter()
            .map(|v| (v.tag.as_str(), v.simple_value))
            .collect();
        assert_eq!(values, [("eval/f1", Some(0.75)), ("eval/loss", Some(0.0))]);
    }

    #[cfg(feature = "train")]
    #[test]
    fn the_next_run_has_a_file_of_its_own_and_none_begins_without() {
        use crate::events::{EventLog, Step};
        use std::sync::Arc;

        let folder = tempfile::tempdir().unwrap();
        let board: Arc<dyn Observer> = Arc::new(TensorBoard::default());
        let size = |run: &Path| {
            let file = std::fs::read_dir(run.join("tensorboard")).unwrap().next();
            file.unwrap().unwrap().metadata().unwrap().len()
        };
        let runs = ["seed-1", "seed-2"].map(|run| folder.path().join(run));
        for run in &runs {
            let log = EventLog::open(run, false, vec![board.clone()]).unwrap();
            log.send(Event::Step(Step::default()));
            drop(log);
            board.end(run).unwrap();
        }
        assert_eq!(size(&runs[0]), size(&runs[1]));
        assert!(size(&runs[0]) > 100);

        let taken = folder.path().join("tensorboard");
        std::fs::write(&taken, "").unwrap();
        let refused = EventLog::open(folder.path(), false, vec![board]);
        let error = refused.err().expect("a file is there").to_string();
        assert!(error.starts_with("cannot make "), "{error}");
    }
}
