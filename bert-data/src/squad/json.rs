//! The shape of a SQuAD file, and the names of its places.
//!
//! Every field is optional here: a missing one is then reported by its article, paragraph and
//! question, which a JSON parser does not know. Fields that nothing reads (`version`,
//! `plausible_answers`) are skipped.

use std::fmt;
use std::path::Path;

use serde::Deserialize;

use super::SquadError;
use crate::error::line_of_bad_utf8;

#[derive(Debug, Deserialize)]
struct SquadFile {
    data: Option<Vec<Article>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Article {
    pub title: Option<String>,
    pub paragraphs: Option<Vec<Paragraph>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Paragraph {
    pub context: Option<String>,
    pub qas: Option<Vec<Question>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Question {
    pub id: Option<String>,
    pub question: Option<String>,
    pub answers: Option<Vec<RawAnswer>>,
    pub is_impossible: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RawAnswer {
    pub text: Option<String>,
    // Some files write -1 for "nowhere".
    pub answer_start: Option<i64>,
}

/// A place in a SQuAD file, each part counted from 1; a part not meant is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The article: an element of `data`.
    pub article: Option<u32>,
    /// The paragraph in the article.
    pub paragraph: Option<u32>,
    /// The question in the paragraph: an element of `qas`.
    pub question: Option<u32>,
    /// The answer to the question.
    pub answer: Option<u32>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("article", self.article),
            ("paragraph", self.paragraph),
            ("question", self.question),
            ("answer", self.answer),
        ];
        let mut separator = "";
        for (name, number) in parts {
            if let Some(number) = number {
                write!(f, "{separator}{name} {number}")?;
                separator = ", ";
            }
        }
        if separator.is_empty() {
            f.write_str("top level")?;
        }
        Ok(())
    }
}

/// The articles of a file.
pub(super) fn read(path: &Path) -> Result<Vec<Article>, SquadError> {
    let file = || path.to_owned();
    let bytes = std::fs::read(path).map_err(|source| SquadError::Io {
        file: file(),
        source,
    })?;
    if let Some(line) = line_of_bad_utf8(&bytes) {
        return Err(SquadError::NotUtf8 { file: file(), line });
    }
    let json = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    if json.iter().all(u8::is_ascii_whitespace) {
        return Err(SquadError::Empty { file: file() });
    }
    let parsed: SquadFile = serde_json::from_slice(json).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        // The parser repeats the place at the end of its message.
        let message = error.to_string();
        let place = format!(" at line {line} column {column}");
        SquadError::Json {
            file: file(),
            line,
            column,
            message: message.strip_suffix(&place).unwrap_or(&message).to_owned(),
        }
    })?;
    required(parsed.data, "data", path, Place::default())
}

/// The value of a field that must be there.
pub(super) fn required<T>(
    value: Option<T>,
    field: &'static str,
    file: &Path,
    place: Place,
) -> Result<T, SquadError> {
    value.ok_or_else(|| SquadError::MissingField {
        file: file.to_owned(),
        place,
        field,
    })
}
