use proptest::prelude::*;

use super::*;
use crate::table::{TableOptions, TableReader, TableRow};

fn write(format: TableFormat, columns: &[&str], rows: &[Vec<Cell>]) -> Result<Vec<u8>, WriteError> {
    let mut writer = TableWriter::new("t", Vec::new(), format, columns)?;
    for row in rows {
        writer.write_row(row)?;
    }
    writer.finish()
}

fn text(format: TableFormat, rows: &[Vec<Cell>]) -> String {
    String::from_utf8(write(format, &["a", "b"], rows).unwrap()).unwrap()
}

fn read(format: TableFormat, bytes: Vec<u8>) -> (Vec<String>, Vec<Vec<Cell>>) {
    let options = TableOptions {
        format: Some(format),
        ..TableOptions::default()
    };
    let reader = TableReader::from_reader("t", io::Cursor::new(bytes), &options).unwrap();
    let columns = reader.columns().to_vec();
    let cells = |row: Result<TableRow, _>| row.unwrap().cells;
    (columns, reader.map(cells).collect())
}

#[test]
fn each_format_has_its_own_way() {
    let rows = [
        vec!["x, \"y\"".into(), 0.5_f64.into()],
        vec![Cell::Missing, vec!["p", "q"].into()],
    ];
    assert_eq!(
        text(TableFormat::Csv, &rows),
        "a,b\n\"x, \"\"y\"\"\",0.5\n,p|q\n"
    );
    assert_eq!(
        text(TableFormat::Tsv, &rows),
        "a\tb\nx, \"y\"\t0.5\n\tp|q\n"
    );
    assert_eq!(
        text(TableFormat::TsvQuoted, &rows),
        "a\tb\n\"x, \"\"y\"\"\"\t0.5\n\tp|q\n"
    );
    assert_eq!(
        text(TableFormat::JsonLines, &rows),
        "{\"a\": \"x, \\\"y\\\"\", \"b\": 0.5}\n{\"a\": null, \"b\": [\"p\", \"q\"]}\n"
    );
}

#[test]
fn what_a_format_cannot_hold_is_told() {
    let error = |format, cells: Vec<Cell>| {
        let columns = &["a", "b"][..cells.len().min(2)];
        write(format, columns, &[cells]).unwrap_err().to_string()
    };
    assert_eq!(
        error(TableFormat::Tsv, vec!["x".into(), "y\tz".into()]),
        "t, row 1, column \"b\": tsv holds no tab and no line break; write csv, tsv-quoted or jsonl"
    );
    assert!(error(TableFormat::Tsv, vec!["\r".into(), "".into()]).contains("no line break"));
    assert!(error(TableFormat::Tsv, vec!["\"a\"\"\"".into()]).contains("reads as quoted"));
    assert!(error(TableFormat::Tsv, vec!["".into()]).contains("makes a blank line"));
    let list = vec![vec!["a", "b|c"].into()];
    assert!(error(TableFormat::Csv, list).contains("written with \"|\" between them"));
    let number = error(TableFormat::JsonLines, vec![f64::NAN.into()]);
    assert!(number.ends_with("JSON has only finite numbers"));
    let wide = error(TableFormat::Csv, vec!["a".into(), "b".into(), "c".into()]);
    assert_eq!(wide, "t, row 1: 3 cells, expected 2");
    let twice = write(TableFormat::Csv, &["a", "a"], &[]).unwrap_err();
    assert!(matches!(twice, WriteError::Columns { .. }));
    assert!(write(TableFormat::Tsv, &["a\tb"], &[]).is_err());
}

#[test]
fn a_file_is_written_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.csv");
    let mut writer = TableWriter::create(&path, TableFormat::Csv, &["a"]).unwrap();
    for row in 0..5000_i64 {
        writer.write_row(&[row.into()]).unwrap();
    }
    writer.finish().unwrap();
    let rows = TableReader::open(&path, &TableOptions::default()).unwrap();
    assert_eq!(rows.filter(|row| row.is_ok()).count(), 5000);
    let nowhere = dir.path().join("no/t.csv");
    let error = TableWriter::create(nowhere, TableFormat::Csv, &["a"])
        .err()
        .unwrap();
    assert!(matches!(error, WriteError::Io { .. }));
}

#[test]
fn vectors_are_lists_of_their_numbers() {
    let numbers = [0.1_f32, -1e-20, 3.0, f32::MAX];
    let rows = [
        vec![Cell::Vector(numbers.to_vec())],
        vec![Cell::Vector(Vec::new())],
    ];
    let bytes = write(TableFormat::JsonLines, &["embedding"], &rows).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let expected = "{\"embedding\": [0.1, -1e-20, 3.0, 3.4028235e38]}\n{\"embedding\": []}\n";
    assert_eq!(text, expected);
    let Cell::List(cells) = &read(TableFormat::JsonLines, bytes).1[0][0] else {
        panic!("{text}");
    };
    // To the bit, from the shortest text.
    let back = cells
        .iter()
        .map(|cell| cell.as_text().unwrap().parse::<f32>().unwrap());
    assert_eq!(back.collect::<Vec<_>>(), numbers);
    let bytes = write(TableFormat::Csv, &["embedding"], &rows).unwrap();
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        "embedding\n0.1|-1e-20|3.0|3.4028235e38\n\"\"\n"
    );
    let rows = [vec![Cell::Vector(vec![f32::NAN])]];
    assert!(write(TableFormat::JsonLines, &["embedding"], &rows).is_err());
}

/// A text with much of what quoting is for.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["[\",\t\n\r;|é😀 a]{0,8}", any::<String>()]
}

fn any_table() -> impl Strategy<Value = Vec<Vec<String>>> {
    (1_usize..5).prop_flat_map(|width| {
        prop::collection::vec(prop::collection::vec(any_text(), width), 1..8)
    })
}

const NAMES: [&str; 4] = ["first", "a, \"b\"", "c\nd", "é"];

fn any_scalar() -> impl Strategy<Value = Cell> {
    prop_oneof![
        Just(Cell::Missing),
        any_text().prop_map(Cell::from),
        any::<bool>().prop_map(Cell::from),
        any::<i64>().prop_map(Cell::from),
        prop::num::f64::NORMAL.prop_map(Cell::from),
    ]
}

proptest! {
    #[test]
    fn texts_are_read_as_they_were_written(table in any_table()) {
        let names = &NAMES[..table[0].len()];
        let cells = |row: &Vec<String>| row.iter().cloned().map(Cell::Text).collect();
        let rows: Vec<Vec<Cell>> = table.iter().map(cells).collect();
        for format in [TableFormat::Csv, TableFormat::TsvQuoted, TableFormat::JsonLines] {
            let (columns, read) = read(format, write(format, names, &rows).unwrap());
            prop_assert_eq!(columns, names);
            prop_assert_eq!(&read, &rows);
        }
        // Without quoting some texts are refused, and none is changed.
        let names = &["1", "2", "3", "4"][..names.len()];
        if let Ok(bytes) = write(TableFormat::Tsv, names, &rows) {
            prop_assert_eq!(&read(TableFormat::Tsv, bytes).1, &rows);
        }
    }

    #[test]
    fn json_keeps_types(
        scalars in prop::collection::vec(any_scalar(), 1..4),
        list in prop::collection::vec(any_scalar(), 0..4),
    ) {
        let row = [scalars, vec![Cell::List(list)]].concat();
        let names = &NAMES[..row.len()];
        let bytes = write(TableFormat::JsonLines, names, std::slice::from_ref(&row)).unwrap();
        prop_assert_eq!(read(TableFormat::JsonLines, bytes).1, [row]);
    }
}
