//! A file of tagged sentences, one after another.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::conll;
use super::error::TagError;
use super::format::TagFormat;
use super::options::TagOptions;
use super::report::TagReport;
use super::rows::RowSentences;
use super::sentence::TaggedSentence;
use crate::foreign::{self, Foreign};
use crate::table::{LabelUse, Lines, Stamp, TableError, TableOptions, TableReader};

/// Streams the sentences of a file, their tags as they are written; of CoNLL all are in memory.
///
/// A byte-order mark, CRLF and blank lines are tolerated. After an error comes nothing more.
pub struct TagReader {
    sentences: Sentences,
    report: TagReport,
    is_done: bool,
}

enum Sentences {
    Conll(std::vec::IntoIter<TaggedSentence>),
    Rows(Box<RowSentences>),
}

impl TagReader {
    /// Opens a file, and reads it if it is CoNLL.
    ///
    /// # Errors
    /// If the file is missing, a folder, unreadable, empty or not UTF-8; if its format is unknown,
    /// not built or another than said; if a column is not there; of CoNLL, if a line has more or
    /// fewer columns than the first, or no word or no tag.
    pub fn open(
        path: impl AsRef<Path>,
        options: &TagOptions,
        label_use: LabelUse,
    ) -> Result<Self, TagError> {
        let path = path.as_ref();
        if path.is_dir() {
            return Err(TagError::Folder {
                file: path.to_owned(),
            });
        }
        let format = match options.format {
            Some(format) => format,
            None => TagFormat::of_path(path)?,
        };
        if let Some(format) = format.table() {
            let table = TableOptions {
                format: Some(format),
                ..TableOptions::default()
            };
            return Self::rows(path, TableReader::open(path, &table)?, options, label_use);
        }
        let io_error = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => TableError::MissingFile {
                file: path.to_owned(),
            },
            _ => TableError::Io {
                file: path.to_owned(),
                source,
            },
        };
        let opened = File::open(path).map_err(io_error)?;
        let stamp = Stamp::of(&opened).map_err(io_error)?;
        let watched = opened.try_clone().map_err(io_error)?;
        let reader = Self::conll(path, opened, format, options, label_use)?;
        if Stamp::of(&watched).map_err(io_error)? != stamp {
            let file = path.to_owned();
            return Err(TagError::Table(TableError::Changed { file }));
        }
        Ok(reader)
    }

    /// Reads sentences from a stream, such as standard input; `name` is for messages.
    ///
    /// # Errors
    /// As [`open`](Self::open); if `options` has no format, or Parquet, which needs a file.
    pub fn from_reader(
        name: impl Into<PathBuf>,
        input: impl Read + Send + 'static,
        options: &TagOptions,
        label_use: LabelUse,
    ) -> Result<Self, TagError> {
        let file = name.into();
        let Some(format) = options.format else {
            return Err(TagError::UnknownFormat { file });
        };
        match format.table() {
            None => Self::conll(&file, input, format, options, label_use),
            format => {
                let table = TableOptions {
                    format,
                    ..TableOptions::default()
                };
                let reader = TableReader::from_reader(&file, input, &table)?;
                Self::rows(&file, reader, options, label_use)
            }
        }
    }

    fn rows(
        path: &Path,
        reader: TableReader,
        options: &TagOptions,
        label_use: LabelUse,
    ) -> Result<Self, TagError> {
        let rows = RowSentences::new(path.into(), reader, options, label_use)?;
        Ok(Self {
            sentences: Sentences::Rows(Box::new(rows)),
            report: TagReport::default(),
            is_done: false,
        })
    }

    fn conll(
        path: &Path,
        mut input: impl Read + Send + 'static,
        format: TagFormat,
        options: &TagOptions,
        label_use: LabelUse,
    ) -> Result<Self, TagError> {
        let head = foreign::head(&mut input).map_err(|source| TableError::Io {
            file: path.to_owned(),
            source,
        })?;
        check_head(path, &head, format)?;
        let input = BufReader::new(Cursor::new(head).chain(input));
        let lines = Lines::new(path.to_owned(), Box::new(input));
        let file: Arc<Path> = path.into();
        let mut report = TagReport::default();
        let sentences = conll::read(lines, &file, format, options, label_use, &mut report)?;
        Ok(Self {
            sentences: Sentences::Conll(sentences.into_iter()),
            report,
            is_done: false,
        })
    }

    /// What was read so far, and what was mended.
    pub fn report(&self) -> &TagReport {
        &self.report
    }

    fn sentence(&mut self) -> Result<Option<TaggedSentence>, TagError> {
        let sentence = match &mut self.sentences {
            Sentences::Conll(sentences) => sentences.next(),
            Sentences::Rows(rows) => rows.next(&mut self.report)?,
        };
        if let Some(sentence) = &sentence {
            self.report.sentences += 1;
            self.report.words += sentence.words.len();
            self.report.empty_sentences += usize::from(sentence.words.is_empty());
        }
        Ok(sentence)
    }
}

impl Iterator for TagReader {
    type Item = Result<TaggedSentence, TagError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let sentence = self.sentence().transpose();
        self.is_done = !matches!(sentence, Some(Ok(_)));
        sentence
    }
}

/// Fails if a file that begins with `head` is not text in columns.
fn check_head(path: &Path, head: &[u8], format: TagFormat) -> Result<(), TagError> {
    let file = path.to_owned();
    let found = match Foreign::of_lines(head) {
        None => return Ok(()),
        Some(Foreign::Json) => TagFormat::JsonLines,
        Some(Foreign::Document { format: "Parquet" }) => TagFormat::Parquet,
        Some(what) => return Err(TagError::Foreign { file, format, what }),
    };
    Err(TagError::OtherFormat {
        file,
        format,
        found,
    })
}
