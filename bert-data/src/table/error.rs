//! What can be wrong with a table's file.

use std::path::PathBuf;

use super::advice::{delimiter_advice, fields_advice};
use super::column_error::ColumnError;
use super::format::TableFormat;
use super::label_error::LabelError;
use super::lines::MAX_ROW;
use crate::error::LineLooks;
use crate::foreign::Foreign;

/// A table that cannot be read. Lines and bytes count from 1. What is in backticks is the name of
/// an option.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// No file was given.
    #[error("no file to read a table from; give one")]
    NoFiles,
    /// The file does not exist.
    #[error("{} does not exist", file.display())]
    MissingFile {
        /// The file asked for.
        file: PathBuf,
    },
    /// A folder where a file should be.
    #[error("{} is a folder; give the files in it, for example {0}/*.csv", file.display())]
    Folder {
        /// The folder.
        file: PathBuf,
    },
    /// A pattern of names that is none.
    #[error("{pattern:?} is no pattern of file names: {message}")]
    BadPattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        message: String,
    },
    /// A pattern that no file's name has.
    #[error("no file is named as the pattern {pattern:?} says")]
    NoMatch {
        /// The pattern.
        pattern: String,
    },
    /// The system gives no bytes, or takes none.
    #[error("cannot read {}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Neither the ending of its name nor an option tells the format.
    #[error(
        "{}: its ending tells no table format; give `format`: csv, tsv, tsv-quoted, jsonl or \
         parquet",
        file.display()
    )]
    UnknownFormat {
        /// The file.
        file: PathBuf,
    },
    /// The file is of no format of tables.
    #[error("{} is {what}", file.display())]
    NoTable {
        /// The file.
        file: PathBuf,
        /// What it is, and what to do.
        what: Foreign,
    },
    /// The feature that reads the format is not built.
    #[error(
        "{}: this build does not read Parquet; build with the feature `parquet`, or write the \
         table as CSV or JSON lines",
        file.display()
    )]
    NotBuilt {
        /// The file.
        file: PathBuf,
    },
    /// The format needs a whole file.
    #[error("{}: Parquet is not read from a stream; write it to a file first", file.display())]
    NoStream {
        /// Name of the stream.
        file: PathBuf,
    },
    /// A byte that can be no delimiter, or a delimiter for a format without one.
    #[error("{}: `delimiter` {delimiter:?} does not go with {format}; {}", file.display(),
        delimiter_advice(*format))]
    BadDelimiter {
        /// The file.
        file: PathBuf,
        /// The delimiter asked for.
        delimiter: char,
        /// The format.
        format: TableFormat,
    },
    /// The file is no table.
    #[error("{} is not {format}: it is {what}", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// The format it should have.
        format: TableFormat,
        /// What it is.
        what: Foreign,
    },
    /// The file has another of the formats.
    #[error("{} is not {format}: it looks like {found}; give `format` {found}", file.display())]
    OtherFormat {
        /// The file.
        file: PathBuf,
        /// The format it should have.
        format: TableFormat,
        /// The format it seems to have.
        found: TableFormat,
    },
    /// The file has no bytes, or only blank lines.
    #[error("{} is empty", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
    },
    /// The file has a header and no row after it.
    #[error(
        "{} has a header and no rows; if its first line is a row, set `has_header` to false",
        file.display()
    )]
    HeaderOnly {
        /// The file.
        file: PathBuf,
    },
    /// The file is not UTF-8.
    #[error(
        "{}, line {line}, byte {byte}: not UTF-8; convert the file to UTF-8 first",
        file.display()
    )]
    NotUtf8 {
        /// The file.
        file: PathBuf,
        /// Line of the first bad byte.
        line: usize,
        /// Its place in the line.
        byte: usize,
    },
    /// A row with too few or too many fields.
    #[error(
        "{}, line {line}: {found} fields, expected {expected} as in the first line; {}",
        file.display(),
        fields_advice(*format, *looks, *line, *last_line)
    )]
    Fields {
        /// The file.
        file: PathBuf,
        /// The line in which the row begins.
        line: usize,
        /// The line in which it ends.
        last_line: usize,
        /// Number of fields in the row.
        found: usize,
        /// Number of columns.
        expected: usize,
        /// The format it was read in.
        format: TableFormat,
        /// What the row looks like, or the first one if the file has another delimiter.
        looks: LineLooks,
    },
    /// A blank line before a row.
    #[error("{}, line {line}: the line is empty; take it out", file.display())]
    Blank {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
    },
    /// A line that has a carriage return outside quotes.
    #[error(
        "{}, line {line}: lines must end in LF or CRLF, and this has CR alone",
        file.display()
    )]
    CarriageReturn {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
    },
    /// A field in the quotes of CSV where quotes have no meaning.
    #[error(
        "{}, line {line}, column {column}: quoted as in a CSV file, and in {} quotes have no \
         meaning; give `format` {}",
        file.display(),
        TableFormat::Tsv,
        TableFormat::TsvQuoted
    )]
    Quoted {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// A quote that opens in a row and never closes.
    #[error(
        "{}, line {line}: a quote opens in this row and does not close before the file ends; \
         close it, or write a quote in a quoted field twice{}",
        file.display(),
        if *format == TableFormat::TsvQuoted {
            "; if quotes have no meaning, give `format` tsv"
        } else {
            ""
        }
    )]
    UnclosedQuote {
        /// The file.
        file: PathBuf,
        /// The line in which the row begins.
        line: usize,
        /// The format it was read in.
        format: TableFormat,
    },
    /// A quoted field that goes on after its closing quote.
    #[error(
        "{}, line {line}, column {column}: text comes after the quote that closes a quoted \
         field; is a quote before it not closed, or one in a field not written twice?",
        file.display()
    )]
    StrayQuote {
        /// The file.
        file: PathBuf,
        /// The line in which the row begins.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// A row too long to be one.
    #[error(
        "{}, line {line}: this row is longer than {} MiB; is there a quote that never closes, or \
         a file without line ends?",
        file.display(),
        MAX_ROW >> 20
    )]
    LongRow {
        /// The file.
        file: PathBuf,
        /// The line in which the row begins.
        line: usize,
    },
    /// A line that is not one JSON object.
    #[error("{}, line {line}, column {column}: {message}", file.display())]
    Json {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The place in the line.
        column: usize,
        /// What is wrong there.
        message: Box<str>,
    },
    /// A Parquet file that is broken, or written in a way that is not read.
    #[error("{}: {message}", file.display())]
    Parquet {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        message: Box<str>,
    },
    /// The file has grown, shrunk or been written to since it was opened.
    #[error(
        "{} changed while it was read; read it again when nothing writes to it",
        file.display()
    )]
    Changed {
        /// The file.
        file: PathBuf,
    },
    /// The columns are not as asked for.
    #[error("{}: {source}", file.display())]
    Columns {
        /// The file.
        file: PathBuf,
        /// What is wrong with them.
        source: Box<ColumnError>,
    },
    /// A text that is none.
    #[error(
        "{}, line {line}, column {column:?}: {found} where the text should be",
        file.display()
    )]
    NoText {
        /// The file.
        file: PathBuf,
        /// The line in which the row begins.
        line: usize,
        /// Name of the column.
        column: String,
        /// What is there.
        found: &'static str,
    },
    /// A label that is wrong where it stands.
    #[error("{}, line {line}, column {column:?}: {source}", file.display())]
    Label {
        /// The file.
        file: PathBuf,
        /// The line in which the row begins.
        line: usize,
        /// Name of the label's column.
        column: String,
        /// What is wrong with it.
        source: Box<LabelError>,
    },
    /// Labels that are wrong as a whole.
    #[error("the labels of {}: {source}", file.display())]
    Labels {
        /// The file, or the first of them.
        file: PathBuf,
        /// What is wrong with them.
        source: Box<LabelError>,
    },
}
