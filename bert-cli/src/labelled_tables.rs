//! A table in, the same table with what a model says of its rows out: row by row, in bounded memory.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use bert_core::backend::BertBackend;
use bert_core::config::ProblemType;
use bert_data::Label;
use bert_data::table::{
    Cell, ColumnOptions, LabelUse, TableError, TableFormat, TableReader, TableRow, TableWriter,
};
use bert_tasks::PredictionError;
use bert_tasks::sequence::{Classifier, TextPrediction};

use crate::exit::{ProgramError, complain};

/// Rows that are read before they are labelled: enough for batches of similar length.
const WINDOW: usize = 4096;

/// Rows without a text that are named.
const NAMED: usize = 3;

/// A file that is there once it is whole.
pub struct NewFile {
    path: PathBuf,
    partial: PathBuf,
}

impl NewFile {
    /// One that is to be at `path`, where no file may be unless it is to be replaced.
    ///
    /// # Errors
    /// When there is one, or the folder takes no file.
    pub fn create(path: &Path, overwrite: bool) -> Result<(Self, File), ProgramError> {
        if path.exists() && !overwrite {
            return Err(ProgramError::Exists(path.to_owned()));
        }
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let partial = path.with_file_name(format!(".{name}.partial-{}", std::process::id()));
        let file = File::create(&partial).map_err(|source| ProgramError::Unwritable {
            path: path.to_owned(),
            source,
        })?;
        let path = path.to_owned();
        Ok((Self { path, partial }, file))
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// When that fails; then there is nothing of it.
    pub fn keep(self) -> Result<(), ProgramError> {
        let renamed = fs::rename(&self.partial, &self.path);
        renamed.map_err(|source| ProgramError::Unwritable {
            path: self.path.clone(),
            source,
        })
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // Kept, it has another name by now.
        let _ = fs::remove_file(&self.partial);
    }
}

/// Labels every row of `reader`.
///
/// # Errors
/// When a row cannot be read, a score is no number, or the output takes no row.
pub fn label_table<B: BertBackend, W: Write + Send>(
    classifier: &Classifier<B>,
    reader: TableReader,
    columns: &ColumnOptions,
    output: (PathBuf, W, TableFormat),
    all_probabilities: bool,
) -> Result<W, ProgramError> {
    let places = reader.find_columns(columns, LabelUse::Unused)?;
    let added = Added::new(classifier, all_probabilities);
    let header = added.header(reader.columns());
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let (name, output, format) = output;
    let mut writer = TableWriter::new(name, output, format, &header)?;
    let mut unlabelled = Unlabelled::default();
    let mut rows = reader.peekable();
    while rows.peek().is_some() {
        let window: Vec<TableRow> = rows
            .by_ref()
            .take(WINDOW)
            .collect::<Result<_, TableError>>()?;
        let texts: Vec<Option<(&str, Option<&str>)>> = window
            .iter()
            .map(|row| {
                let text = |place: usize| {
                    row.cells[place]
                        .as_text()
                        .filter(|text| !text.trim().is_empty())
                };
                let second = places.text_pair.map(text);
                Some((
                    text(places.text)?,
                    second.map_or(Some(None), |second| second.map(Some))?,
                ))
            })
            .collect();
        let there: Vec<_> = texts.iter().copied().flatten().collect();
        let line = |index: usize| {
            let mut rows = window.iter().zip(&texts).filter(|(_, text)| text.is_some());
            rows.nth(index).map_or(0, |(row, _)| row.line)
        };
        let found = classifier.predict(&there).map_err(|error| match error {
            PredictionError::NotFinite { index, value, .. } => ProgramError::RowScores {
                line: line(index),
                value,
            },
            other => other.into(),
        })?;
        let mut found = found.into_iter();
        for (row, text) in window.iter().zip(&texts) {
            let prediction = text.and_then(|_| found.next());
            unlabelled.note(row.line, prediction.as_ref());
            let mut cells = row.cells.clone();
            cells.extend(added.cells(prediction.as_ref()));
            writer.write_row(&cells)?;
        }
    }
    unlabelled.say();
    Ok(writer.finish()?)
}

/// The columns that a prediction adds.
struct Added {
    problem: ProblemType,
    names: Vec<String>,
    all_probabilities: bool,
}

impl Added {
    fn new<B: BertBackend>(classifier: &Classifier<B>, all_probabilities: bool) -> Self {
        Self {
            problem: classifier.problem(),
            names: classifier.label_names(),
            all_probabilities,
        }
    }

    /// Their names after those of the input; a name that the input has gets a number.
    fn header(&self, columns: &[String]) -> Vec<String> {
        let mut header = columns.to_vec();
        let mut own = vec!["prediction".to_owned()];
        if self.problem != ProblemType::Regression {
            own.push("probability".to_owned());
            if self.all_probabilities {
                own.extend(self.names.iter().map(|name| format!("probability_{name}")));
            }
        }
        for name in own {
            let numbered = (2..).map(|number| format!("{name}_{number}"));
            let mut names = std::iter::once(name.clone()).chain(numbered);
            header.extend(names.find(|name| !header.contains(name)));
        }
        header
    }

    fn cells(&self, prediction: Option<&TextPrediction>) -> Vec<Cell> {
        let Some(TextPrediction { label, scores, .. }) = prediction else {
            let missing = match (self.problem, self.all_probabilities) {
                (ProblemType::Regression, _) => 1,
                (_, true) => 2 + self.names.len(),
                (_, false) => 2,
            };
            return vec![Cell::Missing; missing];
        };
        let name = |class: usize| Cell::from(self.names[class].as_str());
        let share = |class: usize| Cell::from(rounded(scores[class]));
        let mut cells = match label {
            Label::Number(number) => return vec![Cell::from(*number)],
            Label::Class(class) => vec![name(*class), share(*class)],
            Label::Classes(classes) => {
                let list = |of: &dyn Fn(usize) -> Cell| {
                    Cell::List(classes.iter().map(|&class| of(class)).collect())
                };
                vec![list(&name), list(&share)]
            }
        };
        if self.all_probabilities {
            cells.extend((0..self.names.len()).map(share));
        }
        cells
    }
}

/// To the digits that an f32 has.
fn rounded(share: f64) -> f64 {
    (share * 1e6).round() / 1e6
}

/// Rows that could not be labelled, or not as a whole.
#[derive(Default)]
struct Unlabelled {
    empty: usize,
    lines: Vec<usize>,
    cut: usize,
}

impl Unlabelled {
    fn note(&mut self, line: usize, prediction: Option<&TextPrediction>) {
        match prediction {
            None => {
                self.empty += 1;
                if self.lines.len() < NAMED {
                    self.lines.push(line);
                }
            }
            Some(prediction) => self.cut += usize::from(prediction.num_truncated_tokens > 0),
        }
    }

    fn say(&self) {
        if self.empty > 0 {
            let lines: Vec<String> = self.lines.iter().map(usize::to_string).collect();
            let more = if self.empty > self.lines.len() {
                ", ..."
            } else {
                ""
            };
            complain(&format!(
                "warning: {} rows without a text have no prediction (line {}{more})",
                self.empty,
                lines.join(", ")
            ));
        }
        if self.cut > 0 {
            complain(&format!(
                "warning: {} texts are too long for the model and were cut",
                self.cut
            ));
        }
    }
}

/// Where a table goes: a file that is there once it is whole, or standard output.
pub enum Output {
    /// A file.
    File(NewFile, BufWriter<File>),
    /// Standard output.
    Standard(BufWriter<io::Stdout>),
}

impl Output {
    /// Of `--output`; `-` and nothing are standard output.
    ///
    /// # Errors
    /// As [`NewFile::create`].
    pub fn open(path: Option<&Path>, overwrite: bool) -> Result<Self, ProgramError> {
        match path.filter(|path| path.as_os_str() != "-") {
            None => Ok(Self::Standard(BufWriter::new(io::stdout()))),
            Some(path) => {
                let (new, file) = NewFile::create(path, overwrite)?;
                Ok(Self::File(new, BufWriter::new(file)))
            }
        }
    }

    /// Puts what was written in its place.
    ///
    /// # Errors
    /// When that fails.
    pub fn keep(self) -> Result<(), ProgramError> {
        match self {
            Self::Standard(mut out) => out.flush().map_err(ProgramError::Output),
            Self::File(new, mut file) => {
                file.flush().map_err(ProgramError::Output)?;
                drop(file);
                new.keep()
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(_, file) => file.write(bytes),
            Self::Standard(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(_, file) => file.flush(),
            Self::Standard(out) => out.flush(),
        }
    }
}
