//! What `bert-data` reads: a tokenizer's folder and files of data. Bytes are read or refused.

#[path = "scratch.rs"]
mod scratch;

use std::io::Cursor;
use std::path::PathBuf;

use bert_data::choice::ChoiceReader;
use bert_data::squad::{BadExamples, read_squad};
use bert_data::table::{Cell, ColumnOptions, LabelUse, WriteError};
use bert_data::tags::{TagReader, entities};
use bert_data::{
    BertTokenizer, GlueTask, Label, LabelNames, PairExample, TableError, TableFormat, TableOptions,
    TableReader, TableWriter, TagError, TagFormat, TagOptions, TagScheme, TaggedData, read_file,
    read_tables,
};

use scratch::{split, with_files};

/// Its name and what it does with the bytes of a file.
#[allow(dead_code)]
pub type Target = (&'static str, fn(&[u8]));

/// Every target. A fuzzer's program has only one of them.
#[allow(dead_code)]
pub const TARGETS: [Target; 6] = [
    ("tokenizer_folder", tokenizer_folder),
    ("glue_tsv", glue_tsv),
    ("squad_json", squad_json),
    ("table", table),
    ("choices", choices),
    ("tagged", tagged),
];

/// The files that a tokenizer is read from.
const TOKENIZER_FILES: [&str; 6] = [
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "special_tokens_map.json",
    "added_tokens.json",
    "config.json",
];

/// A tokenizer's folder, each file after a line `--- NAME`. Every id is one of the vocabulary.
pub fn tokenizer_folder(bytes: &[u8]) {
    with_files(&split(bytes, &TOKENIZER_FILES), |folder| {
        let Ok(tokenizer) = BertTokenizer::from_folder(folder) else {
            return;
        };
        for text in [
            "",
            "The café's 中文 [MASK] ##s \u{0}\u{301}😀",
            "a b\tc\r\nd",
        ] {
            if let Ok(ids) = tokenizer.word_pieces(text) {
                let size = tokenizer.vocab_size();
                assert!(ids.iter().all(|&id| (id as usize) < size), "{ids:?}");
                tokenizer.decode(&ids);
                tokenizer.count_unknown(&ids);
            }
        }
    });
}

/// A file of any task of GLUE. Every label is one of the task's.
pub fn glue_tsv(bytes: &[u8]) {
    with_files(&[("train.tsv", bytes)], |folder| {
        for task in GlueTask::ALL {
            let examples = read_file(task, folder.join("train.tsv"));
            let labels = examples.iter().flatten().flat_map(|example| &example.label);
            for label in labels {
                assert!(match label {
                    Label::Class(class) => *class < task.label_names().len(),
                    Label::Number(number) => task.is_regression() && (0.0..=5.0).contains(number),
                    Label::Classes(_) => false,
                });
            }
        }
    });
}

/// A file of questions. Every answer is a piece of its passage.
pub fn squad_json(bytes: &[u8]) {
    with_files(&[("train.json", bytes)], |folder| {
        for bad in [BadExamples::Correct, BadExamples::Drop, BadExamples::Error] {
            let read = read_squad(folder.join("train.json"), bad);
            let Ok((examples, report)) = read else {
                continue;
            };
            assert_eq!(examples.len(), report.kept);
            for example in examples {
                for answer in &example.answers {
                    assert_eq!(example.context[answer.range()], answer.text);
                }
            }
        }
    });
}

/// A file of questions with choices, in each format that is text. Every label is one of the choices.
pub fn choices(bytes: &[u8]) {
    for name in ["a.csv", "a.tsv", "a.jsonl", "a.txt"] {
        with_files(&[(name, bytes)], |folder| {
            for label_use in [LabelUse::Required, LabelUse::Optional] {
                let reader = ChoiceReader::open(folder.join(name), label_use);
                for (_, example) in reader.into_iter().flatten().flatten() {
                    assert!(example.choices.len() > 1);
                    let is_choice = |label: usize| label < example.choices.len();
                    assert!(match label_use {
                        LabelUse::Required => example.label.is_some_and(is_choice),
                        _ => example.label.is_none_or(is_choice),
                    });
                }
            }
        });
    }
}

/// A table, in each format that is text. What is written of its rows reads as they were, and every
/// class has a name.
pub fn table(bytes: &[u8]) {
    let formats = TableFormat::ALL.into_iter();
    for format in formats.filter(|&format| format != TableFormat::Parquet) {
        if let Ok(rows) = read_rows(format, bytes) {
            written_is_read(format, &rows);
        }
        with_files(&[("train", bytes)], |folder| {
            let files = [folder.join("train")];
            for has_header in [true, false] {
                check_labels(format, has_header, &files);
            }
        });
    }
}

/// The names of the columns, and the rows.
type Rows = (Vec<String>, Vec<Vec<Cell>>);

fn options(format: TableFormat, has_header: bool) -> TableOptions {
    TableOptions {
        format: Some(format),
        has_header,
        ..TableOptions::default()
    }
}

fn read_rows(format: TableFormat, bytes: &[u8]) -> Result<Rows, TableError> {
    let input = Cursor::new(bytes.to_vec());
    let reader = TableReader::from_reader("bytes", input, &options(format, true))?;
    let columns = reader.columns().to_vec();
    let (mut rows, mut line) = (Vec::new(), 0);
    for row in reader {
        let row = row?;
        assert!(row.line > line, "line {} after line {line}", row.line);
        line = row.line;
        assert_eq!(row.cells.len(), columns.len());
        rows.push(row.cells);
    }
    Ok((columns, rows))
}

fn write_rows(format: TableFormat, (columns, rows): &Rows) -> Result<Vec<u8>, WriteError> {
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut writer = TableWriter::new("bytes", Vec::new(), format, &names)?;
    for row in rows {
        writer.write_row(row)?;
    }
    writer.finish()
}

fn written_is_read(format: TableFormat, rows: &Rows) {
    let Ok(bytes) = write_rows(format, rows) else {
        return;
    };
    // Without the quotes that it had, the first name can be a byte-order mark or what a file of
    // another kind begins with.
    if bytes.starts_with("\u{feff}".as_bytes()) {
        return;
    }
    match read_rows(format, &bytes) {
        Err(TableError::Foreign { .. } | TableError::OtherFormat { .. }) => {}
        read => assert_eq!(&read.expect("a table written above"), rows),
    }
}

fn check_labels(format: TableFormat, has_header: bool, files: &[PathBuf]) {
    let number = |column: &str| (!has_header).then(|| column.into());
    let columns = ColumnOptions {
        text_column: number("1"),
        label_column: number("2"),
        ..ColumnOptions::default()
    };
    let options = options(format, has_header);
    let labels = || -> Result<(LabelNames, Vec<PairExample>), TableError> {
        let table = read_tables(files, &options, &columns, LabelUse::Required)?;
        let kind = table.label_kind()?;
        let names = table.label_names(kind)?;
        let examples = table.examples(kind, &names)?;
        Ok((names, examples))
    };
    let Ok((names, examples)) = labels() else {
        return;
    };
    for label in examples.iter().flat_map(|example| &example.label) {
        assert!(match label {
            Label::Class(class) => *class < names.len(),
            Label::Classes(classes) => classes.iter().all(|class| *class < names.len()),
            Label::Number(number) => number.is_finite(),
        });
    }
}

/// Tagged sentences, in each format that is text. Each word has a tag, every scheme writes the same
/// entities, and words that were found in a text are pieces of it.
pub fn tagged(bytes: &[u8]) {
    let formats = TagFormat::ALL.into_iter();
    for format in formats.filter(|&format| format != TagFormat::Parquet) {
        for label_use in [LabelUse::Required, LabelUse::Unused] {
            if let Ok(data) = read_tagged(format, bytes, label_use) {
                check_sentences(data);
            }
        }
    }
}

fn read_tagged(
    format: TagFormat,
    bytes: &[u8],
    label_use: LabelUse,
) -> Result<TaggedData, TagError> {
    let options = TagOptions {
        format: Some(format),
        tag_names: ["O", "B-a", "I-a"].map(str::to_owned).to_vec(),
        ..TagOptions::default()
    };
    let input = Cursor::new(bytes.to_vec());
    let reader = TagReader::from_reader("bytes", input, &options, label_use)?;
    TaggedData::of_readers([reader], &options, label_use)
}

fn check_sentences(mut data: TaggedData) {
    let mut line = 0;
    for sentence in &data.sentences {
        assert!(
            sentence.source.line > line,
            "{sentence:?} after line {line}"
        );
        line = sentence.line_of(sentence.words.len().saturating_sub(1));
        if let Some(tags) = &sentence.tags {
            assert_eq!(tags.len(), sentence.words.len());
        }
        if let Some(text) = &sentence.text {
            let words = text.words.iter().map(|word| &text.text[word.clone()]);
            assert!(words.eq(&sentence.words));
        }
    }
    if data.scheme == TagScheme::Plain {
        return;
    }
    let before = data.clone();
    for scheme in TagScheme::ALL {
        data.convert(scheme);
        data.convert(TagScheme::Iob2);
        assert_eq!(data, before);
    }
    for tags in data.sentences.iter().filter_map(|of| of.tags.as_ref()) {
        let (same, odd) = TagScheme::Iob2.convert(tags, TagScheme::Iob2);
        assert_eq!((&same, odd), (tags, 0));
        assert!(entities(tags).iter().all(|entity| !entity.words.is_empty()));
    }
}
