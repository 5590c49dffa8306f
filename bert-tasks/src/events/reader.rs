//! Reading a run's events, of a run that goes on as of one that is over.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use bert_core::files::FileError;
use serde::Deserialize;

use super::{Event, SCHEMA, Stamped, Step};

/// Read at a time: a file of hundreds of megabytes is never in memory as a whole.
const CHUNK: usize = 1 << 20;

/// No event is longer; what is, is no event.
const LONGEST_LINE: usize = 16 << 20;

/// As much of a file's beginning as tells one run from another.
const HEAD: usize = 64;

/// The events of a file so far, and from then on those that are added.
pub struct EventReader {
    path: PathBuf,
    /// How much of the file has been read.
    position: u64,
    /// The first bytes of what has been read.
    head: Vec<u8>,
    /// A line whose end is not written yet.
    partial: Vec<u8>,
}

/// What is new in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Perhaps events, after those that were read before.
    More,
    /// The file is another one than before: what was read before is void.
    Anew,
}

impl EventReader {
    /// Of `events.jsonl` in a run's output folder. It may not be there yet.
    pub fn new(output_dir: &Path) -> Self {
        Self {
            path: output_dir.join("events.jsonl"),
            position: 0,
            head: Vec::new(),
            partial: Vec::new(),
        }
    }

    /// Hands the events that were written since the last call to `give`, all of them where the
    /// file has been written anew.
    ///
    /// Lines that are no events of a known version are skipped: half a line that a killed process
    /// has left, or what another program has written there.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn read(&mut self, mut give: impl FnMut(Stamped)) -> Result<News, FileError> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(News::More),
            Err(error) => return Err(FileError::at("read", &self.path)(error)),
        };
        let mut news = News::More;
        let same = self.begins_as_before(&mut file);
        if !same.map_err(FileError::at("read", &self.path))? {
            (self.position, news) = (0, News::Anew);
            self.head.clear();
            self.partial.clear();
        }
        file.seek(SeekFrom::Start(self.position))
            .map_err(FileError::at("read", &self.path))?;
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = file
                .read(&mut chunk)
                .map_err(FileError::at("read", &self.path))?;
            if read == 0 {
                return Ok(news);
            }
            self.position += read as u64;
            let missing = HEAD - self.head.len();
            self.head.extend(&chunk[..read.min(missing)]);
            self.take(&chunk[..read], &mut give);
        }
    }

    fn begins_as_before(&self, file: &mut File) -> std::io::Result<bool> {
        if file.metadata()?.len() < self.position {
            return Ok(false);
        }
        let mut head = vec![0; self.head.len()];
        file.read_exact(&mut head)?;
        Ok(head == self.head)
    }

    /// The whole lines of what has been read, with the half line before it.
    fn take(&mut self, bytes: &[u8], give: &mut impl FnMut(Stamped)) {
        let mut lines = bytes.split_inclusive(|&byte| byte == b'\n');
        for line in &mut lines {
            if self.partial.is_empty() && line.ends_with(b"\n") {
                parse(line).into_iter().for_each(&mut *give);
                continue;
            }
            self.partial.extend(line);
            if line.ends_with(b"\n") {
                parse(&self.partial).into_iter().for_each(&mut *give);
                self.partial.clear();
            } else if self.partial.len() > LONGEST_LINE {
                // The rest of it is no event either.
                self.partial.clear();
            }
        }
    }
}

/// What every line has.
#[derive(Deserialize)]
struct Stamp<'a> {
    v: u32,
    time: f64,
    event: &'a str,
}

/// The event of a line, where it is one.
///
/// A step, the most frequent by far, is read without the detour over a map that the layout of
/// [`Stamped`] costs: a third of the time.
fn parse(line: &[u8]) -> Option<Stamped> {
    let stamp: Stamp<'_> = serde_json::from_slice(line).ok()?;
    if stamp.v != SCHEMA {
        return None;
    }
    if stamp.event == "step" {
        let step: Step = serde_json::from_slice(line).ok()?;
        return Some(Stamped {
            v: stamp.v,
            time: stamp.time,
            event: Event::Step(step),
        });
    }
    serde_json::from_slice(line).ok()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::io::Write;

    use super::*;

    fn line(step: usize) -> String {
        let stamped = Stamped {
            v: SCHEMA,
            time: step as f64,
            event: Event::Step(Step {
                step,
                loss: 0.1,
                ..Step::default()
            }),
        };
        serde_json::to_string(&stamped).unwrap() + "\n"
    }

    fn steps(reader: &mut EventReader) -> (News, Vec<usize>) {
        let mut found = Vec::new();
        let news = reader.read(|stamped| match stamped.event {
            Event::Step(step) => found.push(step.step),
            other => panic!("{other:?}"),
        });
        (news.unwrap(), found)
    }

    #[test]
    fn a_growing_file_is_followed_through_half_lines_and_foreign_ones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut reader = EventReader::new(folder.path());
        assert_eq!(steps(&mut reader), (News::More, vec![]));

        fs::write(&path, line(1) + &line(2)[..20]).unwrap();
        assert_eq!(steps(&mut reader), (News::More, vec![1]));
        let append = |text: &[u8]| {
            let mut file = OpenOptions::new().append(true).open(&path).unwrap();
            file.write_all(text).unwrap();
        };
        append(&line(2).as_bytes()[20..]);
        assert_eq!(steps(&mut reader), (News::More, vec![2]));
        assert_eq!(steps(&mut reader), (News::More, vec![]));
        append(b"not an event\n\xff\xfe\n{\"v\":1}\n[]\n\n{\"v\":99,\"time\":0,");
        append(b"\"event\":\"step\"}\n{\"v\":1,\"time\":0,\"event\":\"mood\"}\n");
        append(line(3).as_bytes());
        assert_eq!(steps(&mut reader), (News::More, vec![3]));

        // Started anew: shorter, then longer than what was read.
        fs::write(&path, line(7)).unwrap();
        assert_eq!(steps(&mut reader), (News::Anew, vec![7]));
        let longer: String = (8..20).map(line).collect();
        fs::write(&path, longer).unwrap();
        assert_eq!(steps(&mut reader), (News::Anew, (8..20).collect()));
    }

    #[test]
    fn a_line_that_never_ends_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join("events.jsonl"),
            vec![b'x'; LONGEST_LINE + 3 * CHUNK],
        )
        .unwrap();
        let mut reader = EventReader::new(folder.path());
        assert_eq!(steps(&mut reader), (News::More, vec![]));
        assert!(reader.partial.len() <= LONGEST_LINE);
    }

    #[test]
    fn both_ways_of_reading_a_step_agree() {
        let text = line(5);
        let slow: Stamped = serde_json::from_str(&text).unwrap();
        assert_eq!(parse(text.as_bytes()), Some(slow));
    }
}
