//! The rows of JSON lines: one object a line.

use std::collections::{HashMap, HashSet};
use std::fmt::{self, Write as _};

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::cell::{Cell, TableRow};
use super::error::TableError;
use super::lines::Lines;
use super::rows::Rows;

pub(super) struct JsonLinesRows {
    lines: Lines,
    /// Names of the columns, and their places.
    columns: Vec<String>,
    places: HashMap<String, usize>,
    /// The first row, which has named the columns.
    first: Option<TableRow>,
}

impl JsonLinesRows {
    /// Reads the first object: its keys are the columns.
    pub fn open(lines: Lines) -> Result<Self, TableError> {
        let mut rows = Self {
            lines,
            columns: Vec::new(),
            places: HashMap::new(),
            first: None,
        };
        let Some(line) = rows.next_line()? else {
            return Ok(rows);
        };
        let fields = rows.parse(&line)?;
        if fields.0.is_empty() {
            return Err(rows.fault(1, "the first object names the columns, and it has no keys"));
        }
        rows.columns = fields.0.iter().map(|(key, _)| key.clone()).collect();
        rows.places = rows.columns.iter().cloned().zip(0..).collect();
        rows.first = Some(rows.row(fields)?);
        Ok(rows)
    }

    /// Names of the columns; none if there is no row.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The next line that is not blank.
    fn next_line(&mut self) -> Result<Option<String>, TableError> {
        while let Some(line) = self.lines.next()? {
            if !line.trim_ascii().is_empty() {
                return Ok(Some(line.to_owned()));
            }
        }
        Ok(None)
    }

    fn parse<'a>(&self, line: &'a str) -> Result<Fields<'a>, TableError> {
        serde_json::from_str(line).map_err(|error| {
            let column = error.column().max(1);
            match line.trim_ascii_start().as_bytes().first() {
                Some(b'[') => self.fault(
                    1,
                    "a list, and each line should be one object; write a list's objects one a \
                     line, for example with jq -c '.[]'",
                ),
                Some(b'{') if error.is_eof() => self.fault(
                    column,
                    "the object does not end in its line; write each object in one line, for \
                     example with jq -c .",
                ),
                Some(b'{') => self.fault(column, &reason(&error)),
                _ => self.fault(
                    1,
                    "not a JSON object; if the file is a table of another kind, give `format`",
                ),
            }
        })
    }

    fn row(&self, fields: Fields<'_>) -> Result<TableRow, TableError> {
        let mut cells = vec![Cell::Missing; self.columns.len()];
        for (key, value) in fields.0 {
            if let Some(&place) = self.places.get(&key) {
                cells[place] = cell(value).map_err(|error| self.fault(1, &reason(&error)))?;
            }
        }
        let line = self.lines.number();
        Ok(TableRow { line, cells })
    }

    fn fault(&self, column: usize, message: &str) -> TableError {
        TableError::Json {
            file: self.lines.file().to_owned(),
            line: self.lines.number(),
            column,
            message: message.into(),
        }
    }
}

impl Rows for JsonLinesRows {
    fn next_row(&mut self) -> Result<Option<TableRow>, TableError> {
        if let Some(row) = self.first.take() {
            return Ok(Some(row));
        }
        match self.next_line()? {
            Some(line) => self.row(self.parse(&line)?).map(Some),
            None => Ok(None),
        }
    }

    fn add_columns(&mut self, names: &[&str]) -> Vec<usize> {
        let places = self.columns.len()..self.columns.len() + names.len();
        self.columns
            .extend(names.iter().map(|&name| name.to_owned()));
        self.places = self.columns.iter().cloned().zip(0..).collect();
        if let Some(first) = &mut self.first {
            first.cells.resize(self.columns.len(), Cell::Missing);
        }
        places.collect()
    }
}

/// What the parser says, without the place that it repeats at the end.
pub(crate) fn reason(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    message.strip_suffix(&place).unwrap_or(&message).to_owned()
}

fn cell(value: &RawValue) -> Result<Cell, serde_json::Error> {
    Ok(match value.get().as_bytes().first() {
        Some(b'[') => {
            let values: Vec<&RawValue> = serde_json::from_str(value.get())?;
            let nested = |value: &&RawValue| value.get().starts_with(['[', '{']);
            if values.iter().any(nested) {
                return Ok(Cell::Nested(value.get().to_owned()));
            }
            let cells: Result<Vec<Cell>, _> = values.into_iter().map(scalar).collect();
            Cell::List(cells?)
        }
        Some(b'{') => Cell::Nested(value.get().to_owned()),
        _ => scalar(value)?,
    })
}

fn scalar(value: &RawValue) -> Result<Cell, serde_json::Error> {
    let text = value.get();
    Ok(match text {
        "null" => Cell::Missing,
        "true" => Cell::Boolean(true),
        "false" => Cell::Boolean(false),
        _ if text.starts_with('"') => Cell::Text(serde_json::from_str(text)?),
        _ => Cell::Number {
            text: text.to_owned(),
            value: serde_json::from_str(text)?,
            is_integer: !text.contains(['.', 'e', 'E']),
        },
    })
}

/// The values of a list that is written as JSON; lists in it are lists.
pub(crate) fn list_of_json(json: &str) -> Option<Vec<Cell>> {
    let values: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    values.into_iter().map(|value| cell(value).ok()).collect()
}

/// The keys of an object and their values, as they are written.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut keys = HashSet::new();
        let mut fields = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if !keys.insert(key.clone()) {
                return Err(de::Error::custom(format_args!(
                    "the key {key:?} comes twice in the object"
                )));
            }
            fields.push((key, map.next_value()?));
        }
        Ok(Fields(fields))
    }
}

/// A cell as JSON; `None` of a number that JSON does not have.
pub(super) fn to_json(cell: &Cell) -> Option<String> {
    Some(match cell {
        Cell::Missing => "null".to_owned(),
        Cell::Boolean(value) => value.to_string(),
        Cell::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
        Cell::Number { text, value, .. } => {
            match serde_json::from_str::<serde_json::Number>(text) {
                Ok(_) => text.clone(),
                Err(_) => serde_json::Number::from_f64(*value)?.to_string(),
            }
        }
        Cell::List(cells) => {
            let values: Option<Vec<String>> = cells.iter().map(to_json).collect();
            format!("[{}]", values?.join(", "))
        }
        Cell::Vector(values) => {
            let mut list = String::with_capacity(12 * values.len() + 2);
            list.push('[');
            for (place, value) in values.iter().enumerate() {
                if !value.is_finite() {
                    return None;
                }
                list.push_str(if place > 0 { ", " } else { "" });
                let _ = write!(list, "{value:?}");
            }
            list.push(']');
            list
        }
        Cell::Nested(json) => json.clone(),
    })
}
