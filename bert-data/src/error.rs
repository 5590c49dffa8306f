//! What errors of several kinds of data have in common.

/// What a line looks like that has the wrong number of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineLooks {
    /// Separated by commas.
    Commas,
    /// Separated by semicolons.
    Semicolons,
    /// Separated by tabs.
    Tabs,
    /// Separated by spaces: an editor has replaced the tabs.
    Spaces,
    /// Several lines that only a carriage return ends.
    CarriageReturns,
    /// Empty.
    Empty,
    /// Nothing known.
    Other,
}

impl LineLooks {
    /// What a line looks like that should have `expected` columns.
    pub(crate) fn of(line: &str, expected: usize) -> Self {
        let pieces = |separator: &str| line.split(separator).count();
        if line.contains('\r') {
            Self::CarriageReturns
        } else if line.trim().is_empty() {
            Self::Empty
        } else if line.contains('\t') {
            Self::Other
        } else if pieces(",") >= expected {
            Self::Commas
        } else if pieces(";") >= expected {
            Self::Semicolons
        } else if pieces("  ") >= expected {
            Self::Spaces
        } else {
            Self::Other
        }
    }

    /// The same for a line whose columns `delimiter` should separate.
    pub(crate) fn of_delimited(line: &str, expected: usize, delimiter: u8) -> Self {
        let delimiter = char::from(delimiter);
        let pieces = |separator: char| line.split(separator).count();
        let looks = [
            ('\t', Self::Tabs),
            (',', Self::Commas),
            (';', Self::Semicolons),
        ];
        let other = looks
            .iter()
            .find(|(separator, _)| *separator != delimiter && pieces(*separator) >= expected);
        match other {
            _ if line.trim().is_empty() => Self::Empty,
            _ if delimiter == '\t' && line.contains('\r') => Self::CarriageReturns,
            Some((_, looks)) if pieces(delimiter) < expected => *looks,
            None if delimiter == '\t' && !line.contains('\t') => Self::of(line, expected),
            _ => Self::Other,
        }
    }

    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::Commas => "it has commas; write the file with tabs, without quoting (not CSV)",
            Self::Semicolons => "it has semicolons; write the file with tabs, without quoting",
            Self::Tabs => "it has tabs",
            Self::Spaces => "it has spaces where tabs should be",
            Self::CarriageReturns => "lines must end in LF or CRLF, and this has CR alone",
            Self::Empty => "the line is empty; take it out",
            Self::Other => "columns are separated by one tab and quotes have no meaning",
        }
    }
}

/// A name that is none of the choices, from parsing a flag or a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a {what}; choose one of {allowed}")]
pub struct UnknownName {
    /// What was to be named, for example "padding".
    pub what: &'static str,
    /// The name given.
    pub value: String,
    /// The names there are.
    pub allowed: &'static str,
}
