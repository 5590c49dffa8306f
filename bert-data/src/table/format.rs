//! How a table is written in a file.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::TableError;
use crate::error::UnknownName;
use crate::foreign::Foreign;

/// The format of a table's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum TableFormat {
    /// Fields between commas; one with a comma, a quote or a line break is in quotes, and its
    /// quotes are doubled (RFC 4180).
    #[serde(rename = "csv")]
    Csv,
    /// Fields between tabs; quotes have no meaning, and no field has a tab or a line break. GLUE's
    /// files are so.
    #[serde(rename = "tsv")]
    Tsv,
    /// Fields between tabs, with the quotes of CSV.
    #[serde(rename = "tsv-quoted")]
    TsvQuoted,
    /// One JSON object a line.
    #[serde(rename = "jsonl")]
    JsonLines,
    /// Parquet, where the feature `parquet` is built.
    #[serde(rename = "parquet")]
    Parquet,
}

impl TableFormat {
    /// Every format there is.
    pub const ALL: [Self; 5] = [
        Self::Csv,
        Self::Tsv,
        Self::TsvQuoted,
        Self::JsonLines,
        Self::Parquet,
    ];

    /// Name of the format, as flags have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::TsvQuoted => "tsv-quoted",
            Self::JsonLines => "jsonl",
            Self::Parquet => "parquet",
        }
    }

    /// The format that the ending of a file's name tells: `.csv`; `.tsv` or `.tab`, without
    /// quoting; `.jsonl`, `.ndjson` or `.json`; `.parquet`.
    ///
    /// # Errors
    /// If the ending is none of these.
    pub fn of_path(path: &Path) -> Result<Self, TableError> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending.unwrap_or_default().to_ascii_lowercase().as_str() {
            "csv" => Ok(Self::Csv),
            "tsv" | "tab" => Ok(Self::Tsv),
            "jsonl" | "ndjson" | "json" => Ok(Self::JsonLines),
            "parquet" => Ok(Self::Parquet),
            _ => Err(TableError::UnknownFormat {
                file: path.to_owned(),
            }),
        }
    }

    /// What is between two fields; `None` where the format has no such byte.
    pub(super) fn delimiter(self) -> Option<u8> {
        match self {
            Self::Csv => Some(b','),
            Self::Tsv | Self::TsvQuoted => Some(b'\t'),
            Self::JsonLines | Self::Parquet => None,
        }
    }

    /// Fails if a file that begins with `head` is of another kind.
    pub(super) fn check_head(self, file: &Path, head: &[u8]) -> Result<(), TableError> {
        let foreign = match self {
            Self::JsonLines => Foreign::of(head),
            _ => Foreign::of_lines(head),
        };
        let found = match foreign {
            None => return Ok(()),
            Some(Foreign::Json) => Self::JsonLines,
            Some(Foreign::Document { format: "Parquet" }) => Self::Parquet,
            Some(what) => {
                return Err(TableError::Foreign {
                    file: file.to_owned(),
                    format: self,
                    what,
                });
            }
        };
        if found == self {
            return Ok(());
        }
        Err(TableError::OtherFormat {
            file: file.to_owned(),
            format: self,
            found,
        })
    }

    /// Whether quotes have a meaning.
    pub(super) fn is_quoted(self) -> bool {
        matches!(self, Self::Csv | Self::TsvQuoted)
    }
}

impl fmt::Display for TableFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for TableFormat {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let mut all = Self::ALL.into_iter();
        all.find(|format| format.name() == name)
            .ok_or_else(|| UnknownName {
                what: "table format",
                value: name.to_owned(),
                allowed: "csv, tsv, tsv-quoted, jsonl, parquet",
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_flags_and_of_serde() {
        for format in TableFormat::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
            let json = serde_json::to_string(&format).unwrap();
            assert_eq!(json, format!("{:?}", format.name()));
        }
        let error = "excel".parse::<TableFormat>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"excel\" is not a table format; choose one of csv, tsv, tsv-quoted, jsonl, parquet"
        );
    }

    #[test]
    fn endings_tell_the_format() {
        let of = |path: &str| TableFormat::of_path(Path::new(path));
        assert_eq!(of("a/b.CSV").unwrap(), TableFormat::Csv);
        assert_eq!(of("b.tab").unwrap(), TableFormat::Tsv);
        assert_eq!(of("b.json").unwrap(), TableFormat::JsonLines);
        assert_eq!(of("b.parquet").unwrap(), TableFormat::Parquet);
        assert_eq!(
            of("b.txt").unwrap_err().to_string(),
            "b.txt: its ending tells no table format; give `format`: csv, tsv, tsv-quoted, jsonl \
             or parquet"
        );
    }
}
