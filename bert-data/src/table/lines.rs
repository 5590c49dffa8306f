//! The lines of a file of text, one in memory at a time.

use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use super::TableError;

/// The longest row that is read, in bytes. It bounds the memory that a file without line ends, or
/// with a quote that never closes, would take.
pub(super) const MAX_ROW: usize = 16 << 20;

/// Reads lines with their numbers.
pub(crate) struct Lines {
    file: PathBuf,
    input: Box<dyn BufRead + Send>,
    number: usize,
    bytes: Vec<u8>,
}

impl Lines {
    pub fn new(file: PathBuf, input: Box<dyn BufRead + Send>) -> Self {
        Self {
            file,
            input,
            number: 0,
            bytes: Vec::new(),
        }
    }

    /// Name of the file, for messages.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Number of the line that was read last, from 1.
    pub fn number(&self) -> usize {
        self.number
    }

    /// The next line with its end, if the file has it; without a byte-order mark.
    pub fn next(&mut self) -> Result<Option<&str>, TableError> {
        self.bytes.clear();
        let mut input = (&mut self.input).take(MAX_ROW as u64 + 1);
        let read = input.read_until(b'\n', &mut self.bytes);
        read.map_err(|source| TableError::Io {
            file: self.file.clone(),
            source,
        })?;
        if self.bytes.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        let (file, line) = (&self.file, self.number);
        if self.bytes.len() > MAX_ROW {
            return Err(TableError::LongRow {
                file: file.clone(),
                line,
            });
        }
        let text = std::str::from_utf8(&self.bytes).map_err(|error| TableError::NotUtf8 {
            file: file.clone(),
            line,
            byte: error.valid_up_to() + 1,
        })?;
        let mark = if line == 1 { "\u{feff}" } else { "" };
        Ok(Some(text.strip_prefix(mark).unwrap_or(text)))
    }
}

/// A line without its end.
pub(crate) fn without_end(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}
