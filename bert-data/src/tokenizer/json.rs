//! Reading the JSON files of a tokenizer's folder.

use std::path::Path;

use serde::de::DeserializeOwned;

use super::{TokenizerError, error};
use crate::text;

/// What a JSON file of a folder holds; `None` if there is no such file.
pub(super) fn read<T: DeserializeOwned>(
    dir: &Path,
    name: &str,
) -> Result<Option<T>, TokenizerError> {
    let file = dir.join(name);
    if !file.is_file() {
        return Ok(None);
    }
    let bytes = error::read(&file)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    parse(bytes, &file).map(Some)
}

/// What the bytes of a JSON file are; `file` is where they came from, for messages.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8], file: &Path) -> Result<T, TokenizerError> {
    let json = serde_json::Deserializer::from_slice(bytes);
    text::parse(json).map_err(|fault| TokenizerError::Config {
        key: match fault.path().to_string() {
            path if path == "." || path == "?" => String::new(),
            path => format!("{path}: "),
        },
        file: file.to_owned(),
        source: fault.into_inner(),
    })
}
