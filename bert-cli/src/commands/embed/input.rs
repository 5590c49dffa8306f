//! Texts, from wherever they come, with what stands beside them.

use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use bert_data::table::{
    Cell, ColumnOptions, ColumnRef, LabelUse, TableFormat, TableOptions, TableReader, expand_globs,
};
use clap::Args;

use crate::exit::{ProgramError, complain};
use crate::flags::delimiter;
use crate::lines::Lines;

/// Texts that are read before they go through the model: enough for batches of similar length.
const TEXTS: usize = 4096;

/// Bytes of them after which there are enough, however few.
const BYTES: usize = 32 << 20;

/// Lines without a text that are named.
const NAMED: usize = 3;

/// The column of a text that has no table.
const COLUMN: &str = "text";

#[derive(Args)]
#[command(next_help_heading = "Texts")]
pub(super) struct InputFlags {
    /// Texts; without any, and without --file, the lines of standard input
    // The name that other predictors give theirs.
    #[arg(id = "text", value_name = "TEXT")]
    pub(super) texts: Vec<String>,
    /// Files instead: lines of text, or tables in CSV, TSV, JSON lines or Parquet; several, also with
    /// * in their names; - is standard input
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "text")]
    file: Vec<PathBuf>,
    /// What is read: text (a line each), csv, tsv (no quoting), tsv-quoted, jsonl or parquet
    /// [default: by the ending of the file, and text]
    #[arg(long, value_name = "FORMAT", conflicts_with = "text")]
    format: Option<InputFormat>,
    /// Column of the texts, by name or by number from 1 [default: one of a usual name]
    #[arg(long, value_name = "COLUMN", requires = "file")]
    text_column: Option<ColumnRef>,
    /// What stands between two fields, such as ';' [default: as the format has it]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter, requires = "file")]
    delimiter: Option<u8>,
    /// The first line is a row, and columns are given by their numbers
    #[arg(long, requires = "file")]
    no_header: bool,
}

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InputFormat {
    /// A text a line; a blank one is a text, too.
    Lines,
    Table(TableFormat),
}

impl FromStr for InputFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "text" => Ok(Self::Lines),
            name => name.parse().map(Self::Table).map_err(|_| {
                format!("{name:?} is none of text, csv, tsv, tsv-quoted, jsonl, parquet")
            }),
        }
    }
}

impl InputFormat {
    fn of_path(path: &Path) -> Result<Self, ProgramError> {
        match path.extension() {
            None => Ok(Self::Lines),
            Some(ending) if ending.eq_ignore_ascii_case("txt") => Ok(Self::Lines),
            Some(_) => Ok(Self::Table(TableFormat::of_path(path)?)),
        }
    }
}

/// A text, and the cells of its row.
pub(super) struct Row {
    pub(super) text: String,
    pub(super) cells: Vec<Cell>,
}

/// Texts that are read in parts.
pub(super) struct Input {
    columns: Vec<String>,
    source: Source,
    /// What is to be read after the source.
    files: VecDeque<PathBuf>,
    first: PathBuf,
    options: TableOptions,
    format: Option<InputFormat>,
    text_column: Option<ColumnRef>,
    empty: Empty,
}

enum Source {
    Words(std::vec::IntoIter<String>),
    Typed(Lines),
    Lines(Lines<File>),
    Table { reader: TableReader, text: usize },
}

/// Rows without a text, whose vectors are of nothing.
#[derive(Default)]
struct Empty {
    count: usize,
    lines: Vec<usize>,
}

impl InputFlags {
    /// Whether texts or files are named.
    pub(super) fn is_given(&self) -> bool {
        !self.texts.is_empty() || !self.file.is_empty()
    }

    /// Opens the first of it.
    pub(super) fn open(self) -> Result<Input, ProgramError> {
        let standard = Path::new("-");
        // A pattern may not be one of standard input.
        let files = match self.file.iter().any(|file| file == standard) {
            true => self.file,
            false => expand_globs(&self.file)?,
        };
        let mut input = Input {
            columns: vec![COLUMN.to_owned()],
            source: Source::Words(self.texts.into_iter()),
            first: files.first().cloned().unwrap_or_default(),
            files: files.into(),
            options: TableOptions {
                format: None,
                has_header: !self.no_header,
                delimiter: self.delimiter,
            },
            format: self.format,
            text_column: self.text_column,
            empty: Empty::default(),
        };
        if let Some(file) = input.files.pop_front() {
            (input.source, input.columns) = input.open_file(&file)?;
        } else if matches!(&input.source, Source::Words(words) if words.as_slice().is_empty()) {
            (input.source, input.columns) = input.open_file(standard)?;
        }
        Ok(input)
    }
}

impl Input {
    /// The names of a row's cells.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The next texts, as many as go through the model together; none at the end. What comes before
    /// a fault is given first.
    pub(super) fn next_part(&mut self) -> (Vec<Row>, Result<(), ProgramError>) {
        let most = match &self.source {
            // Whoever types wants an answer to each line.
            Source::Typed(lines) if lines.are_typed() => 1,
            _ => TEXTS,
        };
        let mut rows = Vec::new();
        let mut bytes = 0;
        while rows.len() < most && bytes < BYTES && (rows.is_empty() || self.go_on()) {
            match self.next_row() {
                Ok(Some(row)) => {
                    bytes += row.text.len();
                    rows.push(row);
                }
                Ok(None) => break,
                Err(error) => return (rows, Err(error)),
            }
        }
        (rows, Ok(()))
    }

    /// Says on standard error what was odd about all that was read.
    pub(super) fn say(&self) {
        let Empty { count, lines } = &self.empty;
        if *count > 0 {
            let named: Vec<String> = lines.iter().map(usize::to_string).collect();
            let more = if *count > lines.len() { ", ..." } else { "" };
            complain(&format!(
                "warning: {count} rows have no text, and the vector of an empty one (line {}{more})",
                named.join(", ")
            ));
        }
    }

    fn go_on(&self) -> bool {
        match &self.source {
            Source::Typed(lines) => lines.go_on(),
            _ => true,
        }
    }

    fn next_row(&mut self) -> Result<Option<Row>, ProgramError> {
        loop {
            let row = match &mut self.source {
                Source::Words(words) => words.next().map(|text| (0, Cell::from(text))),
                Source::Typed(lines) => line(lines.next())?,
                Source::Lines(lines) => line(lines.next())?,
                Source::Table { reader, text } => match reader.next().transpose()? {
                    Some(row) => {
                        let text = row.cells[*text].as_text().unwrap_or_default().to_owned();
                        self.empty.note(&text, row.line);
                        let cells = row.cells;
                        return Ok(Some(Row { text, cells }));
                    }
                    None => None,
                },
            };
            if let Some((line, cell)) = row {
                let text = cell.as_text().unwrap_or_default().to_owned();
                self.empty.note(&text, line);
                return Ok(Some(Row {
                    text,
                    cells: vec![cell],
                }));
            }
            let Some(file) = self.files.pop_front() else {
                return Ok(None);
            };
            let (source, columns) = self.open_file(&file)?;
            if columns != self.columns {
                return Err(ProgramError::OtherColumns {
                    file,
                    columns,
                    first: self.first.clone(),
                    first_columns: self.columns.clone(),
                });
            }
            self.source = source;
        }
    }

    /// What is in a file, and the columns that it has.
    fn open_file(&self, file: &Path) -> Result<(Source, Vec<String>), ProgramError> {
        let is_standard = file.as_os_str() == "-";
        let format = match (self.format, is_standard) {
            (Some(format), _) => format,
            (None, true) => InputFormat::Lines,
            (None, false) => InputFormat::of_path(file)?,
        };
        let InputFormat::Table(format) = format else {
            let source = match is_standard {
                true => Source::Typed(Lines::of_standard_input()),
                false => Source::Lines(Lines::of_file(file)?),
            };
            return Ok((source, vec![COLUMN.to_owned()]));
        };
        let options = TableOptions {
            format: Some(format),
            ..self.options.clone()
        };
        let reader = match is_standard {
            true => TableReader::from_reader("standard input", std::io::stdin(), &options),
            false => TableReader::open(file, &options),
        }?;
        let columns = ColumnOptions {
            text_column: self.text_column.clone(),
            ..ColumnOptions::default()
        };
        let text = reader.find_columns(&columns, LabelUse::Unused)?.text;
        let columns = reader.columns().to_vec();
        Ok((Source::Table { reader, text }, columns))
    }
}

impl Empty {
    fn note(&mut self, text: &str, line: usize) {
        if text.trim().is_empty() && line > 0 {
            self.count += 1;
            if self.lines.len() < NAMED {
                self.lines.push(line);
            }
        }
    }
}

fn line(
    line: Option<Result<crate::lines::Line, ProgramError>>,
) -> Result<Option<(usize, Cell)>, ProgramError> {
    let line = line.transpose()?;
    Ok(line.map(|line| (line.number, Cell::from(line.text))))
}
