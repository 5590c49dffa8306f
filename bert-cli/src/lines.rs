//! The lines of standard input, of whatever program they come from, or of a file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Stdin};
use std::path::{Path, PathBuf};

use bert_core::files::FileError;

use crate::exit::{ProgramError, say};

/// More than what the system's own reader keeps, so that nothing is kept there.
const BUFFER: usize = 1 << 16;

/// A line of standard input.
pub struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// Without the end of the line and the byte-order mark before the first.
    pub text: String,
}

/// Reads standard input, or a file, line by line. Lines may end as on Windows, and the last one not
/// at all.
pub struct Lines<R = Stdin> {
    input: BufReader<R>,
    number: usize,
    /// Where it is no standard input.
    file: Option<PathBuf>,
}

impl Lines<File> {
    /// Of a file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn of_file(path: &Path) -> Result<Self, ProgramError> {
        let file = File::open(path).map_err(FileError::at("read", path))?;
        let file = Self::of(file);
        Ok(Self {
            file: Some(path.to_owned()),
            ..file
        })
    }
}

impl Lines {
    /// Of this process.
    pub fn of_standard_input() -> Self {
        Self::of(io::stdin())
    }

    /// Whether somebody types them.
    pub fn are_typed(&self) -> bool {
        self.input.get_ref().is_terminal()
    }

    /// Says what `answer` has to each line that is not blank, with a prompt where they are typed.
    ///
    /// # Errors
    /// That of the first line that cannot be read or answered.
    pub fn answer(
        self,
        answer: impl Fn(&str) -> Result<String, ProgramError>,
    ) -> Result<(), ProgramError> {
        let prompt = if self.are_typed() { "> " } else { "" };
        say(prompt)?;
        for line in self {
            let Line { number, text } = line?;
            if !text.trim().is_empty() {
                say(&answer(&text).map_err(|error| error.at_line(number))?)?;
            }
            say(prompt)?;
        }
        Ok(())
    }

    /// Whether another line is there or about to come. Whoever writes a line and waits for what it
    /// gives before the next one writes none.
    pub fn go_on(&self) -> bool {
        self.input.buffer().contains(&b'\n') || is_readable(self.input.get_ref())
    }
}

impl<R: io::Read> Lines<R> {
    fn of(input: R) -> Self {
        Self {
            input: BufReader::with_capacity(BUFFER, input),
            number: 0,
            file: None,
        }
    }

    fn read(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        if self.input.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        let number = self.number;
        let wrong = |_| {
            let message = format!("line {number} is not UTF-8");
            io::Error::new(io::ErrorKind::InvalidData, message)
        };
        let text = String::from_utf8(bytes).map_err(wrong)?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        let text = match number {
            1 => text.strip_prefix('\u{feff}').unwrap_or(text),
            _ => text,
        };
        let text = text.to_owned();
        Ok(Some(Line { number, text }))
    }
}

impl<R: io::Read> Iterator for Lines<R> {
    type Item = Result<Line, ProgramError>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.read().map_err(|error| match &self.file {
            Some(path) => FileError::at("read", path)(error).into(),
            None => ProgramError::Input(error),
        });
        line.transpose()
    }
}

/// Whether there is something to read, or the end, within a tenth of a second: what a program
/// writes in one go comes faster.
#[cfg(unix)]
fn is_readable(input: &Stdin) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let mut watched = [PollFd::new(input, PollFlags::IN)];
    let timeout = Timespec {
        tv_sec: 0,
        tv_nsec: 100_000_000,
    };
    // Where that cannot be found out, reading waits.
    poll(&mut watched, Some(&timeout)) != Ok(0)
}

#[cfg(not(unix))]
fn is_readable(_input: &Stdin) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bare_however_they_end() {
        let input = "\u{feff}a\tb\r\n\n c \n\u{feff}d\ne";
        let lines = Lines::of(input.as_bytes()).map(|line| {
            let Line { number, text } = line.unwrap();
            format!("{number}:{text}")
        });
        let expected = ["1:a\tb", "2:", "3: c ", "4:\u{feff}d", "5:e"];
        assert_eq!(lines.collect::<Vec<_>>(), expected);
        assert_eq!(Lines::of(&b""[..]).count(), 0);
    }

    #[test]
    fn a_line_that_is_no_text_is_named() {
        let mut lines = Lines::of(&b"a\n\xff\nb"[..]);
        assert_eq!(lines.next().unwrap().unwrap().text, "a");
        let error = lines.next().unwrap().err().unwrap().to_string();
        assert_eq!(error, "cannot read standard input: line 2 is not UTF-8");
        assert_eq!(lines.next().unwrap().unwrap().number, 3);
    }
}
