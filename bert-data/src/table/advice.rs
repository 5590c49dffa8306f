//! What to do about a table that is not as it should be: the ends of messages.

use super::format::TableFormat;
use crate::error::LineLooks;

/// What to do about a delimiter that does not go with a format.
pub(super) fn delimiter_advice(format: TableFormat) -> &'static str {
    match format {
        TableFormat::Csv | TableFormat::Tsv | TableFormat::TsvQuoted => {
            "it must be an ASCII character and no quote or line break"
        }
        TableFormat::JsonLines | TableFormat::Parquet => "give none",
    }
}

/// What to do about a row of another width.
pub(super) fn fields_advice(
    format: TableFormat,
    looks: LineLooks,
    line: usize,
    last_line: usize,
) -> String {
    match (looks, other_delimiter(format, looks)) {
        (_, Some(advice)) => advice.to_owned(),
        (LineLooks::Empty, _) => "the line is empty; take it out".to_owned(),
        (LineLooks::CarriageReturns, _) => {
            "lines must end in LF or CRLF, and this has CR alone".to_owned()
        }
        (LineLooks::Spaces, _) => "it has spaces where tabs should be".to_owned(),
        _ if last_line > line => format!(
            "a quote in it makes the row go on to line {last_line}: is each quote closed, and \
             doubled inside a field?"
        ),
        _ if format.is_quoted() => {
            "a field that has the delimiter in it must be in quotes".to_owned()
        }
        _ => "fields are separated by one tab and quotes have no meaning; where they have, give \
              `format` tsv-quoted"
            .to_owned(),
    }
}

/// What to do about a table whose first row may be taken for names.
pub(super) fn no_header(format: TableFormat) -> Option<&'static str> {
    let has_names = format.delimiter().is_none();
    let advice =
        "if the first line is a row, set `has_header` to false and give the columns by number";
    (!has_names).then_some(advice)
}

/// What to do about a table that seems to have another delimiter.
pub(super) fn other_delimiter(format: TableFormat, looks: LineLooks) -> Option<&'static str> {
    match (looks, format) {
        (LineLooks::Tabs, _) => Some("it has tabs; give `format` tsv"),
        (LineLooks::Commas, TableFormat::Csv) => Some("it has commas; give `delimiter` ,"),
        (LineLooks::Commas, _) => Some("it has commas; give `format` csv"),
        (LineLooks::Semicolons, TableFormat::Csv) => Some("it has semicolons; give `delimiter` ;"),
        (LineLooks::Semicolons, _) => {
            Some("it has semicolons; give `format` csv and `delimiter` ;")
        }
        _ => None,
    }
}
