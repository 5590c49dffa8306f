use std::fs;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;

use super::*;
use crate::label::Label;
use crate::table::{ColumnOptions, LabelUse};
use crate::table::{LabelKind, TableOptions, TableReader, TableWriter, WriteError, read_tables};

const PARQUET: TableFormat = TableFormat::Parquet;

fn write(columns: &[&str], rows: &[Vec<Cell>]) -> Result<Vec<u8>, WriteError> {
    let mut writer = TableWriter::new("t", Vec::new(), PARQUET, columns)?;
    for row in rows {
        writer.write_row(row)?;
    }
    writer.finish()
}

fn read(bytes: &[u8]) -> Result<(Vec<String>, Vec<TableRow>), TableError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    fs::write(&path, bytes).unwrap();
    read_path(&path)
}

fn read_path(path: &Path) -> Result<(Vec<String>, Vec<TableRow>), TableError> {
    let reader = TableReader::open(path, &TableOptions::default())?;
    let columns = reader.columns().to_vec();
    Ok((columns, reader.collect::<Result<_, _>>()?))
}

fn error(bytes: &[u8]) -> String {
    let message = read(bytes).unwrap_err().to_string();
    message[message.find("t.parquet").unwrap()..].to_owned()
}

/// A file with a text, an integer and a column that is not read.
fn with_dates(codec: Compression) -> Vec<u8> {
    let schema = "message m { required binary text; required int64 n;
        optional group g { optional int32 day (DATE); } }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().set_compression(codec).build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let texts = [ByteArray::from("é"), ByteArray::from(vec![0xff_u8])];
    column
        .typed::<ByteArrayType>()
        .write_batch(&texts, None, None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<Int64Type>()
        .write_batch(&[1, -2], None, None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let days = column.typed::<parquet::data_type::Int32Type>();
    days.write_batch(&[7], Some(&[2, 0]), None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn columns_of_other_types_do_not_disturb() {
    let (columns, rows) = read(&with_dates(Compression::SNAPPY)).unwrap();
    assert_eq!(columns, ["text", "n", "g"]);
    let other = |of: &str| Cell::Nested(of.to_owned());
    assert_eq!(
        rows[0].cells,
        ["é".into(), 1_i64.into(), other("a structure")]
    );
    assert_eq!(
        rows[1].cells,
        [other("bytes"), (-2_i64).into(), other("a structure")]
    );
    assert_eq!(rows[1].line, 2);
}

#[test]
fn many_rows_make_several_groups() {
    let rows: Vec<Vec<Cell>> = (0..25_000_i64)
        .map(|row| vec![row.into(), vec![row.to_string()].into()])
        .collect();
    let bytes = write(&["n", "l"], &rows).unwrap();
    let (_, read) = read(&bytes).unwrap();
    assert_eq!(read.last().map(|row| row.line), Some(25_000));
    assert!(read.into_iter().map(|row| row.cells).eq(rows));
}

#[test]
fn a_table_without_rows_is_told() {
    assert!(error(&write(&["a"], &[]).unwrap()).starts_with("t.parquet has a header and no rows"));
}

#[test]
fn what_a_column_cannot_hold_is_told() {
    let error = |cells: Vec<Cell>| {
        let rows: Vec<Vec<Cell>> = cells.into_iter().map(|cell| vec![cell]).collect();
        write(&["a"], &rows).unwrap_err().to_string()
    };
    let mixed = "t, row 2, column \"a\": a column of Parquet has values of one type";
    assert!(error(vec!["x".into(), true.into()]).starts_with(mixed));
    assert!(error(vec!["x".into(), vec!["x"].into()]).starts_with(mixed));
    assert!(error(vec![1_i64.into(), "1".into()]).starts_with(mixed));
    assert!(error(vec![Cell::Nested("{}".to_owned())]).contains("row 1, column \"a\": a column"));
    // The first rows have said that it is of integers.
    let mut cells: Vec<Cell> = (0..10_000_i64).map(Cell::from).collect();
    cells.push(0.5_f64.into());
    assert!(error(cells).starts_with("t, row 10001, column \"a\""));
}

#[test]
fn files_that_are_none_are_told() {
    assert_eq!(error(b""), "t.parquet is empty");
    assert_eq!(error(b"text,label\n"), "t.parquet: not a Parquet file");
    assert!(error(b"\x1f\x8b\x08\0").contains("it is packed with gzip"));
    assert!(error(b"{\"text\": 1}\n").ends_with("give `format` jsonl"));
    let bytes = with_dates(Compression::UNCOMPRESSED);
    let cut = error(&bytes[..bytes.len() - 9]);
    assert!(
        cut.starts_with("t.parquet: a broken Parquet file ("),
        "{cut}"
    );
}

#[test]
fn where_the_library_panics_is_an_error() {
    let bytes = with_dates(Compression::SNAPPY);
    let broken = |place: usize| {
        let mut bytes = bytes.clone();
        // Of a number in the file's description it makes -1.
        bytes[place] = 1;
        read(&bytes).is_err_and(|error| error.to_string().ends_with("a broken Parquet file"))
    };
    assert!((0..bytes.len()).filter(|&place| broken(place)).count() > 0);
}

/// A column of one type.
fn any_column(rows: usize) -> impl Strategy<Value = Vec<Cell>> {
    fn cells<T: Into<Cell> + std::fmt::Debug + 'static>(
        value: impl Strategy<Value = T> + 'static,
        rows: usize,
    ) -> BoxedStrategy<Vec<Cell>> {
        let value = value.prop_map(Into::into);
        let value = prop_oneof![1 => Just(Cell::Missing), 4 => value].boxed();
        let list = prop::collection::vec(value.clone(), 0..4).prop_map(Cell::List);
        let list = prop_oneof![1 => Just(Cell::Missing), 4 => list];
        prop_oneof![
            prop::collection::vec(value, rows),
            prop::collection::vec(list, rows),
        ]
        .boxed()
    }
    prop_oneof![
        cells(any::<String>(), rows),
        cells(any::<bool>(), rows),
        cells(any::<i64>(), rows),
        cells(prop::num::f64::NORMAL, rows),
    ]
}

fn any_rows() -> impl Strategy<Value = Vec<Vec<Cell>>> {
    (1_usize..4, 1_usize..6).prop_flat_map(|(columns, rows)| {
        prop::collection::vec(any_column(rows), columns).prop_map(move |columns| {
            let row = |row: usize| columns.iter().map(|column| column[row].clone()).collect();
            (0..rows).map(row).collect()
        })
    })
}

proptest! {
    #[test]
    fn rows_are_read_as_they_were_written(rows in any_rows()) {
        let names = &["a", "b.c", "é"][..rows[0].len()];
        let (columns, read) = read(&write(names, &rows).unwrap()).unwrap();
        prop_assert_eq!(columns, names);
        let read: Vec<Vec<Cell>> = read.into_iter().map(|row| row.cells).collect();
        prop_assert_eq!(read, rows);
    }

    #[test]
    fn broken_files_are_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = with_dates(Compression::SNAPPY);
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Ok((columns, rows)) = read(&bytes) {
            prop_assert!(rows.iter().all(|row| row.cells.len() == columns.len()));
        }
    }
}

/// Texts with numbers of classes, and what `datasets` writes beside them.
fn with_classes(labels: &[i64]) -> Vec<u8> {
    let schema = "message m { required binary text (UTF8); required int64 label; }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let metadata = r#"{"info": {"features": {
        "text": {"dtype": "string", "_type": "Value"},
        "label": {"names": ["worse", "better", "never"], "_type": "ClassLabel"}}}}"#;
    let metadata = vec![KeyValue::new("huggingface".to_owned(), metadata.to_owned())];
    let properties = WriterProperties::builder().set_key_value_metadata(Some(metadata));
    let properties = Arc::new(properties.build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let texts: Vec<ByteArray> = labels.iter().map(|_| ByteArray::from("a")).collect();
    let text = column.typed::<ByteArrayType>();
    text.write_batch(&texts, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let numbers = column.typed::<Int64Type>();
    numbers.write_batch(labels, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn vectors_are_lists_of_singles() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    let rows = [
        vec!["a".into(), Cell::Vector(vec![0.5, -0.25])],
        vec!["b".into(), Cell::Missing],
        vec!["c".into(), Cell::Vector(Vec::new())],
        vec!["d".into(), Cell::Vector(vec![1e-20])],
    ];
    fs::write(&path, write(&["text", "embedding"], &rows).unwrap()).unwrap();
    let reader = TableReader::open(&path, &TableOptions::default()).unwrap();
    let read: Vec<Cell> = reader.map(|row| row.unwrap().cells[1].clone()).collect();
    let values = |cell: &Cell| match cell {
        Cell::List(cells) => Some(cells.iter().map(number).collect::<Vec<f64>>()),
        _ => None,
    };
    let read: Vec<Option<Vec<f64>>> = read.iter().map(values).collect();
    let expected = [
        Some(vec![0.5, -0.25]),
        None,
        Some(vec![]),
        Some(vec![f64::from(1e-20_f32)]),
    ];
    assert_eq!(read, expected);
    // A list of other numbers has another type.
    let rows = [
        vec![Cell::Vector(vec![0.5])],
        vec![Cell::List(vec![0.5_f64.into()])],
    ];
    assert!(write(&["embedding"], &rows).is_err());
}

fn number(cell: &Cell) -> f64 {
    match cell {
        Cell::Number { value, .. } => *value,
        other => panic!("{other:?}"),
    }
}

#[test]
fn numbers_of_classes_get_the_names_that_datasets_writes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    let table = |labels: &[i64], label_use| {
        fs::write(&path, with_classes(labels)).unwrap();
        let files = [path.clone()];
        read_tables(
            &files,
            &TableOptions::default(),
            &ColumnOptions::default(),
            label_use,
        )
    };
    let train = table(&[1, 0, 1], LabelUse::Required).unwrap();
    assert_eq!(train.label_kind().unwrap(), LabelKind::SingleLabel);
    let names = train.label_names(LabelKind::SingleLabel).unwrap();
    // In their order, and with those that no row has.
    assert_eq!(names.names(), ["worse", "better", "never"]);
    let examples = train.examples(LabelKind::SingleLabel, &names).unwrap();
    assert_eq!(examples[0].label, Some(Label::Class(1)));
    // As a test split is given away.
    assert!(!table(&[-1, -1], LabelUse::Optional).unwrap().has_labels());
    let wrong = table(&[0, 7], LabelUse::Required).unwrap();
    let message = wrong
        .examples(LabelKind::SingleLabel, &names)
        .unwrap_err()
        .to_string();
    assert!(message.contains('7'), "{message}");
}

#[test]
fn numbers_of_classes_get_the_names_that_an_option_says() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    let rows = [
        vec!["a".into(), 1_i64.into()],
        vec!["b".into(), (-1_i64).into()],
    ];
    fs::write(&path, write(&["text", "label"], &rows).unwrap()).unwrap();
    let columns = ColumnOptions {
        label_names: Some(vec!["no".to_owned(), "yes".to_owned()]),
        ..ColumnOptions::default()
    };
    let table = read_tables(
        &[path],
        &TableOptions::default(),
        &columns,
        LabelUse::Optional,
    );
    let table = table.unwrap();
    assert_eq!(table.rows()[0].label, "yes".into());
    assert_eq!(table.rows()[1].label, Cell::Missing);
}
