//! The rows of CSV and TSV.
//!
//! The file comes line by line, so that a row knows its line, a quote that never closes is told
//! where it opens, and no more than a row is in memory. What a quote means is csv-core's to say.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::cell::{Cell, TableRow};
use super::error::TableError;
use super::format::TableFormat;
use super::lines::{Lines, MAX_ROW, without_end};
use super::rows::Rows;
use crate::error::LineLooks;

pub(super) struct DelimitedRows {
    lines: Lines,
    format: TableFormat,
    delimiter: u8,
    parser: Reader,
    /// The present row as it is written, its fields one after another, and where each ends.
    row: String,
    fields: Vec<u8>,
    ends: Vec<usize>,
    /// Number of columns, once the first row is read, and what that row looks like if it has one.
    columns: Option<usize>,
    looks: LineLooks,
    /// The first of the blank lines that came last.
    blank: Option<usize>,
    /// Where rows with too few fields are left out, the lines in which they begin.
    skipped: Option<Vec<usize>>,
    /// Of a format without quotes: line and column of the first field that is written as CSV has
    /// it, and whether there is another that CSV would have written otherwise.
    quoted: Option<(usize, usize)>,
    has_plain_quotes: bool,
}

impl DelimitedRows {
    pub fn new(lines: Lines, format: TableFormat, delimiter: u8) -> Self {
        let (mut fields, mut ends) = (vec![0; 1024], vec![0; 16]);
        let mut parser = ReaderBuilder::new().delimiter(delimiter).build();
        // `Lines` has taken off the mark of the file; the parser would take off one before the first
        // bytes that it gets, which are text.
        parser.read_record(b"\n", &mut fields, &mut ends);
        Self {
            lines,
            format,
            delimiter,
            parser,
            row: String::new(),
            fields,
            ends,
            columns: None,
            looks: LineLooks::Other,
            blank: None,
            skipped: None,
            quoted: None,
            has_plain_quotes: false,
        }
    }

    /// Begins a row: its line is in `row`. False at the end.
    fn begin(&mut self) -> Result<bool, TableError> {
        self.row.clear();
        while let Some(line) = self.lines.next()? {
            if !without_end(line).is_empty() {
                self.row.push_str(line);
                let blank = self.blank.take();
                return match (blank, &mut self.skipped) {
                    (None, _) => Ok(true),
                    (Some(line), Some(skipped)) => {
                        skipped.extend(line..self.lines.number());
                        Ok(true)
                    }
                    (Some(line), None) => Err(TableError::Blank {
                        file: self.lines.file().to_owned(),
                        line,
                    }),
                };
            }
            self.blank.get_or_insert(self.lines.number());
        }
        Ok(false)
    }

    fn split(&mut self) -> Result<Vec<String>, TableError> {
        let row = without_end(&self.row);
        let line = self.lines.number();
        if self.columns.is_none() && row.contains('\r') {
            return Err(self.carriage_return(line));
        }
        let fields = row.split(char::from(self.delimiter)).map(str::to_owned);
        let fields: Vec<String> = fields.collect();
        if !self.leaves_out(fields.len()) {
            let first = || fields.iter().position(|field| is_quoted(field));
            self.quoted = self
                .quoted
                .or_else(|| first().map(|column| (line, column + 1)));
            self.has_plain_quotes |= fields.iter().any(|field| has_plain_quotes(field));
        }
        Ok(fields)
    }

    /// Fails if the whole file is written as CSV has it, where quotes have no meaning. Among others,
    /// a text that looks so is what somebody wrote: GLUE has such questions.
    fn check_quotes(&self) -> Result<(), TableError> {
        match self.quoted {
            Some((line, column)) if !self.has_plain_quotes => Err(TableError::Quoted {
                file: self.lines.file().to_owned(),
                line,
                column,
            }),
            _ => Ok(()),
        }
    }

    /// Whether a row of so many fields is left out.
    fn leaves_out(&self, fields: usize) -> bool {
        self.skipped.is_some() && self.columns.is_some_and(|columns| fields < columns)
    }

    /// Reads on to the end of the row.
    fn parse(&mut self) -> Result<Vec<String>, TableError> {
        let line = self.lines.number();
        let (mut read, mut written, mut ended) = (0, 0, 0);
        loop {
            if !self.row.ends_with('\n') {
                self.row.push('\n');
            }
            let (result, more_read, more_written, more_ended) = self.parser.read_record(
                &self.row.as_bytes()[read..],
                &mut self.fields[written..],
                &mut self.ends[ended..],
            );
            read += more_read;
            written += more_written;
            ended += more_ended;
            match result {
                ReadRecordResult::OutputFull => self.fields.resize(2 * self.fields.len(), 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(2 * self.ends.len(), 0),
                // Its end was in quotes, or the row would have ended.
                ReadRecordResult::InputEmpty => self.go_on(line)?,
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        if !matches!(&self.row[read..], "" | "\n") {
            return Err(self.carriage_return(self.lines.number()));
        }
        let mut begin = 0;
        let field = |&end: &usize| {
            let field = &self.fields[begin..end];
            begin = end;
            String::from_utf8_lossy(field).into_owned()
        };
        let fields: Vec<String> = self.ends[..ended].iter().map(field).collect();
        match stray_quote(without_end(&self.row), &fields, self.delimiter) {
            Some(column) => Err(TableError::StrayQuote {
                file: self.lines.file().to_owned(),
                line,
                column: column + 1,
            }),
            None => Ok(fields),
        }
    }

    /// Adds a line to the row that begins in line `first`.
    fn go_on(&mut self, first: usize) -> Result<(), TableError> {
        let next = self.lines.next()?;
        if let Some(next) = next {
            self.row.push_str(next);
        } else {
            return Err(TableError::UnclosedQuote {
                file: self.lines.file().to_owned(),
                line: first,
                format: self.format,
            });
        }
        if self.row.len() > MAX_ROW {
            return Err(TableError::LongRow {
                file: self.lines.file().to_owned(),
                line: first,
            });
        }
        Ok(())
    }

    fn carriage_return(&self, line: usize) -> TableError {
        TableError::CarriageReturn {
            file: self.lines.file().to_owned(),
            line,
        }
    }

    fn check(&self, line: usize, found: usize, expected: usize) -> Result<(), TableError> {
        if found == expected {
            return Ok(());
        }
        let looks = match expected {
            1 => self.looks,
            _ => LineLooks::of_delimited(without_end(&self.row), expected, self.delimiter),
        };
        Err(TableError::Fields {
            file: self.lines.file().to_owned(),
            line,
            last_line: self.lines.number(),
            found,
            expected,
            format: self.format,
            looks,
        })
    }
}

impl Rows for DelimitedRows {
    fn next_row(&mut self) -> Result<Option<TableRow>, TableError> {
        let (line, fields) = loop {
            if !self.begin()? {
                return self.check_quotes().map(|()| None);
            }
            let line = self.lines.number();
            let fields = match self.format.is_quoted() {
                true => self.parse()?,
                false => self.split()?,
            };
            if !self.leaves_out(fields.len()) {
                break (line, fields);
            }
            self.skipped.get_or_insert_default().push(line);
        };
        match self.columns {
            Some(columns) => self.check(line, fields.len(), columns)?,
            None => {
                self.columns = Some(fields.len());
                if fields.len() == 1 {
                    self.looks = LineLooks::of_delimited(without_end(&self.row), 2, self.delimiter);
                }
            }
        }
        let cells = fields.into_iter().map(Cell::Text).collect();
        Ok(Some(TableRow { line, cells }))
    }

    fn looks(&self) -> LineLooks {
        self.looks
    }

    fn skip_short_rows(&mut self) {
        self.skipped.get_or_insert_default();
    }

    fn skipped(&self) -> &[usize] {
        self.skipped.as_deref().unwrap_or_default()
    }
}

/// The first field that does not end where its quotes say, as `"a" b` does: csv-core reads on to the
/// next delimiter, over line breaks if there are quotes in between.
fn stray_quote(row: &str, fields: &[String], delimiter: u8) -> Option<usize> {
    let row = row.as_bytes();
    let mut begin = 0;
    fields.iter().position(|field| {
        let is_quoted = row.get(begin) == Some(&b'"');
        let quotes = field.bytes().filter(|&byte| byte == b'"').count();
        let written = field.len() + if is_quoted { 2 + quotes } else { 0 };
        let end = begin + written;
        begin = end + 1;
        let is_end = end == row.len() || row.get(end) == Some(&delimiter);
        is_quoted && !(is_end && row[end - 1] == b'"')
    })
}

/// Whether a field has quotes that CSV would have written otherwise.
fn has_plain_quotes(field: &str) -> bool {
    let inner = field
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let inner = inner.unwrap_or(field);
    let mut runs = inner.split(|letter| letter != '"').map(str::len);
    let is_csv = inner.len() < field.len() && runs.all(|run| run % 2 == 0);
    field.contains('"') && !is_csv
}

/// Whether a field is written as CSV has it: in quotes, with the quotes of the text twice. Text
/// that merely begins and ends with a quote is text.
pub(super) fn is_quoted(field: &str) -> bool {
    let inner = field
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.is_some_and(|inner| {
        let mut runs = inner.split(|letter| letter != '"').map(str::len);
        inner.contains("\"\"") && runs.all(|run| run % 2 == 0)
    })
}
