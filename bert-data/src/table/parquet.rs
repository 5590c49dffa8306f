//! The rows of Parquet, as far as they are texts, numbers, truth values and lists of them.
//!
//! Columns of other types, such as dates, pictures and structures, are not read: their cells say of
//! what type they are.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::PathBuf;

use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::record::Field;
use parquet::schema::types::Type;

use super::cell::{Cell, TableRow};
use super::columns;
use super::error::TableError;
use super::format::TableFormat;
use super::rows::Rows;
use crate::parquet_file::{self, MAGIC, ParquetFile};

pub(super) struct ParquetRows {
    file: PathBuf,
    rows: parquet_file::ParquetRows,
    columns: Vec<Column>,
    names: Vec<String>,
    class_names: BTreeMap<String, Vec<String>>,
}

/// How a column is given.
enum Column {
    Read,
    /// Not at all: its type.
    Unread(String),
}

impl ParquetRows {
    pub fn open(file: PathBuf, mut opened: File) -> Result<Self, TableError> {
        let mut head = Vec::new();
        let read = (&mut opened).take(512).read_to_end(&mut head);
        read.and_then(|_| opened.rewind())
            .map_err(|source| TableError::Io {
                file: file.clone(),
                source,
            })?;
        TableFormat::Parquet.check_head(&file, &head)?;
        let fault = |message: String| TableError::Parquet {
            file: file.clone(),
            message: message.into(),
        };
        if head.is_empty() {
            return Err(TableError::Empty { file });
        }
        if !head.starts_with(MAGIC) {
            return Err(fault("not a Parquet file".to_owned()));
        }
        let parquet = ParquetFile::open(opened).map_err(&fault)?;
        let fields = parquet.columns();
        let names: Vec<String> = fields.iter().map(|field| field.name().to_owned()).collect();
        columns::check_names(&names).map_err(|source| TableError::Columns {
            file: file.clone(),
            source: Box::new(source),
        })?;
        let columns: Vec<Column> = fields.iter().map(|field| column(field)).collect();
        let read = fields.into_iter().zip(&columns);
        let read = read.filter_map(|(field, column)| match column {
            Column::Read => Some(field),
            Column::Unread(_) => None,
        });
        let read: Vec<_> = read.collect();
        if read.is_empty() {
            return Err(fault("no column of texts, numbers or lists".to_owned()));
        }
        Ok(Self {
            class_names: parquet.class_names(),
            rows: parquet.rows(read).map_err(&fault)?,
            columns,
            names,
            file,
        })
    }

    /// Names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.names
    }
}

impl Rows for ParquetRows {
    fn class_names(&self, column: &str) -> Option<&[String]> {
        self.class_names.get(column).map(Vec::as_slice)
    }

    fn next_row(&mut self) -> Result<Option<TableRow>, TableError> {
        let fields = self.rows.next().map_err(|message| TableError::Parquet {
            file: self.file.clone(),
            message: message.into(),
        })?;
        let Some(fields) = fields else {
            return Ok(None);
        };
        let mut fields = fields.into_iter();
        let cells = self.columns.iter().map(|column| match column {
            Column::Read => fields.next().map_or(Cell::Missing, cell),
            Column::Unread(of) => Cell::Nested(of.clone()),
        });
        Ok(Some(TableRow {
            line: self.rows.number(),
            cells: cells.collect(),
        }))
    }
}

fn column(field: &Type) -> Column {
    let is_single = |field: &Type| {
        let info = field.get_basic_info();
        info.has_repetition() && info.repetition() != Repetition::REPEATED
    };
    match is_single(field) && (is_scalar(field) || is_list(field)) {
        true => Column::Read,
        false if field.is_primitive() => Column::Unread(field.get_physical_type().to_string()),
        false => Column::Unread("a structure".to_owned()),
    }
}

fn is_scalar(field: &Type) -> bool {
    if !field.is_primitive() {
        return false;
    }
    let info = field.get_basic_info();
    use ConvertedType as Of;
    match field.get_physical_type() {
        Physical::BOOLEAN | Physical::FLOAT | Physical::DOUBLE => true,
        Physical::INT32 | Physical::INT64 => match info.logical_type_ref() {
            None | Some(LogicalType::Integer { .. }) => matches!(
                info.converted_type(),
                Of::NONE
                    | Of::INT_8
                    | Of::INT_16
                    | Of::INT_32
                    | Of::INT_64
                    | Of::UINT_8
                    | Of::UINT_16
                    | Of::UINT_32
                    | Of::UINT_64
            ),
            _ => false,
        },
        Physical::BYTE_ARRAY => matches!(
            info.converted_type(),
            Of::UTF8 | Of::ENUM | Of::JSON | Of::NONE
        ),
        Physical::INT96 | Physical::FIXED_LEN_BYTE_ARRAY => false,
    }
}

/// Whether a field is a list as the format's description has it, of scalars.
fn is_list(field: &Type) -> bool {
    if field.is_primitive() || field.get_basic_info().converted_type() != ConvertedType::LIST {
        return false;
    }
    let [repeated] = field.get_fields() else {
        return false;
    };
    if repeated.is_primitive() || repeated.get_basic_info().repetition() != Repetition::REPEATED {
        return false;
    }
    matches!(repeated.get_fields(), [element] if is_scalar(element)
        && element.get_basic_info().repetition() != Repetition::REPEATED)
}

fn cell(field: Field) -> Cell {
    match field {
        Field::Null => Cell::Missing,
        Field::Bool(value) => value.into(),
        Field::Byte(value) => i64::from(value).into(),
        Field::Short(value) => i64::from(value).into(),
        Field::Int(value) => i64::from(value).into(),
        Field::Long(value) => value.into(),
        Field::UByte(value) => i64::from(value).into(),
        Field::UShort(value) => i64::from(value).into(),
        Field::UInt(value) => i64::from(value).into(),
        Field::ULong(value) => value.into(),
        Field::Float(value) => value.into(),
        Field::Double(value) => value.into(),
        Field::Str(value) => value.into(),
        // Some programs write texts without saying that they are.
        Field::Bytes(value) => match std::str::from_utf8(value.data()) {
            Ok(text) => text.into(),
            Err(_) => Cell::Nested("bytes".to_owned()),
        },
        Field::ListInternal(list) => {
            Cell::List(list.elements().iter().cloned().map(cell).collect())
        }
        _ => Cell::Nested("a structure".to_owned()),
    }
}

#[cfg(test)]
mod tests;
