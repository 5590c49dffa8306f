use std::io::Write;

use proptest::prelude::*;

use super::*;
use crate::table::Cell;

const CSV: TableFormat = TableFormat::Csv;
const TSV: TableFormat = TableFormat::Tsv;
const QUOTED: TableFormat = TableFormat::TsvQuoted;
const JSON: TableFormat = TableFormat::JsonLines;

fn options(format: TableFormat) -> TableOptions {
    TableOptions {
        format: Some(format),
        ..TableOptions::default()
    }
}

fn read_with(
    content: impl AsRef<[u8]>,
    options: &TableOptions,
) -> Result<(Vec<String>, Vec<TableRow>), TableError> {
    let input = io::Cursor::new(content.as_ref().to_vec());
    let reader = TableReader::from_reader("t", input, options)?;
    let columns = reader.columns().to_vec();
    Ok((columns, reader.collect::<Result<_, _>>()?))
}

fn read(format: TableFormat, content: impl AsRef<[u8]>) -> Result<Vec<TableRow>, TableError> {
    read_with(content, &options(format)).map(|(_, rows)| rows)
}

fn error(format: TableFormat, content: impl AsRef<[u8]>) -> String {
    read(format, content).unwrap_err().to_string()
}

fn row(line: usize, cells: &[&str]) -> TableRow {
    let cells = cells.iter().map(|&cell| cell.into()).collect();
    TableRow { line, cells }
}

#[test]
fn quotes_of_csv_hold_commas_quotes_and_line_breaks() {
    let content = "text,label\n\"a, \"\"b\"\"\",x\n\"one\n\ntwo\r\n\",y\nc \"d\" e,\n";
    let rows = [
        row(2, &["a, \"b\"", "x"]),
        row(3, &["one\n\ntwo\r\n", "y"]),
        row(7, &["c \"d\" e", ""]),
    ];
    assert_eq!(read(CSV, content).unwrap(), rows);
    let tabs = content.replace(',', "\t").replace("a\t", "a,");
    let rows = read(QUOTED, tabs).unwrap();
    assert_eq!(rows[0], row(2, &["a, \"b\"", "x"]));
    assert_eq!(rows[2].line, 7);
}

#[test]
fn quotes_of_tsv_have_no_meaning() {
    let content = "a\tb\n\" one\ttwo\n\"three\"\t\"\"\n";
    let rows = [row(2, &["\" one", "two"]), row(3, &["\"three\"", "\"\""])];
    assert_eq!(read(TSV, content).unwrap(), rows);
    assert_eq!(
        error(TSV, "a\tb\n1\t\"He said \"\"no\"\" .\"\n"),
        "t, line 2, column 2: quoted as in a CSV file, and in tsv quotes have no meaning; give \
         `format` tsv-quoted"
    );
}

#[test]
fn byte_order_mark_crlf_and_blank_end_are_tolerated() {
    for (format, content) in [
        (CSV, "text,label\na,x\n\"b\",y\n"),
        (TSV, "text\tlabel\na\tx\nb\ty\n"),
        (JSON, "{\"text\": \"a\"}\n{\"text\": \"b\"}\n"),
    ] {
        let expected = read_with(content, &options(format)).unwrap();
        let windows = format!("\u{feff}{}\r\n\r\n", content.replace('\n', "\r\n"));
        assert_eq!(read_with(windows, &options(format)).unwrap(), expected);
        assert_eq!(
            read_with(content.trim_end(), &options(format)).unwrap(),
            expected
        );
    }
}

#[test]
fn a_byte_order_mark_in_a_row_is_text() {
    for format in [CSV, QUOTED, TSV] {
        let rows = read(format, "\u{feff}text\n\u{feff}a\n\u{feff}\u{feff}b\n").unwrap();
        let expected = [row(2, &["\u{feff}a"]), row(3, &["\u{feff}\u{feff}b"])];
        assert_eq!(rows, expected, "{format}");
    }
}

#[test]
fn columns_without_a_header_have_numbers() {
    let options = TableOptions {
        has_header: false,
        ..options(TSV)
    };
    let (columns, rows) = read_with("gj04\t1\t\tIt rained.\n", &options).unwrap();
    assert_eq!(columns, ["1", "2", "3", "4"]);
    assert_eq!(rows, [row(1, &["gj04", "1", "", "It rained."])]);
}

#[test]
fn another_delimiter_can_be_given() {
    let with = |format, delimiter| TableOptions {
        delimiter: Some(delimiter),
        ..options(format)
    };
    let (columns, rows) = read_with("text;label\n\"a;b\";x,y\n", &with(CSV, b';')).unwrap();
    assert_eq!(columns, ["text", "label"]);
    assert_eq!(rows, [row(2, &["a;b", "x,y"])]);
    for (format, delimiter) in [(CSV, b'"'), (CSV, b'\n'), (TSV, 0xe9), (JSON, b',')] {
        let error = read_with("text;label\n", &with(format, delimiter)).unwrap_err();
        assert!(matches!(error, TableError::BadDelimiter { .. }), "{error}");
    }
}

#[test]
fn json_values_keep_their_types_and_how_they_are_written() {
    let content = concat!(
        r#"{"text": "a\u00e9\n", "n": 1.50, "i": -7, "b": true, "l": ["x", 2, null], "o": {"k": [1]}}"#,
        "\n\n",
        r#"{"l": [[1]], "more": 1, "text": null, "i": 12345678901234567890}"#,
    );
    let (columns, rows) = read_with(content, &options(JSON)).unwrap();
    assert_eq!(columns, ["text", "n", "i", "b", "l", "o"]);
    let number = |text: &str, value, is_integer| Cell::Number {
        text: text.to_owned(),
        value,
        is_integer,
    };
    let list = Cell::List(vec!["x".into(), 2_i64.into(), Cell::Missing]);
    let nested = |json: &str| Cell::Nested(json.to_owned());
    let first = [
        "aé\n".into(),
        number("1.50", 1.5, false),
        (-7_i64).into(),
        true.into(),
        list,
        nested("{\"k\": [1]}"),
    ];
    assert_eq!((rows[0].line, &rows[0].cells[..]), (1, &first[..]));
    let second = [
        Cell::Missing,
        Cell::Missing,
        number("12345678901234567890", 12345678901234567890.0, true),
        Cell::Missing,
        nested("[[1]]"),
        Cell::Missing,
    ];
    assert_eq!((rows[1].line, &rows[1].cells[..]), (3, &second[..]));
}

#[test]
fn broken_json_lines_are_named() {
    let first = "{\"text\": \"a\"}\n";
    let after = |line: &str| error(JSON, format!("{first}{line}\n"));
    assert_eq!(
        after("{\"text\": \"b\",}"),
        "t, line 2, column 14: trailing comma"
    );
    assert!(after("{\"text\": \"b\", \"text\": 1}").contains("the key \"text\" comes twice"));
    assert!(after("{\"text\": \"\\ud800\"}").starts_with("t, line 2, column 1: "));
    assert!(after("{\"text\": 1e999}").ends_with("number out of range"));
    assert!(after("text,label").contains("line 2, column 1: not a JSON object; if the file is"));
    let list = error(JSON, "[{\"text\": \"a\"},\n{\"text\": \"b\"}]");
    assert!(list.contains("line 1, column 1: a list, and each line should be one object"));
    let wide = error(JSON, "{\n  \"text\": \"a\"\n}\n");
    assert!(
        wide.contains("line 1, column 1: the object does not end in its line"),
        "{wide}"
    );
    assert!(error(JSON, "{}\n{\"text\": \"a\"}").contains("line 1, column 1: the first object"));
    let deep = format!(
        "{{\"text\": {}1{}}}",
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    assert!(read(JSON, deep).is_ok());
}

#[test]
fn rows_of_another_width_are_told_with_what_they_look_like() {
    let advice = |format, content: &str, place: &str| {
        let error = error(format, content);
        let (found, advice) = error.split_once("; ").unwrap();
        assert_eq!(found, format!("t, {place} as in the first line"));
        advice.to_owned()
    };
    let wide = advice(CSV, "text,label\na, b,x\n", "line 2: 3 fields, expected 2");
    assert_eq!(
        wide,
        "a field that has the delimiter in it must be in quotes"
    );
    let quote = "text,label\n\"a,x\nb,y\nc\"\n";
    let quote = advice(CSV, quote, "line 2: 1 fields, expected 2");
    assert!(
        quote.starts_with("a quote in it makes the row go on to line 4"),
        "{quote}"
    );
    let tabs = advice(CSV, "text,label\na\tx\n", "line 2: 1 fields, expected 2");
    assert_eq!(tabs, "it has tabs; give `format` tsv");
    let semicolons = advice(CSV, "text;label\na,b;x\n", "line 2: 2 fields, expected 1");
    assert_eq!(semicolons, "it has semicolons; give `delimiter` ;");
    let commas = advice(TSV, "text\tlabel\na,x\n", "line 2: 1 fields, expected 2");
    assert_eq!(commas, "it has commas; give `format` csv");
    let spaces = advice(TSV, "text\tlabel\na   x\n", "line 2: 1 fields, expected 2");
    assert_eq!(spaces, "it has spaces where tabs should be");
    let tsv = advice(
        TSV,
        "text\tlabel\na\tb\tx\n",
        "line 2: 3 fields, expected 2",
    );
    assert!(tsv.starts_with("fields are separated by one tab"));
    let blank = advice(CSV, "text,label\n  \n", "line 2: 1 fields, expected 2");
    assert_eq!(blank, "the line is empty; take it out");
}

#[test]
fn bad_lines_are_named() {
    assert_eq!(
        error(CSV, "text,label\n\na,x\n"),
        "t, line 2: the line is empty; take it out"
    );
    assert!(error(CSV, "text,label\n\"a\",x\n\"b,y\nc,z\n").starts_with(
        "t, line 3: a quote opens in this row and does not close before the file ends"
    ));
    assert_eq!(
        error(CSV, "text,label\na,x\nb,\"y\nc,x\nd,\"z\"\n"),
        "t, line 3, column 2: text comes after the quote that closes a quoted field; is a quote \
         before it not closed, or one in a field not written twice?"
    );
    assert!(error(QUOTED, "a\tb\n\"c\td\n").ends_with("no meaning, give `format` tsv"));
    for (format, content) in [(CSV, "text,label\ra,x\r"), (TSV, "text\tlabel\ra\tx\r")] {
        assert!(error(format, content).starts_with("t, line 1: lines must end in LF or CRLF"));
    }
    let latin = b"text,label\na,x\ncaf\xe9,y\n";
    assert_eq!(
        error(CSV, latin),
        "t, line 3, byte 4: not UTF-8; convert the file to UTF-8 first"
    );
    assert!(error(CSV, "text,label,text\na,x,b\n").contains("columns 1 and 3 are both named"));
    let long = format!("text\n{}", "a".repeat(17 << 20));
    assert!(error(CSV, long).starts_with("t, line 2: this row is longer than 16 MiB"));
}

#[test]
fn bad_files_are_named() {
    for format in [CSV, TSV, QUOTED, JSON] {
        assert_eq!(error(format, ""), "t is empty");
        assert_eq!(error(format, "\u{feff}\r\n\n"), "t is empty");
        assert!(error(format, b"\x1f\x8b\x08\0").contains("it is packed with gzip; unpack it"));
        assert!(error(format, b"PAR1\x15").ends_with("parquet; give `format` parquet"));
    }
    assert!(error(CSV, "text,label\n").starts_with("t has a header and no rows; if"));
    assert_eq!(
        error(TSV, "{\"text\": \"a\"}\n"),
        "t is not tsv: it looks like jsonl; give `format` jsonl"
    );
    let stream = |options| read_with("text\n", &options).unwrap_err();
    let error = stream(TableOptions::default());
    assert!(matches!(error, TableError::UnknownFormat { .. }));
    let error = stream(options(TableFormat::Parquet));
    assert!(matches!(error, TableError::NoStream { .. }));
    let dir = tempfile::tempdir().unwrap();
    let open = |path: &Path| {
        TableReader::open(path, &TableOptions::default())
            .err()
            .unwrap()
    };
    assert!(matches!(open(dir.path()), TableError::Folder { .. }));
    let named = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        open(&path).to_string()
    };
    assert!(named("t.csv.gz", b"\x1f\x8b\x08\0").ends_with("is packed with gzip; unpack it first"));
    let sheet = named("t.xlsx", b"PK\x03\x04\x14\0[Content_Types].xml");
    assert!(sheet.ends_with("a Microsoft Office file; write it out as text first"));
    let parquet = named("t.data", b"PAR1\x15\x04");
    assert!(parquet.contains("its ending tells no table format"));
    let error = open(&dir.path().join("a.csv"));
    assert!(matches!(error, TableError::MissingFile { .. }));
}

#[test]
fn a_file_that_changes_while_it_is_read_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.csv");
    std::fs::write(&path, "text,label\na,x\n").unwrap();
    let open = || TableReader::open(&path, &TableOptions::default()).unwrap();
    let mut same = open();
    assert!(same.by_ref().all(|row| row.is_ok()));
    let mut changed = open();
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap();
    file.write_all(b"b,y\n").unwrap();
    let error = changed.find_map(Result::err).unwrap();
    assert!(matches!(error, TableError::Changed { .. }), "{error}");
    assert!(changed.next().is_none());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in prop::collection::vec(
            prop_oneof![
                4 => prop::sample::select(b"\",\t\n\r;{}[]:1a\xef\xbb\xbf".to_vec()),
                1 => any::<u8>(),
            ],
            0..200,
        ),
        has_header: bool,
    ) {
        for format in [CSV, TSV, QUOTED, JSON] {
            let options = TableOptions { has_header, ..options(format) };
            if let Ok((columns, rows)) = read_with(&bytes, &options) {
                prop_assert!(rows.iter().all(|row| row.cells.len() == columns.len()));
                prop_assert!(rows.is_sorted_by(|one, other| one.line < other.line));
            }
        }
    }
}
