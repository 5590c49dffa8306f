//! Where vectors go: an array of numpy, or a table with a column of them.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bert_data::table::{Cell, TableFormat, TableWriter};

use super::input::Row;
use crate::exit::ProgramError;
use crate::labelled_tables::NewFile;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OutputFormat {
    /// An array of numpy, `[texts, dimension]` in f32.
    Npy,
    /// A row of the input a line, with its vector.
    JsonLines,
    Parquet,
}

impl OutputFormat {
    /// By the ending of a file, as `--output` has it.
    fn of_path(path: &Path) -> Option<Self> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending.unwrap_or_default().to_ascii_lowercase().as_str() {
            "npy" => Some(Self::Npy),
            "parquet" => Some(Self::Parquet),
            "jsonl" | "ndjson" | "json" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

/// A path that says how it is written, for clap.
pub(super) fn output_path(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match text == "-" || OutputFormat::of_path(&path).is_some() {
        true => Ok(path),
        false => Err("its ending is none of .npy, .jsonl, .parquet".to_owned()),
    }
}

/// Writes the vectors of one text after another.
pub(super) struct Writer {
    /// Where it gets its name at the end.
    file: Option<NewFile>,
    kind: Kind,
}

enum Kind {
    Npy {
        output: BufWriter<File>,
        dimension: usize,
        rows: u64,
        path: PathBuf,
    },
    Table(TableWriter<Box<dyn Write + Send>>),
}

impl Kind {
    fn table(
        name: &Path,
        output: Box<dyn Write + Send>,
        format: TableFormat,
        columns: &[String],
    ) -> Result<Self, ProgramError> {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let embedding = free_name("embedding", &columns);
        let columns = [columns, vec![embedding.as_str()]].concat();
        Ok(Self::Table(TableWriter::new(
            name, output, format, &columns,
        )?))
    }
}

impl Writer {
    pub(super) fn open(
        path: Option<&Path>,
        overwrite: bool,
        columns: &[String],
        dimension: usize,
    ) -> Result<Self, ProgramError> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else {
            // Line by line, for whoever waits for the answer to one.
            let output = Box::new(io::stdout());
            let name = Path::new("standard output");
            let kind = Kind::table(name, output, TableFormat::JsonLines, columns)?;
            return Ok(Self { file: None, kind });
        };
        let (new, file) = NewFile::create(path, overwrite)?;
        let mut output = BufWriter::new(file);
        let kind = match OutputFormat::of_path(path) {
            Some(OutputFormat::Npy) => {
                let written = output.write_all(&npy_header(0, dimension));
                written.map_err(unwritable(path))?;
                Kind::Npy {
                    output,
                    dimension,
                    rows: 0,
                    path: path.to_owned(),
                }
            }
            Some(OutputFormat::Parquet) => {
                Kind::table(path, Box::new(output), TableFormat::Parquet, columns)?
            }
            Some(OutputFormat::JsonLines) | None => {
                Kind::table(path, Box::new(output), TableFormat::JsonLines, columns)?
            }
        };
        let file = Some(new);
        Ok(Self { file, kind })
    }

    pub(super) fn write(&mut self, row: Row, vector: &[f32]) -> Result<(), ProgramError> {
        match &mut self.kind {
            Kind::Npy {
                output, rows, path, ..
            } => {
                *rows += 1;
                let mut numbers = vector.iter().map(|number| number.to_le_bytes());
                let written = numbers.try_for_each(|bytes| output.write_all(&bytes));
                written.map_err(unwritable(path))
            }
            Kind::Table(writer) => {
                let mut cells = row.cells;
                cells.push(Cell::Vector(vector.to_vec()));
                Ok(writer.write_row(&cells)?)
            }
        }
    }

    /// Puts what was written in its place.
    pub(super) fn keep(self) -> Result<(), ProgramError> {
        match self.kind {
            Kind::Npy {
                mut output,
                dimension,
                rows,
                path,
            } => {
                let header = npy_header(rows, dimension);
                let begun = output.seek(SeekFrom::Start(0));
                let done = begun.and_then(|_| output.write_all(&header));
                let done = done.and_then(|()| output.flush());
                done.map_err(unwritable(&path))?;
            }
            Kind::Table(writer) => drop(writer.finish()?),
        }
        self.file.map_or(Ok(()), NewFile::keep)
    }
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> ProgramError {
    let path = path.to_owned();
    move |source| ProgramError::Unwritable { path, source }
}

/// A name that no column has.
fn free_name(name: &str, columns: &[&str]) -> String {
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    let free = names.find(|name| !columns.contains(&name.as_str()));
    free.unwrap_or_default()
}

/// What an array of so many rows begins with: of one length, whatever their number.
///
/// Source: version 1.0 of the format, `numpy.lib.format`.
fn npy_header(rows: u64, dimension: usize) -> [u8; 128] {
    let mut header = [b' '; 128];
    header[..8].copy_from_slice(b"\x93NUMPY\x01\x00");
    header[8..10].copy_from_slice(&118_u16.to_le_bytes());
    let shape = format!("({rows}, {dimension})");
    let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    header[10..10 + text.len()].copy_from_slice(text.as_bytes());
    header[127] = b'\n';
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_has_one_length() {
        for (rows, dimension) in [(0, 384), (u64::MAX, usize::MAX)] {
            let header = npy_header(rows, dimension);
            let text = String::from_utf8_lossy(&header[10..]);
            assert!(
                text.contains(&format!("({rows}, {dimension}), }}")),
                "{text}"
            );
            assert!(text.ends_with(" \n"), "{text}");
        }
    }

    #[test]
    fn the_ending_says_the_format() {
        let of = |path: &str| OutputFormat::of_path(Path::new(path));
        assert_eq!(of("a.NPY"), Some(OutputFormat::Npy));
        assert_eq!(of("a.parquet"), Some(OutputFormat::Parquet));
        assert_eq!(of("a.json"), Some(OutputFormat::JsonLines));
        assert_eq!(of("a.csv"), None);
        assert!(output_path("a.csv").is_err() && output_path("-").is_ok());
    }

    #[test]
    fn a_column_of_the_input_keeps_its_name() {
        assert_eq!(free_name("embedding", &["text"]), "embedding");
        assert_eq!(
            free_name("embedding", &["embedding", "embedding_2"]),
            "embedding_3"
        );
    }
}
