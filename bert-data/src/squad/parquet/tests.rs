//! Files that are written here: what is wrong with one is told with its row.

use std::path::PathBuf;
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;

use super::*;
use crate::squad::{BadExamples, SquadExample, SquadReport, read_squad};
use crate::table::{Cell, TableFormat, TableWriter};

/// What a file with this name and content reads as.
fn read_named(
    name: &str,
    bytes: &[u8],
    bad_examples: BadExamples,
) -> Result<(Vec<SquadExample>, SquadReport), SquadError> {
    let dir = tempfile::tempdir().unwrap();
    let file: PathBuf = dir.path().join(name);
    std::fs::write(&file, bytes).unwrap();
    read_squad(&file, bad_examples)
}

/// The message of the error, from the file's name on.
fn error(bytes: &[u8]) -> String {
    let error = read_named("q.parquet", bytes, BadExamples::Error).unwrap_err();
    let message = error.to_string();
    message[message.find("q.parquet").unwrap()..].to_owned()
}

/// A file without structures.
fn plain(columns: &[&str], rows: &[&[Cell]]) -> Vec<u8> {
    let mut writer = TableWriter::new("q", Vec::new(), TableFormat::Parquet, columns).unwrap();
    for row in rows {
        writer.write_row(row).unwrap();
    }
    writer.finish().unwrap()
}

/// A file with `The cat sat.` as the context of each row, the places of answers as `starts` has it.
struct Rows<'a> {
    ids: &'a [Option<&'a str>],
    /// The texts of the answers, row by row, with the levels at which they are repeated.
    texts: (&'a [&'a str], &'a [i16]),
    starts: (&'a [i32], &'a [i16]),
}

impl Rows<'_> {
    fn write(&self) -> Vec<u8> {
        let schema = "message m { optional binary id (UTF8); required binary context (UTF8);
            required int64 unrelated; required binary question;
            required group answers {
                required group text (LIST) { repeated group list {
                    required binary element (UTF8); } }
                required group answer_start (LIST) { repeated group list {
                    required int32 element; } } } }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let properties = Arc::new(WriterProperties::builder().build());
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let present = |repeated: &[i16]| vec![1_i16; repeated.len()];
        let ids: Vec<&str> = self.ids.iter().copied().flatten().collect();
        let defined: Vec<i16> = self.ids.iter().map(|id| id.is_some().into()).collect();
        let same = |text| vec![text; self.ids.len()];
        let numbers = vec![7; self.ids.len()];
        let ((texts, text_levels), (starts, start_levels)) = (self.texts, self.starts);
        add::<ByteArrayType>(&mut group, &bytes(&ids), Some(&defined), None);
        add::<ByteArrayType>(&mut group, &bytes(&same("The cat sat.")), None, None);
        add::<Int64Type>(&mut group, &numbers, None, None);
        add::<ByteArrayType>(&mut group, &bytes(&same("Who?")), None, None);
        let defined = present(text_levels);
        let levels = Some(text_levels);
        add::<ByteArrayType>(&mut group, &bytes(texts), Some(&defined), levels);
        let defined = present(start_levels);
        add::<Int32Type>(&mut group, starts, Some(&defined), Some(start_levels));
        group.close().unwrap();
        writer.into_inner().unwrap()
    }
}

fn bytes(texts: &[&str]) -> Vec<ByteArray> {
    texts.iter().map(|&text| text.into()).collect()
}

/// Writes the next column.
fn add<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    defined: Option<&[i16]>,
    repeated: Option<&[i16]>,
) {
    let mut column = group.next_column().unwrap().unwrap();
    let typed = column.typed::<T>();
    typed.write_batch(values, defined, repeated).unwrap();
    column.close().unwrap();
}

#[test]
fn the_answers_of_a_row_are_read() {
    let rows = Rows {
        ids: &[Some("1"), Some("2")],
        texts: (&["cat", "The cat", "sat"], &[0, 1, 0]),
        starts: (&[4, 0, 8], &[0, 1, 0]),
    };
    // By its first bytes as well.
    for name in ["q.parquet", "q.PARQUET", "train.json"] {
        let (examples, report) = read_named(name, &rows.write(), BadExamples::Error).unwrap();
        assert_eq!((report.kept, report.paragraphs), (2, 1));
        let answers = examples.iter().map(|example| {
            let answers = example.answers.iter();
            answers.map(|answer| answer.start).collect::<Vec<_>>()
        });
        assert!(answers.eq([vec![4, 0], vec![8]]));
        assert_eq!((&*examples[1].title, &*examples[1].question), ("", "Who?"));
    }
}

#[test]
fn what_is_wrong_with_a_row_is_named() {
    let good = Rows {
        ids: &[Some("1"), Some("2")],
        texts: (&["cat", "sat"], &[0, 0]),
        starts: (&[4, 8], &[0, 0]),
    };
    let off = Rows {
        starts: (&[4, 9], &[0, 0]),
        ..good
    };
    assert_eq!(
        error(&off.write()),
        "q.parquet, row 2, id \"2\": the answer \"sat\" is not at 9; the nearest is at 8; mend \
         the file, or read it with `bad_examples` correct or drop"
    );
    let uneven = Rows {
        texts: (&["cat", "The", "sat"], &[0, 1, 0]),
        ..good
    };
    assert_eq!(
        error(&uneven.write()),
        "q.parquet, row 1, answers, id \"1\": \"text\" has 2 answers and \"answer_start\" 1"
    );
    let nameless = Rows {
        ids: &[Some("1"), None],
        ..good
    };
    assert_eq!(
        error(&nameless.write()),
        "q.parquet, row 2, id: nothing is there, and something must be"
    );
    let row: &[Cell] = &["1".into(), "c".into(), true.into()];
    assert_eq!(
        error(&plain(&["id", "context", "question"], &[row])),
        "q.parquet, row 1, question, id \"1\": invalid type: boolean `true`, expected a string"
    );
    let row: &[Cell] = &[7_i64.into(), "c".into(), "q".into(), "cat".into()];
    assert_eq!(
        error(&plain(&["id", "context", "question", "answers"], &[row])),
        "q.parquet, row 1, answers, id \"7\": invalid type: string \"cat\", expected a list of \
         answers, or {text: [...], answer_start: [...]}"
    );
}

#[test]
fn a_file_to_be_predicted_on_needs_no_answers() {
    let row: &[Cell] = &["x".into(), "q".into(), "c".into(), "1".into()];
    let bytes = plain(&["other", "question", "context", "id"], &[row]);
    let (examples, report) = read_named("q.parquet", &bytes, BadExamples::Error).unwrap();
    assert_eq!((report.kept, report.unlabelled), (1, 1));
    assert_eq!((&*examples[0].id, &*examples[0].context), ("1", "c"));
}

#[test]
fn a_file_that_is_none_or_of_other_columns_is_told() {
    let row: &[Cell] = &["1".into(), "c".into()];
    assert_eq!(
        error(&plain(&["id", "context"], &[row])),
        "q.parquet: no column \"question\"; SQuAD's Parquet has id, title, context, question and \
         answers: {text: [...], answer_start: [...]}, and this has id, context"
    );
    let none = plain(&["id", "context", "question"], &[]);
    assert_eq!(error(&none), "q.parquet has no questions");
    assert_eq!(error(b""), "q.parquet is empty");
    assert_eq!(
        error(b"{\"data\": []}"),
        "q.parquet: not a Parquet file; if it is JSON, name it so (.json)"
    );
    let pointer = error(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n");
    assert!(pointer.starts_with("q.parquet: not a Parquet file: it is a Git LFS pointer"));
    let cut = error(&none[..none.len() - 9]);
    assert!(
        cut.starts_with("q.parquet: a broken Parquet file ("),
        "{cut}"
    );
}

proptest! {
    #[test]
    fn broken_files_are_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let rows = Rows {
            ids: &[Some("1"), Some("2")],
            texts: (&["cat", "The cat", "sat"], &[0, 1, 0]),
            starts: (&[4, 0, 8], &[0, 1, 0]),
        };
        let mut bytes = rows.write();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Ok((examples, report)) = read_named("q.parquet", &bytes, BadExamples::Correct) {
            prop_assert_eq!(examples.len(), report.kept);
            for example in &examples {
                for answer in &example.answers {
                    prop_assert_eq!(&example.context[answer.range()], &answer.text);
                }
            }
        }
    }
}
