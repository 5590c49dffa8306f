//! A task's files as examples.

use std::path::Path;

use super::error::DataError;
use super::layout::{Header, Layout};
use super::spec::TaskSpec;
use super::{GlueRead, GlueTask, ShortRows, Split};
use crate::error::LineLooks;
use crate::example::PairExample;
use crate::label::Label;
use crate::table::{Cell, TableFormat, TableOptions, TableReader, TableRow};

/// Reads one split of a task from the folder that holds its files, short rows as
/// [`ShortRows::of`] the task.
///
/// # Errors
/// If the task has no such split, the folder or the file is missing, and as [`read_file`].
pub fn read_split(
    task: GlueTask,
    dir: impl AsRef<Path>,
    split: Split,
) -> Result<Vec<PairExample>, DataError> {
    read_split_with(task, dir, split, ShortRows::of(task)).map(|read| read.examples)
}

/// The same with a choice about short rows, and the lines of those that were left out.
///
/// # Errors
/// As [`read_split`].
pub fn read_split_with(
    task: GlueTask,
    dir: impl AsRef<Path>,
    split: Split,
    short_rows: ShortRows,
) -> Result<GlueRead, DataError> {
    let dir = dir.as_ref();
    let Some(name) = task.file_name(split) else {
        return Err(DataError::NoSplit {
            task: task.name(),
            split: split.name(),
            splits: joined(task.splits().iter().map(|split| split.name())),
        });
    };
    if !dir.is_dir() {
        let files = task.splits().iter();
        let files = files.filter_map(|&split| task.file_name(split));
        return Err(DataError::MissingFolder {
            dir: dir.to_owned(),
            expected: joined(files),
        });
    }
    let file = dir.join(name);
    if !file.exists() {
        return Err(DataError::MissingFile {
            file,
            task: task.name(),
            split: split.name(),
        });
    }
    read_file_with(task, file, short_rows)
}

fn joined<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// Reads a file in one of a task's layouts, which its first line tells.
///
/// Columns are separated by tabs and quotes have no meaning. A byte-order mark, CRLF and blank
/// lines at the end are tolerated. A file in the layout of GLUE's own test files, whose header
/// begins with `index` (of QQP `id`), has no labels.
///
/// # Errors
/// If the file cannot be read, is empty, is not UTF-8 or has no example or, where the layout has
/// one, no header; if a line has too many columns, too few where [`ShortRows::of`] the task does not
/// leave it out, or a label that the task does not have.
pub fn read_file(task: GlueTask, path: impl AsRef<Path>) -> Result<Vec<PairExample>, DataError> {
    read_file_with(task, path, ShortRows::of(task)).map(|read| read.examples)
}

/// The same with a choice about short rows, and the lines of those that were left out.
///
/// # Errors
/// As [`read_file`]; if every row is short, whatever the choice, for the first.
pub fn read_file_with(
    task: GlueTask,
    path: impl AsRef<Path>,
    short_rows: ShortRows,
) -> Result<GlueRead, DataError> {
    let file = path.as_ref();
    let spec = task.spec();
    // The header is the layout's to judge: a table would take any line for one.
    let options = TableOptions {
        format: Some(TableFormat::Tsv),
        has_header: false,
        ..TableOptions::default()
    };
    let mut layout = None;
    let mut examples = Vec::new();
    let mut rows = TableReader::open(file, &options).map_err(DataError::of_table)?;
    while let Some(row) = rows.next() {
        let TableRow { line, cells } = row.map_err(DataError::of_table)?;
        let fields: Vec<&str> = cells.iter().filter_map(Cell::as_text).collect();
        let row = Row { file, line, fields };
        let layout = match layout {
            Some(layout) => layout,
            None => {
                let first = row.layout(spec)?;
                layout = Some(first);
                if short_rows == ShortRows::Skip && first.label.is_some() {
                    rows.skip_short_rows();
                }
                if !matches!(first.header, Header::Absent) {
                    continue;
                }
                first
            }
        };
        examples.push(row.example(spec, layout, examples.len())?);
    }
    let skipped = rows.skipped().to_vec();
    match (examples.is_empty(), skipped.is_empty()) {
        (false, _) => Ok(GlueRead { examples, skipped }),
        // The columns are wrong, and not some of the rows.
        (true, false) => read_file_with(task, file, ShortRows::Refuse),
        (true, true) => Err(DataError::HeaderOnly {
            file: file.to_owned(),
        }),
    }
}

/// A line of a file; its fields are as many as those of the first.
struct Row<'a> {
    file: &'a Path,
    line: usize,
    fields: Vec<&'a str>,
}

impl Row<'_> {
    /// The layout that this, the first line, shows.
    fn layout(&self, spec: &'static TaskSpec) -> Result<&'static Layout, DataError> {
        let first = &self.fields;
        let layout = Layout::of(spec.layouts, first).ok_or_else(|| DataError::Columns {
            file: self.file.to_owned(),
            line: self.line,
            found: first.len(),
            expected: Layout::widths(spec.layouts),
            looks: LineLooks::of(&first.join("\t"), spec.layouts[0].columns),
        })?;
        match (&layout.header, layout.label) {
            (Header::Present, Some(column)) if spec.label(first[column]).is_some() => {
                Err(DataError::MissingHeader {
                    file: self.file.to_owned(),
                    column: column + 1,
                    value: first[column].to_owned(),
                })
            }
            (Header::Begins(name), _) if *name != first[0] => Err(DataError::HeaderName {
                file: self.file.to_owned(),
                value: first[0].to_owned(),
                expected: name,
            }),
            _ => Ok(layout),
        }
    }

    fn example(
        &self,
        spec: &TaskSpec,
        layout: &Layout,
        id: usize,
    ) -> Result<PairExample, DataError> {
        let text = |column: usize| self.fields[column].to_owned();
        let label = layout.label.map(|column| self.label(spec, column));
        Ok(PairExample {
            id,
            text_a: text(layout.text_a),
            text_b: layout.text_b.map(text),
            label: label.transpose()?,
        })
    }

    fn label(&self, spec: &TaskSpec, column: usize) -> Result<Label, DataError> {
        let value = self.fields[column];
        spec.label(value).ok_or_else(|| DataError::UnknownLabel {
            file: self.file.to_owned(),
            line: self.line,
            column: column + 1,
            value: value.to_owned(),
            allowed: spec.allowed(),
        })
    }
}

#[cfg(test)]
mod tests;
