//! Tables, written row by row: predictions, for one.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::cell::Cell;
use super::columns;
use super::delimited::is_quoted;
use super::format::TableFormat;
use super::json_lines::to_json;
use super::label_kind::SEPARATOR;
#[cfg(feature = "parquet")]
use super::parquet_writer::ParquetWriter;
use super::write_error::{CellProblem, WriteError};

/// Writes a table that [`TableReader`](super::TableReader) reads as it was, but for types that the
/// format does not have: CSV and TSV have texts only, nothing is an empty one there, and a list has
/// `|` between its values.
///
/// Call [`finish`](Self::finish): what is dropped before may lack its end.
pub struct TableWriter<W: Write + Send> {
    file: PathBuf,
    columns: Vec<String>,
    /// The number of the row that comes next, from 1.
    row: usize,
    output: Output<W>,
}

enum Output<W: Write + Send> {
    Quoted(Box<csv::Writer<W>>),
    Tsv(W),
    JsonLines(W),
    #[cfg(feature = "parquet")]
    Parquet(Box<ParquetWriter<W>>),
}

/// Why a row cannot be written.
pub(super) enum Fault {
    Io(io::Error),
    Cell(usize, CellProblem),
    #[cfg(feature = "parquet")]
    Parquet(parquet::errors::ParquetError),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl TableWriter<BufWriter<File>> {
    /// Creates a file, or empties one that is there.
    ///
    /// # Errors
    /// If the file cannot be created, and as [`new`](Self::new).
    pub fn create(
        path: impl AsRef<Path>,
        format: TableFormat,
        columns: &[&str],
    ) -> Result<Self, WriteError> {
        let path = path.as_ref();
        let output = File::create(path).map_err(|source| WriteError::Io {
            file: path.to_owned(),
            source,
        })?;
        Self::new(path, BufWriter::new(output), format, columns)
    }
}

impl<W: Write + Send> TableWriter<W> {
    /// Begins a table with its header; `name` is for messages.
    ///
    /// # Errors
    /// If the format is not built or cannot hold a column's name, two columns have one name, or
    /// `output` takes no bytes.
    pub fn new(
        name: impl Into<PathBuf>,
        output: W,
        format: TableFormat,
        columns: &[&str],
    ) -> Result<Self, WriteError> {
        let file = name.into();
        let columns: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
        if let Err(source) = columns::check_names(&columns) {
            let source = Box::new(source);
            return Err(WriteError::Columns { file, source });
        }
        let quoted = |output, delimiter| {
            let mut builder = csv::WriterBuilder::new();
            Output::Quoted(Box::new(builder.delimiter(delimiter).from_writer(output)))
        };
        let output = match format {
            TableFormat::Csv => quoted(output, b','),
            TableFormat::TsvQuoted => quoted(output, b'\t'),
            TableFormat::Tsv => Output::Tsv(output),
            TableFormat::JsonLines => Output::JsonLines(output),
            #[cfg(feature = "parquet")]
            TableFormat::Parquet => {
                let writer = ParquetWriter::new(output, columns.clone());
                Output::Parquet(Box::new(writer))
            }
            #[cfg(not(feature = "parquet"))]
            TableFormat::Parquet => return Err(WriteError::NotBuilt { file }),
        };
        let mut writer = Self {
            file,
            columns,
            row: 0,
            output,
        };
        if format.delimiter().is_some() {
            let header = writer.columns.iter().cloned().map(Cell::Text);
            writer.write_row(&header.collect::<Vec<Cell>>())?;
        } else {
            writer.row = 1;
        }
        Ok(writer)
    }

    /// Writes a row, with a cell for each column.
    ///
    /// # Errors
    /// If it has too few or too many cells or a value that the format cannot hold, or the output
    /// takes no bytes.
    pub fn write_row(&mut self, cells: &[Cell]) -> Result<(), WriteError> {
        if cells.len() != self.columns.len() {
            return Err(WriteError::Width {
                file: self.file.clone(),
                row: self.row,
                found: cells.len(),
                expected: self.columns.len(),
            });
        }
        let written = match &mut self.output {
            Output::Quoted(output) => write_quoted(output, cells),
            Output::Tsv(output) => write_tsv(output, cells),
            Output::JsonLines(output) => write_json(output, &self.columns, cells),
            #[cfg(feature = "parquet")]
            Output::Parquet(output) => output.write_row(cells),
        };
        written.map_err(|fault| self.error(fault, self.row))?;
        self.row += 1;
        Ok(())
    }

    /// Ends the table and gives back the output, with all bytes in it.
    ///
    /// # Errors
    /// If the output takes no bytes.
    pub fn finish(self) -> Result<W, WriteError> {
        let Self {
            file,
            columns,
            row,
            output,
        } = self;
        let finished = match output {
            Output::Quoted(output) => output
                .into_inner()
                .map_err(|error| Fault::Io(error.into_error())),
            Output::Tsv(output) | Output::JsonLines(output) => Ok(output),
            #[cfg(feature = "parquet")]
            Output::Parquet(output) => output.finish(),
        };
        let flushed = finished.and_then(|mut output| Ok(output.flush().map(|()| output)?));
        flushed.map_err(|fault| error(file, &columns, fault, row))
    }

    fn error(&self, fault: Fault, row: usize) -> WriteError {
        error(self.file.clone(), &self.columns, fault, row)
    }
}

fn error(file: PathBuf, columns: &[String], fault: Fault, row: usize) -> WriteError {
    match fault {
        Fault::Io(source) => WriteError::Io { file, source },
        Fault::Cell(column, problem) => WriteError::Cell {
            file,
            row,
            column: columns.get(column).cloned().unwrap_or_default(),
            problem,
        },
        #[cfg(feature = "parquet")]
        Fault::Parquet(error) => WriteError::Parquet {
            file,
            message: error.to_string(),
        },
    }
}

fn write_quoted<W: Write>(output: &mut csv::Writer<W>, cells: &[Cell]) -> Result<(), Fault> {
    let fields = cells.iter().enumerate();
    let fields = fields.map(|(column, cell)| field(cell).map_err(|why| Fault::Cell(column, why)));
    let fields = fields.collect::<Result<Vec<_>, _>>()?;
    let written = output.write_record(fields.iter().map(|field| field.as_bytes()));
    written.map_err(|error| Fault::Io(error.into()))
}

fn write_tsv(output: &mut impl Write, cells: &[Cell]) -> Result<(), Fault> {
    let mut line = String::new();
    for (column, cell) in cells.iter().enumerate() {
        let fault = |why| Fault::Cell(column, why);
        let field = field(cell).map_err(fault)?;
        if field.contains(['\t', '\n', '\r']) {
            return Err(fault(CellProblem::Break));
        }
        if is_quoted(&field) {
            return Err(fault(CellProblem::Quoted));
        }
        if cells.len() == 1 && field.is_empty() {
            return Err(fault(CellProblem::Blank));
        }
        if column > 0 {
            line.push('\t');
        }
        line.push_str(&field);
    }
    line.push('\n');
    Ok(output.write_all(line.as_bytes())?)
}

fn write_json(output: &mut impl Write, columns: &[String], cells: &[Cell]) -> Result<(), Fault> {
    let mut line = String::from("{");
    for (column, (name, cell)) in columns.iter().zip(cells).enumerate() {
        let json = to_json(cell).ok_or(Fault::Cell(column, CellProblem::NotFinite))?;
        let comma = if column > 0 { ", " } else { "" };
        let name = serde_json::Value::from(name.as_str());
        line.push_str(&format!("{comma}{name}: {json}"));
    }
    line.push_str("}\n");
    Ok(output.write_all(line.as_bytes())?)
}

/// A cell as CSV and TSV have it.
fn field(cell: &Cell) -> Result<Cow<'_, str>, CellProblem> {
    if let Some(text) = cell.as_text() {
        return Ok(text.into());
    }
    match cell {
        Cell::List(cells) => {
            let values: Vec<&str> = cells.iter().filter_map(Cell::as_text).collect();
            match values.iter().any(|value| value.contains(SEPARATOR)) {
                true => Err(CellProblem::Separator),
                false => Ok(values.join(SEPARATOR).into()),
            }
        }
        Cell::Vector(values) => {
            let values: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
            Ok(values.join(SEPARATOR).into())
        }
        Cell::Nested(json) => Ok(json.into()),
        _ => Ok("".into()),
    }
}

#[cfg(test)]
mod tests;
