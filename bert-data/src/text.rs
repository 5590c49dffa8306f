//! Files that are read as a whole: text in UTF-8, and JSON whose faults have a place.

use std::io;
use std::path::Path;

use serde::Deserialize;
use serde_json::Deserializer;
use serde_path_to_error::Track;

use crate::foreign::Foreign;

/// Why a file is not read. Whoever asked says it in its own words.
pub(crate) enum Unread {
    /// The system gives no bytes.
    Io(io::Error),
    /// The bytes are of another kind.
    Foreign(Foreign),
    /// They are no text: line of the first bad byte, from 1.
    NotUtf8 { line: usize },
}

/// The bytes of a file that `foreign` knows no other kind of.
pub(crate) fn read_bytes(
    path: &Path,
    foreign: fn(&[u8]) -> Option<Foreign>,
) -> Result<Vec<u8>, Unread> {
    let bytes = std::fs::read(path).map_err(Unread::Io)?;
    foreign(&bytes).map_or(Ok(bytes), |what| Err(Unread::Foreign(what)))
}

/// The text of such a file, without a byte-order mark.
pub(crate) fn read(path: &Path, foreign: fn(&[u8]) -> Option<Foreign>) -> Result<String, Unread> {
    let bytes = read_bytes(path, foreign)?;
    if let Some(line) = line_of_bad_utf8(&bytes) {
        return Err(Unread::NotUtf8 { line });
    }
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}

/// Line, counted from 1, of the first byte of `bytes` that is not UTF-8; `None` if all are.
fn line_of_bad_utf8(bytes: &[u8]) -> Option<usize> {
    let valid = std::str::from_utf8(bytes).err()?.valid_up_to();
    Some(1 + bytes[..valid].iter().filter(|&&byte| byte == b'\n').count())
}

/// The one value of a JSON text; a fault has the keys that lead to it.
pub(crate) fn parse<'de, R: serde_json::de::Read<'de>, T: Deserialize<'de>>(
    mut json: Deserializer<R>,
) -> Result<T, serde_path_to_error::Error<serde_json::Error>> {
    let value = serde_path_to_error::deserialize(&mut json)?;
    // Nothing leads to what comes after the value.
    json.end()
        .map_err(|error| serde_path_to_error::Error::new(Track::new().path(), error))?;
    Ok(value)
}
