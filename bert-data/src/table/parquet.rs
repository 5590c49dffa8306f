//! The rows of Parquet, as far as they are texts, numbers, truth values and lists of them.
//!
//! Columns of other types, such as dates, pictures and structures, are not read: their cells say of
//! what type they are. The library panics on some broken files; that is caught here.

use std::fs::File;
use std::io::{Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::record::reader::{ReaderIter, TreeBuilder};
use parquet::schema::types::{SchemaDescPtr, SchemaDescriptor, Type};

use super::cell::{Cell, TableRow};
use super::columns;
use super::error::TableError;
use super::format::TableFormat;
use super::rows::Rows;

pub(super) struct ParquetRows {
    file: PathBuf,
    reader: SerializedFileReader<File>,
    columns: Vec<Column>,
    names: Vec<String>,
    /// The schema of the columns that are read.
    schema: SchemaDescPtr,
    /// The next row group, and the rows of the present one.
    group: usize,
    rows: Option<ReaderIter>,
    /// Number of the row that was read last.
    row: usize,
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
        if !head.starts_with(b"PAR1") {
            return Err(fault("not a Parquet file".to_owned()));
        }
        let reader = guard(|| SerializedFileReader::new(opened)).map_err(&fault)?;
        let root = reader.metadata().file_metadata().schema_descr();
        let fields = root.root_schema().get_fields().to_vec();
        let names: Vec<String> = fields.iter().map(|field| field.name().to_owned()).collect();
        columns::check_names(&names).map_err(|source| TableError::Columns {
            file: file.clone(),
            source: Box::new(source),
        })?;
        let columns: Vec<Column> = fields.iter().map(|field| column(field)).collect();
        let is_read = columns.iter().map(|column| matches!(column, Column::Read));
        let read: Vec<_> = fields.into_iter().zip(is_read).collect();
        let read = read
            .into_iter()
            .filter_map(|(field, is)| is.then_some(field));
        let read = read.collect::<Vec<_>>();
        if read.is_empty() {
            return Err(fault("no column of texts, numbers or lists".to_owned()));
        }
        check_codecs(&reader).map_err(&fault)?;
        let schema = guard(|| {
            let schema = Type::group_type_builder("schema").with_fields(read);
            Ok(Arc::new(SchemaDescriptor::new(Arc::new(schema.build()?))))
        });
        Ok(Self {
            schema: schema.map_err(&fault)?,
            reader,
            columns,
            names,
            group: 0,
            rows: None,
            row: 0,
            file,
        })
    }

    /// Names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.names
    }

    /// The fields of the next row that are read.
    fn fields(&mut self) -> Result<Option<Vec<Field>>, ParquetError> {
        loop {
            if let Some(row) = self.rows.as_mut().and_then(Iterator::next) {
                let fields = row?.into_columns().into_iter();
                return Ok(Some(fields.map(|(_, field)| field).collect()));
            }
            if self.group == self.reader.num_row_groups() {
                return Ok(None);
            }
            let group = self.reader.get_row_group(self.group)?;
            if group.metadata().num_rows() < 0 {
                let message = "a row group has a negative number of rows";
                return Err(ParquetError::General(message.to_owned()));
            }
            self.group += 1;
            self.rows = Some(TreeBuilder::new().as_iter(self.schema.clone(), group.as_ref())?);
        }
    }
}

impl Rows for ParquetRows {
    fn next_row(&mut self) -> Result<Option<TableRow>, TableError> {
        let fields = guard(|| self.fields()).map_err(|message| TableError::Parquet {
            file: self.file.clone(),
            message: format!("after row {}: {message}", self.row).into(),
        })?;
        let Some(fields) = fields else {
            return Ok(None);
        };
        self.row += 1;
        let mut fields = fields.into_iter();
        let cells = self.columns.iter().map(|column| match column {
            Column::Read => fields.next().map_or(Cell::Missing, cell),
            Column::Unread(of) => Cell::Nested(of.clone()),
        });
        Ok(Some(TableRow {
            line: self.row,
            cells: cells.collect(),
        }))
    }
}

/// Runs what may panic on a broken file. What it leaves half done is not used again: after an error
/// comes nothing more.
fn guard<T>(read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(format!("a broken Parquet file ({error})")),
        Err(_) => Err("a broken Parquet file".to_owned()),
    }
}

/// Fails if a column is packed in a way that is not built.
fn check_codecs(reader: &SerializedFileReader<File>) -> Result<(), String> {
    let groups = reader.metadata().row_groups();
    for chunk in groups.iter().flat_map(|group| group.columns()) {
        match chunk.compression() {
            Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::ZSTD(_) => {}
            codec => {
                // Without its level.
                let codec = codec.to_string();
                let codec = codec.split('(').next().unwrap_or(&codec);
                return Err(format!(
                    "column {} is packed with {codec}, which is not read; write the file with \
                     snappy or zstd",
                    chunk.column_path()
                ));
            }
        }
    }
    Ok(())
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
