//! The files of a split as questions.

use std::collections::VecDeque;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::ChoiceExample;
use super::error::ChoiceError;
use super::layout::Layout;
use crate::table::{LabelUse, TableError, TableFormat, TableOptions, TableReader, TableRow};

/// Reads files of questions one after another. A folder stands for all files below it that end in
/// `.txt`, as RACE has them.
///
/// # Errors
/// If there is no file, or a folder has none; of each file as [`ChoiceReader`].
pub fn read_choices(
    files: &[PathBuf],
    label_use: LabelUse,
) -> Result<Vec<ChoiceExample>, ChoiceError> {
    let mut examples = Vec::new();
    for file in files {
        for file in in_folder(file)? {
            for read in ChoiceReader::open(file, label_use)? {
                examples.push(read?.1);
            }
        }
    }
    match files {
        [] => Err(TableError::NoFiles.into()),
        _ => Ok(examples),
    }
}

/// Streams a file of questions, each with the line in which it begins: of Parquet the number of its
/// row. Its fields are those of
///
/// - JSON lines of one's own, or Parquet: `context`, `question` (which may be absent), `choices`, a
///   list of any length, and `label`;
/// - SWAG, in any format of tables: `sent1`, `sent2`, `ending0` and so on, `label`;
/// - RACE as `datasets` has it: `article`, `question`, `options`, `answer`; or as its own files that
///   end in `.txt`: `article` and lists of `questions`, `options` and `answers`.
///
/// A label is the number of the right choice from 0, its letter from A, or its text; -1 is none.
///
/// # Errors
/// As [`TableReader`]; if a field is missing, or a question has less than two choices, an empty one
/// or a label that is none of them; if labels are required and a question has none. After an error
/// comes nothing more.
pub struct ChoiceReader {
    file: PathBuf,
    rows: TableReader,
    layout: Layout,
    label_use: LabelUse,
    /// Questions of the row that was read last.
    pending: VecDeque<(usize, ChoiceExample)>,
    is_done: bool,
}

impl ChoiceReader {
    /// Opens a file, whose format the ending of its name tells.
    ///
    /// # Errors
    /// See [`ChoiceReader`].
    pub fn open(path: impl AsRef<Path>, label_use: LabelUse) -> Result<Self, ChoiceError> {
        let path = path.as_ref();
        let options = TableOptions {
            format: is_race(path).then_some(TableFormat::JsonLines),
            ..TableOptions::default()
        };
        Self::of(
            path.to_owned(),
            TableReader::open(path, &options)?,
            label_use,
        )
    }

    /// Reads JSON lines from a stream, such as standard input; `name` is for messages.
    ///
    /// # Errors
    /// See [`ChoiceReader`].
    pub fn from_reader(
        name: impl Into<PathBuf>,
        input: impl Read + Send + 'static,
        label_use: LabelUse,
    ) -> Result<Self, ChoiceError> {
        let name = name.into();
        let options = TableOptions {
            format: Some(TableFormat::JsonLines),
            ..TableOptions::default()
        };
        let rows = TableReader::from_reader(name.clone(), input, &options)?;
        Self::of(name, rows, label_use)
    }

    fn of(file: PathBuf, mut rows: TableReader, label_use: LabelUse) -> Result<Self, ChoiceError> {
        let (layout, more) = match Layout::find(rows.columns(), label_use) {
            Ok(found) => found,
            Err(absent) => {
                return Err(ChoiceError::NoField {
                    file,
                    field: absent.field,
                    nearest: absent.nearest,
                    fields: rows.columns().to_vec(),
                    layout: absent.layout,
                });
            }
        };
        rows.add_columns(&more);
        Ok(Self {
            file,
            rows,
            layout,
            label_use,
            pending: VecDeque::new(),
            is_done: false,
        })
    }

    fn add(&mut self, row: Result<TableRow, TableError>) -> Result<(), ChoiceError> {
        let TableRow { line, cells } = row?;
        let questions = self.layout.questions(&cells, self.label_use);
        let questions = questions.map_err(|(question, problem)| ChoiceError::Row {
            file: self.file.clone(),
            line,
            question,
            problem,
        })?;
        self.pending
            .extend(questions.into_iter().map(|question| (line, question)));
        Ok(())
    }
}

impl Iterator for ChoiceReader {
    type Item = Result<(usize, ChoiceExample), ChoiceError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.pending.is_empty() && !self.is_done {
            match self.rows.next() {
                None => self.is_done = true,
                Some(row) => {
                    if let Err(error) = self.add(row) {
                        self.is_done = true;
                        return Some(Err(error));
                    }
                }
            }
        }
        self.pending.pop_front().map(Ok)
    }
}

/// Whether a file is one of RACE's own, by its name.
fn is_race(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "txt")
}

/// The file itself, or RACE's files below a folder, sorted by name.
fn in_folder(path: &Path) -> Result<Vec<PathBuf>, ChoiceError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut folders = vec![path.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        let io_error = |source| TableError::Io {
            file: folder.clone(),
            source,
        };
        for entry in std::fs::read_dir(&folder).map_err(io_error)? {
            let entry = entry.map_err(io_error)?;
            let (path, kind) = (entry.path(), entry.file_type().map_err(io_error)?);
            // Not through links: they may lead back.
            match kind.is_dir() {
                true => folders.push(path),
                false if is_race(&path) && path.is_file() => files.push(path),
                false => {}
            }
        }
    }
    files.sort();
    match files.is_empty() {
        true => Err(ChoiceError::EmptyFolder {
            folder: path.to_owned(),
        }),
        false => Ok(files),
    }
}

#[cfg(test)]
mod tests;
