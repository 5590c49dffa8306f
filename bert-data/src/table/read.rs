//! The files of a split as examples.

use std::path::{Path, PathBuf};

use super::cell::Cell;
use super::columns::{ColumnOptions, ColumnRef, LabelUse, TableColumns};
use super::error::TableError;
use super::label_error::LabelError;
use super::label_kind::{Hint, LabelKind};
use super::label_names::LabelNames;
use super::options::TableOptions;
use super::reader::TableReader;
use crate::example::PairExample;

/// A row whose label means nothing yet.
#[derive(Debug, Clone, PartialEq)]
pub struct RawExample {
    /// The text, or the first of two.
    pub text_a: String,
    /// The second text.
    pub text_b: Option<String>,
    /// The label as the file has it; [`Cell::Missing`] where the table has no labels.
    pub label: Cell,
    /// Which of the table's files it comes from, from 0.
    pub file: usize,
    /// The line in which it begins.
    pub line: usize,
}

/// The rows of one file or several.
#[derive(Debug, Clone)]
pub struct Table {
    files: Vec<PathBuf>,
    rows: Vec<RawExample>,
    /// Name of the label's column.
    label_column: Option<String>,
    /// The same if it stands in a header and was asked for by its number.
    unsure_header: Option<String>,
    label_separator: Option<String>,
    /// The names that the labels' numbers stand for, from 0.
    class_names: Option<Vec<String>>,
}

/// Reads tables one after another, each with the columns of the first. Texts may be empty, and are
/// there in every row.
///
/// # Errors
/// If there is no file; of each file as [`TableReader::open`], [`TableReader`]'s rows and
/// [`TableColumns::resolve`]; if a row has no text.
pub fn read_tables(
    files: &[PathBuf],
    options: &TableOptions,
    columns: &ColumnOptions,
    label_use: LabelUse,
) -> Result<Table, TableError> {
    let mut table = Table {
        files: files.to_vec(),
        rows: Vec::new(),
        label_column: None,
        unsure_header: None,
        label_separator: columns.label_separator.clone(),
        class_names: None,
    };
    let mut wanted = columns.clone();
    let mut label_use = label_use;
    for (index, file) in files.iter().enumerate() {
        let reader = TableReader::open(file, options)?;
        let places = reader.find_columns(&wanted, label_use)?;
        if index == 0 {
            let header = reader.columns();
            let name = |place: usize| header[place].clone();
            table.label_column = places.label.map(name);
            let asked = columns.label_column.as_ref().map(ColumnRef::to_string);
            table.unsure_header = table.label_column.clone().filter(|name| {
                let by_number = asked.is_some_and(|asked| asked != *name);
                by_number && reader.format().delimiter().is_some() && options.has_header
            });
            let label = table.label_column.as_deref();
            let own = label.and_then(|label| reader.class_names(label));
            table.class_names = own.map(<[String]>::to_vec).or(columns.label_names.clone());
            (wanted, label_use) = like_first(header, places, label_use);
        }
        table.append(index, reader, places)?;
    }
    // As `datasets` has the labels of a test split that are not given away.
    let is_hidden =
        table.class_names.is_some() && table.rows.iter().all(|row| row.label == Cell::Missing);
    if is_hidden && label_use == LabelUse::Optional {
        table.label_column = None;
    }
    match files {
        [] => Err(TableError::NoFiles),
        _ => Ok(table),
    }
}

/// What further files must have: the columns that were found in the first. One without a name is
/// known by its number.
fn like_first(
    header: &[String],
    places: TableColumns,
    label_use: LabelUse,
) -> (ColumnOptions, LabelUse) {
    let column = |place: usize| match header[place].as_str() {
        "" => ColumnRef::from((place + 1).to_string().as_str()),
        name => ColumnRef::from(name),
    };
    let wanted = ColumnOptions {
        text_column: Some(column(places.text)),
        text_pair_column: places.text_pair.map(column),
        label_column: places.label.map(column),
        label_separator: None,
        label_names: None,
    };
    match (places.label, label_use) {
        (None, _) => (wanted, LabelUse::Unused),
        (Some(_), label_use) => (wanted, label_use),
    }
}

impl Table {
    fn append(
        &mut self,
        file: usize,
        reader: TableReader,
        places: TableColumns,
    ) -> Result<(), TableError> {
        let header = reader.columns().to_vec();
        for row in reader {
            let mut row = row?;
            let mut take = |place: usize| std::mem::replace(&mut row.cells[place], Cell::Missing);
            let mut text = |place: usize| {
                text_of(take(place)).map_err(|found| TableError::NoText {
                    file: self.files[file].clone(),
                    line: row.line,
                    column: header[place].clone(),
                    found,
                })
            };
            self.rows.push(RawExample {
                text_a: text(places.text)?,
                text_b: places.text_pair.map(text).transpose()?,
                label: match (places.label.map_or(Cell::Missing, take), &self.class_names) {
                    (label, None) => label,
                    (label, Some(names)) => named(label, names),
                },
                file,
                line: row.line,
            });
        }
        Ok(())
    }

    /// The files it was read from.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Its rows, file after file.
    pub fn rows(&self) -> &[RawExample] {
        &self.rows
    }

    /// Whether it has a column of labels.
    pub fn has_labels(&self) -> bool {
        self.label_column.is_some()
    }

    /// What its labels are, if no option says so: lists, or texts with the separator that an option
    /// gives, are several classes; numbers of which one is written with a point or an exponent are
    /// numbers to learn; everything else is one class.
    ///
    /// # Errors
    /// If there is no column of labels, or a label is an object or a list that is written as text.
    pub fn label_kind(&self) -> Result<LabelKind, TableError> {
        self.check_labels()?;
        if self.label_separator.is_some() {
            return Ok(LabelKind::MultiLabel);
        }
        let (mut has_list, mut has_fraction, mut has_name) = (false, false, false);
        for row in &self.rows {
            match LabelKind::hint(&row.label).map_err(|error| self.label_error(row, error))? {
                Hint::List => has_list = true,
                Hint::Fraction => has_fraction = true,
                Hint::Name => has_name = true,
                Hint::Integer | Hint::Nothing => {}
            }
        }
        Ok(match (has_list, has_fraction, has_name) {
            (true, _, _) => LabelKind::MultiLabel,
            (false, true, false) => LabelKind::Regression,
            _ => LabelKind::SingleLabel,
        })
    }

    /// The classes of a training split, in the order of their numbers where the table names them,
    /// else sorted; none of numbers.
    ///
    /// # Errors
    /// If there is no column of labels, a row has no label or one of another kind, or a number to
    /// learn is none; if there is no class at all or, where each row has one, only one; if a label
    /// stands in the header.
    pub fn label_names(&self, kind: LabelKind) -> Result<LabelNames, TableError> {
        self.check_labels()?;
        if let Some(names) = self
            .class_names
            .clone()
            .filter(|_| kind != LabelKind::Regression)
        {
            return LabelNames::new(names).map_err(|error| self.labels_error(error));
        }
        let mut found = Vec::new();
        for row in &self.rows {
            let classes = kind.classes(&row.label, self.label_separator.as_deref());
            found.extend(classes.map_err(|error| self.label_error(row, error))?);
        }
        let names = LabelNames::collect(found).map_err(|error| self.labels_error(error))?;
        match (kind, names.names()) {
            (LabelKind::Regression, _) => return self.check_numbers(names),
            (_, []) => return Err(self.labels_error(LabelError::NoClass)),
            (LabelKind::SingleLabel, [name]) => {
                let name = name.clone();
                return Err(self.labels_error(LabelError::SingleClass { name }));
            }
            _ => {}
        }
        match &self.unsure_header {
            Some(label) if names.class(label).is_some() => Err(TableError::Label {
                file: self.file(0).to_owned(),
                line: 1,
                column: label.clone(),
                source: Box::new(LabelError::InHeader {
                    label: label.clone(),
                }),
            }),
            _ => Ok(names),
        }
    }

    /// Its rows as examples, with labels if it has a column of them.
    ///
    /// # Errors
    /// If a row has no label, one of another kind or one that `names` does not have.
    pub fn examples(
        &self,
        kind: LabelKind,
        names: &LabelNames,
    ) -> Result<Vec<PairExample>, TableError> {
        let separator = self.label_separator.as_deref();
        let label = |row: &RawExample| {
            let label = kind.label(&row.label, separator, names);
            label.map_err(|error| self.label_error(row, error))
        };
        let rows = self.rows.iter().enumerate();
        rows.map(|(id, row)| {
            Ok(PairExample {
                id,
                text_a: row.text_a.clone(),
                text_b: row.text_b.clone(),
                label: match self.has_labels() {
                    true => Some(label(row)?),
                    false => None,
                },
            })
        })
        .collect()
    }

    /// Fails if a number to learn is none.
    fn check_numbers(&self, names: LabelNames) -> Result<LabelNames, TableError> {
        for row in &self.rows {
            let label = LabelKind::Regression.label(&row.label, None, &names);
            label.map_err(|error| self.label_error(row, error))?;
        }
        Ok(names)
    }

    fn check_labels(&self) -> Result<(), TableError> {
        match self.has_labels() {
            true => Ok(()),
            false => Err(self.labels_error(LabelError::NoColumn)),
        }
    }

    fn file(&self, index: usize) -> &Path {
        self.files.get(index).map_or(Path::new(""), |file| file)
    }

    fn label_error(&self, row: &RawExample, source: LabelError) -> TableError {
        TableError::Label {
            file: self.file(row.file).to_owned(),
            line: row.line,
            column: self.label_column.clone().unwrap_or_default(),
            source: Box::new(source),
        }
    }

    fn labels_error(&self, source: LabelError) -> TableError {
        TableError::Labels {
            file: self.file(0).to_owned(),
            source: Box::new(source),
        }
    }
}

/// A label by the name that its number stands for; -1 stands for none.
fn named(label: Cell, names: &[String]) -> Cell {
    match label {
        Cell::Number { text, .. } if text == "-1" => Cell::Missing,
        Cell::Number { ref text, .. } => {
            let name = text.parse().ok().and_then(|class: usize| names.get(class));
            name.map_or(label, |name| name.as_str().into())
        }
        Cell::List(labels) => Cell::List(
            labels
                .into_iter()
                .map(|label| named(label, names))
                .collect(),
        ),
        label => label,
    }
}

/// A text, or a number as it is written.
fn text_of(cell: Cell) -> Result<String, &'static str> {
    match cell {
        Cell::Text(text) | Cell::Number { text, .. } => Ok(text),
        _ => Err(cell.kind()),
    }
}

#[cfg(test)]
mod tests;
