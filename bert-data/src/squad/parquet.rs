//! The rows of Parquet as the elements that JSON lines would have.
//!
//! Each row is a question with its context beside it, in the columns that Hugging Face's `datasets`
//! write. Its values become JSON's, so that the same shapes are taken and the same faults told.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use parquet::record::Field;
use serde_json::{Map, Value};
use serde_path_to_error::Segment;

use super::SquadError;
use super::file::{Root, key_path};
use super::json::Element;
use crate::foreign::Foreign;
use crate::parquet_file::{MAGIC, ParquetFile, ParquetRows};

/// The columns that must be there.
const REQUIRED: [&str; 3] = ["id", "context", "question"];
/// Those that may be.
const OPTIONAL: [&str; 3] = ["title", "answers", "is_impossible"];

/// The elements of a file.
pub(super) fn read(path: &Path) -> Result<Vec<(Root, Element)>, SquadError> {
    let file = || path.to_owned();
    let fault = |message: String| SquadError::Parquet {
        file: file(),
        message: message.into(),
    };
    let (names, mut rows) = open(path)?;
    let mut elements = Vec::new();
    while let Some(fields) = rows.next().map_err(fault)? {
        let element = element(&names, fields).map_err(|fault| SquadError::Row {
            file: file(),
            row: rows.number(),
            key: fault.key.into(),
            id: fault.id.map(Into::into),
            message: fault.message.into(),
        })?;
        let number = u32::try_from(rows.number()).unwrap_or(u32::MAX);
        elements.push((Root::Row(number), element));
    }
    Ok(elements)
}

/// The columns that are read, by name, and the rows of them.
fn open(path: &Path) -> Result<(Vec<String>, ParquetRows), SquadError> {
    let file = || path.to_owned();
    let io_error = |source| SquadError::Io {
        file: file(),
        source,
    };
    let fault = |message: String| SquadError::Parquet {
        file: file(),
        message: message.into(),
    };
    let mut opened = File::open(path).map_err(io_error)?;
    let mut head = Vec::new();
    let read = (&mut opened).take(512).read_to_end(&mut head);
    read.and_then(|_| opened.rewind()).map_err(io_error)?;
    if head.is_empty() {
        return Err(SquadError::Empty { file: file() });
    }
    if !head.starts_with(MAGIC) {
        return Err(fault(match Foreign::of(&head) {
            Some(what) => format!("not a Parquet file: it is {what}"),
            None => "not a Parquet file; if it is JSON, name it so (.json)".to_owned(),
        }));
    }
    let parquet = ParquetFile::open(opened).map_err(fault)?;
    let columns = parquet.columns();
    let names = columns.iter().map(|column| column.name().to_owned());
    let names: Vec<String> = names.collect();
    for column in REQUIRED {
        if !names.iter().any(|name| name == column) {
            return Err(SquadError::NoColumn {
                file: file(),
                column,
                columns: names,
            });
        }
    }
    let is_read = |name: &str| REQUIRED.contains(&name) || OPTIONAL.contains(&name);
    let columns: Vec<_> = columns
        .into_iter()
        .filter(|column| is_read(column.name()))
        .collect();
    let names = names.into_iter().filter(|name| is_read(name)).collect();
    Ok((names, parquet.rows(columns).map_err(fault)?))
}

/// What is wrong with a row, and where in it.
struct RowFault {
    key: String,
    id: Option<String>,
    message: String,
}

fn element(names: &[String], fields: Vec<Field>) -> Result<Element, RowFault> {
    let mut row = Map::new();
    let mut fault = None;
    for (name, field) in names.iter().zip(fields) {
        let is_missing = matches!(field, Field::Null) && REQUIRED.contains(&name.as_str());
        let value = match value(field) {
            _ if is_missing => Err("nothing is there, and something must be".to_owned()),
            value => value,
        };
        match value {
            Ok(value) => drop(row.insert(name.clone(), value)),
            Err(message) => fault = fault.or(Some((name.clone(), message))),
        }
    }
    let id = row.get("id").map(|id| match id {
        Value::String(id) => id.clone(),
        id => id.to_string(),
    });
    if let Some((key, message)) = fault {
        return Err(RowFault { key, id, message });
    }
    serde_path_to_error::deserialize(Value::Object(row)).map_err(|fault| {
        let key: Vec<Segment> = fault.path().iter().cloned().collect();
        RowFault {
            key: key_path(&key),
            id,
            message: fault.into_inner().to_string(),
        }
    })
}

/// A value as JSON has it.
fn value(field: Field) -> Result<Value, String> {
    Ok(match field {
        Field::Null => Value::Null,
        Field::Bool(value) => value.into(),
        Field::Byte(value) => value.into(),
        Field::Short(value) => value.into(),
        Field::Int(value) => value.into(),
        Field::Long(value) => value.into(),
        Field::UByte(value) => value.into(),
        Field::UShort(value) => value.into(),
        Field::UInt(value) => value.into(),
        Field::ULong(value) => value.into(),
        Field::Float(value) => value.into(),
        Field::Double(value) => value.into(),
        Field::Str(value) => value.into(),
        // Some programs write texts without saying that they are.
        Field::Bytes(value) => match std::str::from_utf8(value.data()) {
            Ok(text) => text.into(),
            Err(_) => return Err("bytes that are no text in UTF-8".to_owned()),
        },
        Field::ListInternal(list) => {
            let values = list.elements().iter().cloned().map(value);
            values.collect::<Result<Vec<Value>, _>>()?.into()
        }
        Field::Group(group) => {
            let fields = group.into_columns().into_iter();
            let fields = fields.map(|(name, field)| Ok((name, value(field)?)));
            fields.collect::<Result<Map<_, _>, String>>()?.into()
        }
        other => return Err(format!("a value that is not read: {other}")),
    })
}

#[cfg(test)]
mod tests;
