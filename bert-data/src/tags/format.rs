//! How tagged sentences are written in a file.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::TagError;
use crate::error::UnknownName;
use crate::table::TableFormat;

/// The format of a file of tagged sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum TagFormat {
    /// A word a line with its tag, in columns between tabs or spaces; a blank line between
    /// sentences.
    Conll,
    /// The ten columns of CoNLL-U, between tabs.
    Conllu,
    /// One JSON object a line: words with tags, or a text with spans of characters.
    #[serde(rename = "jsonl")]
    JsonLines,
    /// Parquet with lists of words and of tags, where the feature `parquet` is built.
    Parquet,
}

impl TagFormat {
    /// Every format there is.
    pub const ALL: [Self; 4] = [Self::Conll, Self::Conllu, Self::JsonLines, Self::Parquet];

    /// Name of the format, as flags have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Conll => "conll",
            Self::Conllu => "conllu",
            Self::JsonLines => "jsonl",
            Self::Parquet => "parquet",
        }
    }

    /// The format that the ending of a file's name tells: `.conll`, `.txt`, `.tsv`, `.tab`, `.bio`,
    /// `.iob`, `.iob2` or `.bioes`; `.conllu`; `.jsonl`, `.ndjson` or `.json`; `.parquet`.
    ///
    /// # Errors
    /// If the ending is none of these.
    pub fn of_path(path: &Path) -> Result<Self, TagError> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending.unwrap_or_default().to_ascii_lowercase().as_str() {
            "conll" | "txt" | "tsv" | "tab" | "bio" | "iob" | "iob2" | "bioes" => Ok(Self::Conll),
            "conllu" => Ok(Self::Conllu),
            "jsonl" | "ndjson" | "json" => Ok(Self::JsonLines),
            "parquet" => Ok(Self::Parquet),
            _ => Err(TagError::UnknownFormat {
                file: path.to_owned(),
            }),
        }
    }

    /// The same format as a table's, where it is one.
    pub(super) fn table(self) -> Option<TableFormat> {
        match self {
            Self::Conll | Self::Conllu => None,
            Self::JsonLines => Some(TableFormat::JsonLines),
            Self::Parquet => Some(TableFormat::Parquet),
        }
    }
}

impl fmt::Display for TagFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for TagFormat {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let mut all = Self::ALL.into_iter();
        all.find(|format| format.name() == name)
            .ok_or_else(|| UnknownName {
                what: "format of tagged sentences",
                value: name.to_owned(),
                allowed: "conll, conllu, jsonl, parquet",
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_flags_and_of_serde() {
        for format in TagFormat::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
            let json = serde_json::to_string(&format).unwrap();
            assert_eq!(json, format!("{:?}", format.name()));
            let named = TagFormat::of_path(Path::new(&format!("a.{format}")));
            assert_eq!(named.unwrap(), format);
        }
        assert!("csv".parse::<TagFormat>().is_err());
    }

    #[test]
    fn another_ending_tells_nothing() {
        let error = TagFormat::of_path(Path::new("a/train.csv")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a/train.csv: its ending tells no format of tagged sentences; give `format`: conll, \
             conllu, jsonl or parquet"
        );
    }
}
