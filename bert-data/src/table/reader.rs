//! A table's file, row by row.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use super::cell::TableRow;
use super::column_error::ColumnError;
use super::columns::{self, ColumnOptions, LabelUse, TableColumns};
use super::delimited::DelimitedRows;
use super::error::TableError;
use super::format::TableFormat;
use super::json_lines::JsonLinesRows;
use super::lines::Lines;
use super::options::TableOptions;
use super::rows::Rows;
use super::stamp::Stamp;
use crate::foreign::{self, Foreign};

/// Streams a table; one row is in memory at a time.
///
/// - A byte-order mark, CRLF and blank lines at the end are tolerated.
/// - The columns of JSON lines are the keys of the first object. A later object without one of them
///   has a [`Cell::Missing`](super::Cell::Missing) there; keys that only later objects have are
///   ignored.
///
/// After an error comes nothing more.
pub struct TableReader {
    file: PathBuf,
    format: TableFormat,
    columns: Vec<String>,
    rows: Box<dyn Rows>,
    /// A row that has been read already.
    first: Option<TableRow>,
    /// The open file and how it was then, to see whether it changes.
    watched: Option<(File, Stamp)>,
    /// Whether a row has been given, and whether there is no more.
    has_rows: bool,
    is_done: bool,
}

impl TableReader {
    /// Opens a file and reads the names of its columns.
    ///
    /// # Errors
    /// If the file is missing, a folder or unreadable; if its format is unknown, not built or
    /// another than said; if it is empty or its first row is broken; if two columns have one name.
    pub fn open(path: impl AsRef<Path>, options: &TableOptions) -> Result<Self, TableError> {
        let path = path.as_ref();
        let file = || path.to_owned();
        let io_error = |source| TableError::Io {
            file: file(),
            source,
        };
        let opened = File::open(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => TableError::MissingFile { file: file() },
            _ => io_error(source),
        })?;
        if opened.metadata().map_err(io_error)?.is_dir() {
            return Err(TableError::Folder { file: file() });
        }
        let format = match options.format {
            Some(format) => format,
            None => TableFormat::of_path(path).map_err(|unknown| {
                let what = Foreign::of_file(&opened).ok().flatten();
                match what.filter(|what| !what.is_parquet()) {
                    None => unknown,
                    Some(what) => TableError::NoTable { file: file(), what },
                }
            })?,
        };
        let stamp = Stamp::of(&opened).map_err(io_error)?;
        let watched = opened.try_clone().map_err(io_error)?;
        let mut reader = if format == TableFormat::Parquet {
            Self::parquet(file(), opened)?
        } else {
            Self::text(file(), Box::new(opened), format, options)?
        };
        reader.watched = stamp.map(|stamp| (watched, stamp));
        Ok(reader)
    }

    /// Reads a table from a stream, such as standard input; `name` is for messages.
    ///
    /// # Errors
    /// As [`open`](Self::open); if `options` has no format, or Parquet, which needs a file.
    pub fn from_reader(
        name: impl Into<PathBuf>,
        input: impl Read + Send + 'static,
        options: &TableOptions,
    ) -> Result<Self, TableError> {
        let file = name.into();
        match options.format {
            None => Err(TableError::UnknownFormat { file }),
            Some(TableFormat::Parquet) => Err(TableError::NoStream { file }),
            Some(format) => Self::text(file, Box::new(input), format, options),
        }
    }

    fn text(
        file: PathBuf,
        mut input: Box<dyn Read + Send>,
        format: TableFormat,
        options: &TableOptions,
    ) -> Result<Self, TableError> {
        let delimiter = options.delimiter_of(&file, format)?;
        let head = foreign::head(&mut input).map_err(|source| TableError::Io {
            file: file.clone(),
            source,
        })?;
        format.check_head(&file, &head)?;
        let input = BufReader::new(Cursor::new(head).chain(input));
        let lines = Lines::new(file.clone(), Box::new(input));
        let Some(delimiter) = delimiter else {
            let rows = JsonLinesRows::open(lines)?;
            let columns = rows.columns().to_vec();
            if columns.is_empty() {
                return Err(TableError::Empty { file });
            }
            return Ok(Self::new(file, format, columns, Box::new(rows), None));
        };
        let mut rows = DelimitedRows::new(lines, format, delimiter);
        let Some(first) = rows.next_row()? else {
            return Err(TableError::Empty { file });
        };
        if !options.has_header {
            let numbers = 1..=first.cells.len();
            let columns = numbers.map(|number| number.to_string()).collect();
            return Ok(Self::new(
                file,
                format,
                columns,
                Box::new(rows),
                Some(first),
            ));
        }
        let names = first.cells.iter().filter_map(|cell| cell.as_text());
        let columns: Vec<String> = names.map(|name| name.trim().to_owned()).collect();
        columns::check_names(&columns).map_err(|source| TableError::Columns {
            file: file.clone(),
            source: Box::new(source),
        })?;
        Ok(Self::new(file, format, columns, Box::new(rows), None))
    }

    #[cfg(feature = "parquet")]
    fn parquet(file: PathBuf, opened: File) -> Result<Self, TableError> {
        let rows = super::parquet::ParquetRows::open(file.clone(), opened)?;
        let columns = rows.columns().to_vec();
        Ok(Self::new(
            file,
            TableFormat::Parquet,
            columns,
            Box::new(rows),
            None,
        ))
    }

    #[cfg(not(feature = "parquet"))]
    fn parquet(file: PathBuf, _: File) -> Result<Self, TableError> {
        Err(TableError::NotBuilt { file })
    }

    fn new(
        file: PathBuf,
        format: TableFormat,
        columns: Vec<String>,
        rows: Box<dyn Rows>,
        first: Option<TableRow>,
    ) -> Self {
        Self {
            file,
            format,
            columns,
            rows,
            first,
            watched: None,
            has_rows: false,
            is_done: false,
        }
    }

    /// Names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The names of classes that the numbers of a column stand for, from 0, where the file says
    /// them, as the Parquet files of Hugging Face's `datasets` do.
    pub fn class_names(&self, column: &str) -> Option<&[String]> {
        self.rows.class_names(column)
    }

    /// The format that is read.
    pub fn format(&self) -> TableFormat {
        self.format
    }

    /// From now on leaves out blank lines and rows with too few fields, which only CSV and TSV have.
    pub(crate) fn skip_short_rows(&mut self) {
        self.rows.skip_short_rows();
    }

    /// From now on gives the columns of these names, too, that the first row does not have and later
    /// ones can have, as in JSON lines: their places.
    pub(crate) fn add_columns(&mut self, names: &[&str]) -> Vec<usize> {
        let names = names.iter().copied();
        let others: Vec<&str> = names
            .filter(|name| !self.columns.iter().any(|column| column == name))
            .collect();
        let places = self.rows.add_columns(&others);
        let added = others.into_iter().take(places.len());
        self.columns.extend(added.map(str::to_owned));
        places
    }

    /// The lines of the rows that were left out, from 1.
    pub(crate) fn skipped(&self) -> &[usize] {
        self.rows.skipped()
    }

    /// The places of the columns that are asked for, or of usual names.
    ///
    /// # Errors
    /// See [`TableColumns::resolve`].
    pub fn find_columns(
        &self,
        options: &ColumnOptions,
        label_use: LabelUse,
    ) -> Result<TableColumns, TableError> {
        let places = TableColumns::resolve(&self.columns, options, label_use);
        places.map_err(|error| self.column_error(error))
    }

    fn column_error(&self, source: ColumnError) -> TableError {
        TableError::Columns {
            file: self.file.clone(),
            source: Box::new(source.with_looks(self.format, self.rows.looks())),
        }
    }

    fn row(&mut self) -> Result<Option<TableRow>, TableError> {
        let row = match self.first.take() {
            Some(row) => Some(row),
            None => self.rows.next_row()?,
        };
        if row.is_some() {
            self.has_rows = true;
            return Ok(row);
        }
        let file = || self.file.clone();
        if let Some((opened, before)) = &self.watched {
            let after = Stamp::of(opened).map_err(|source| TableError::Io {
                file: file(),
                source,
            })?;
            if after.as_ref() != Some(before) {
                return Err(TableError::Changed { file: file() });
            }
        }
        match self.has_rows {
            true => Ok(None),
            false => Err(TableError::HeaderOnly { file: file() }),
        }
    }
}

impl Iterator for TableReader {
    type Item = Result<TableRow, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let row = self.row().transpose();
        self.is_done = !matches!(row, Some(Ok(_)));
        row
    }
}

#[cfg(test)]
mod tests;
