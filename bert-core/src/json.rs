//! Files of JSON, read so that a fault has a place: the file, the line, the key.

use std::fmt;
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::foreign::Foreign;

/// What is wrong with a file that should be JSON. Displayed so that it follows the path.
#[derive(Debug)]
pub struct JsonFault {
    /// From 1; 0 where the file is not JSON at all.
    pub line: usize,
    /// From 1; 0 where the file is not JSON at all.
    pub column: usize,
    /// The key, with those that it is in; empty where the fault is in none.
    pub key: String,
    /// What is wrong there.
    pub reason: String,
}

impl JsonFault {
    fn of_whole(reason: String) -> Self {
        Self {
            line: 0,
            column: 0,
            key: String::new(),
            reason,
        }
    }

    fn new(key: &str, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let reason = error.to_string();
        // The place is told once.
        let place = format!(" at line {line} column {column}");
        Self {
            line,
            column,
            key: Some(key)
                .filter(|key| *key != ".")
                .unwrap_or_default()
                .to_owned(),
            reason: reason.strip_suffix(&place).unwrap_or(&reason).to_owned(),
        }
    }
}

impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}, column {}: ", self.line, self.column)?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.reason)
    }
}

/// Why a file could not be read as JSON.
#[derive(Debug)]
pub enum JsonError {
    /// The system gives no bytes.
    Io(std::io::Error),
    /// The bytes are not what was expected.
    Fault(JsonFault),
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

/// The content of the JSON file at `path`. A byte-order mark before it is left out, and of keys
/// that are written twice the last counts, as in Python.
///
/// # Errors
/// When the file cannot be read, or its content is no such value.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T, JsonError> {
    let bytes = std::fs::read(path).map_err(JsonError::Io)?;
    parse(&bytes).map_err(JsonError::Fault)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonFault> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let parsed = match std::str::from_utf8(text) {
        Ok(text) => from_text(text),
        Err(error) => {
            let at = error.valid_up_to() + bytes.len() - text.len();
            Err(JsonFault::of_whole(format!("it is not UTF-8 at byte {at}")))
        }
    };
    // Only what cannot be read is looked at again: nothing that can is of another kind.
    parsed.map_err(|fault| match Foreign::of(bytes) {
        Some(kind) => JsonFault::of_whole(format!("it is {kind}")),
        None => fault,
    })
}

fn from_text<T: DeserializeOwned>(text: &str) -> Result<T, JsonFault> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let typed = serde_path_to_error::deserialize(&mut deserializer);
    let fault = match typed {
        Ok(value) => match deserializer.end() {
            Ok(()) => return Ok(value),
            Err(error) => JsonFault::new(".", &error),
        },
        Err(error) => JsonFault::new(&error.path().to_string(), error.inner()),
    };
    // A key that is there twice is a fault to a struct and none to a map.
    let value = serde_json::from_str(text).and_then(serde_json::from_value::<T>);
    value.map_err(|_| fault)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Sizes {
        width: usize,
        labels: std::collections::BTreeMap<String, usize>,
    }

    fn fault(bytes: &[u8]) -> String {
        parse::<Sizes>(bytes).unwrap_err().to_string()
    }

    #[test]
    fn a_fault_has_its_line_and_its_key() {
        let text = b"{\n  \"width\": 3,\n  \"labels\": {\"a\": 1, \"b\": \"two\"}\n}";
        let expected = "line 3, column 31: labels.b: invalid type: string \"two\", expected usize";
        assert_eq!(fault(text), expected);
        assert!(fault(b"{\"width\": ").starts_with("line 1, column 10: "));
        assert!(fault(b"{\"width\": 3, \"labels\": {}} more").contains("trailing characters"));
        assert!(fault(b"{\"width\": 3}").contains("missing field `labels`"));
    }

    #[test]
    fn a_byte_order_mark_is_left_out_and_the_last_of_equal_keys_counts() {
        let text = "\u{feff}{\"width\": 3, \"labels\": {}, \"width\": 4}";
        assert_eq!(parse::<Sizes>(text.as_bytes()).unwrap().width, 4);
    }

    #[test]
    fn files_of_another_kind_are_told_by_name() {
        assert!(fault(b"").contains("it is empty"));
        assert!(fault(b"version https://git-lfs.github.com/spec/v1\n").contains("git lfs pull"));
        assert!(fault(b"<!doctype html>").contains("HTML page"));
        assert!(fault(b"\xff\xfe{\0}\0").contains("UTF-16"));
        assert_eq!(
            fault(b"{\"width\": \"\xff\"}"),
            "it is not UTF-8 at byte 11"
        );
    }
}
