//! What a table has in a row.

/// One row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRow {
    /// The line in which the row begins, from 1; of Parquet the number of the row.
    pub line: usize,
    /// As many as the table has columns.
    pub cells: Vec<Cell>,
}

/// One value. CSV and TSV have texts only.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Cell {
    /// Nothing: null, or a JSON object without the key.
    Missing,
    /// A text, which may be empty.
    Text(String),
    /// A number of JSON or Parquet.
    Number {
        /// As it is written; of Parquet the shortest way to write it.
        text: String,
        /// Its value.
        value: f64,
        /// Whether it is written without a point and an exponent; of Parquet, whether its column
        /// is of integers.
        is_integer: bool,
    },
    /// True or false.
    Boolean(bool),
    /// A list of texts, numbers and booleans.
    List(Vec<Cell>),
    /// A list of numbers of one size, such as what stands for a text. It is written; what is read is
    /// a [`List`](Self::List).
    Vector(Vec<f32>),
    /// An object, or a list in a list, as JSON; of Parquet, the name of a type that is none of these.
    Nested(String),
}

impl Cell {
    /// What kind of value it is, in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Missing => "nothing",
            Self::Text(_) => "a text",
            Self::Number { .. } => "a number",
            Self::Boolean(_) => "a boolean",
            Self::List(_) | Self::Vector(_) => "a list",
            Self::Nested(_) => "neither a text, a number nor a list of them",
        }
    }

    /// One value as text, as CSV has it; of nothing, lists and objects `None`.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number { text, .. } => Some(text),
            Self::Boolean(true) => Some("true"),
            Self::Boolean(false) => Some("false"),
            Self::Missing | Self::List(_) | Self::Vector(_) | Self::Nested(_) => None,
        }
    }

    /// Whether there is nothing: no value, or an empty text.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Missing => true,
            Self::Text(text) => text.is_empty(),
            _ => false,
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Number {
            text: value.to_string(),
            value: value as f64,
            is_integer: true,
        }
    }
}

impl From<u64> for Cell {
    fn from(value: u64) -> Self {
        Self::Number {
            text: value.to_string(),
            value: value as f64,
            is_integer: true,
        }
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Number {
            // Not `{}`, which writes 1e300 with three hundred zeros and 1.0 as an integer.
            text: format!("{value:?}"),
            value,
            is_integer: false,
        }
    }
}

impl From<f32> for Cell {
    fn from(value: f32) -> Self {
        Self::Number {
            text: format!("{value:?}"),
            value: f64::from(value),
            is_integer: false,
        }
    }
}

impl<T: Into<Cell>> From<Vec<T>> for Cell {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}
