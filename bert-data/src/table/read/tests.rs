use super::*;
use crate::label::Label;
use crate::table::TableFormat;

/// What the files `0.ENDING`, `1.ENDING` and so on read as.
fn read_files(
    ending: &str,
    contents: &[&str],
    columns: &ColumnOptions,
    label_use: LabelUse,
) -> Result<Table, String> {
    let dir = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (index, content) in contents.iter().enumerate() {
        let file = dir.path().join(format!("{index}.{ending}"));
        std::fs::write(&file, content).unwrap();
        files.push(file);
    }
    let table = read_tables(&files, &TableOptions::default(), columns, label_use);
    table.map_err(|error| from_name(&error.to_string()))
}

/// A message from the file's name on.
fn from_name(message: &str) -> String {
    let start = message.rfind('/').map_or(0, |slash| slash + 1);
    message[start..].to_owned()
}

fn read(ending: &str, content: &str) -> Table {
    let columns = ColumnOptions::default();
    read_files(ending, &[content], &columns, LabelUse::Required).unwrap()
}

fn kind(ending: &str, content: &str) -> Result<LabelKind, String> {
    let kind = read(ending, content).label_kind();
    kind.map_err(|error| from_name(&error.to_string()))
}

fn names(table: &Table, kind: LabelKind) -> Result<Vec<String>, String> {
    let names = table.label_names(kind).map(|names| names.names().to_vec());
    names.map_err(|error| from_name(&error.to_string()))
}

fn labels(table: &Table, kind: LabelKind, names: &[&str]) -> Result<Vec<Label>, String> {
    let names = names.iter().map(|&name| name.to_owned()).collect();
    let examples = table.examples(kind, &LabelNames::new(names).unwrap());
    let examples = examples.map_err(|error| from_name(&error.to_string()))?;
    Ok(examples
        .into_iter()
        .filter_map(|example| example.label)
        .collect())
}

use LabelKind::{MultiLabel, Regression, SingleLabel};

#[test]
fn rows_of_several_files_are_examples() {
    let contents = ["text,label\na,x\n\"b\nc\",y\n", "label,id,text\nx,7,\n"];
    let columns = ColumnOptions::default();
    let table = read_files("csv", &contents, &columns, LabelUse::Required).unwrap();
    let places: Vec<_> = table
        .rows()
        .iter()
        .map(|row| (row.file, row.line))
        .collect();
    assert_eq!(places, [(0, 2), (0, 3), (1, 2)]);
    let kind = table.label_kind().unwrap();
    let names = table.label_names(kind).unwrap();
    assert_eq!(
        (kind, names.names()),
        (SingleLabel, &["x".to_owned(), "y".to_owned()][..])
    );
    let examples = table.examples(kind, &names).unwrap();
    let texts: Vec<&str> = examples
        .iter()
        .map(|example| example.text_a.as_str())
        .collect();
    assert_eq!(texts, ["a", "b\nc", ""]);
    assert_eq!(examples[2].id, 2);
    assert_eq!(examples[1].label, Some(Label::Class(1)));
}

#[test]
fn every_file_has_the_columns_of_the_first() {
    let contents = ["text,label\na,x\n", "sentence,label\nb,y\n"];
    let columns = ColumnOptions::default();
    let error = read_files("csv", &contents, &columns, LabelUse::Required).unwrap_err();
    assert!(
        error.starts_with("1.csv: no column is named \"text\" (`text_column`)"),
        "{error}"
    );
    let unlabelled = read_files("csv", &contents[..1], &columns, LabelUse::Unused).unwrap();
    assert!(!unlabelled.has_labels());
    let examples = unlabelled
        .examples(SingleLabel, &LabelNames::default())
        .unwrap();
    assert_eq!(examples[0].label, None);
    let error = read_tables(&[], &TableOptions::default(), &columns, LabelUse::Unused);
    assert!(matches!(error, Err(TableError::NoFiles)));
}

#[test]
fn a_row_without_text_is_told() {
    let read = |content: &str| {
        let columns = ColumnOptions::default();
        read_files("jsonl", &[content], &columns, LabelUse::Required)
    };
    let first = "{\"text\": 1.50, \"label\": 1}\n";
    assert_eq!(read(first).unwrap().rows()[0].text_a, "1.50");
    for (line, found) in [
        ("{\"label\": 1}", "nothing"),
        ("{\"text\": null}", "nothing"),
        ("{\"text\": [\"a\"]}", "a list"),
        ("{\"text\": true}", "a boolean"),
    ] {
        assert_eq!(
            read(&format!("{first}{line}\n")).unwrap_err(),
            format!("0.jsonl, line 2, column \"text\": {found} where the text should be")
        );
    }
}

#[test]
fn the_kind_is_told_by_all_labels() {
    let csv = |labels: &str| {
        let rows = labels.split(' ').map(|label| format!("a,{label}\n"));
        kind("csv", &format!("text,label\n{}", rows.collect::<String>()))
    };
    assert_eq!(csv("x y"), Ok(SingleLabel));
    assert_eq!(csv("0 1"), Ok(SingleLabel));
    assert_eq!(csv("1 2.5"), Ok(Regression));
    assert_eq!(csv("1.5 nan"), Ok(SingleLabel));
    assert_eq!(csv("x 2.5"), Ok(SingleLabel));
    assert_eq!(csv("a|b c"), Ok(SingleLabel));
    let json = |labels: &[&str]| {
        let rows = labels
            .iter()
            .map(|label| format!("{{\"text\": \"\", \"label\": {label}}}\n"));
        kind("jsonl", &rows.collect::<String>())
    };
    assert_eq!(json(&["[]", "[\"a\"]"]), Ok(MultiLabel));
    assert_eq!(json(&["1", "1.0"]), Ok(Regression));
    assert_eq!(json(&["true", "false"]), Ok(SingleLabel));
    assert_eq!(json(&["1", "\"x\""]), Ok(SingleLabel));
    assert_eq!(
        json(&["1", "{\"a\": 1}"]).unwrap_err(),
        "0.jsonl, line 2, column \"label\": neither a text, a number nor a list of \
         them where labels should be"
    );
    let list = csv("x ['a']").unwrap_err();
    assert!(list.starts_with("0.csv, line 3, column \"label\": \"['a']\" is a list that is"));
}

#[test]
fn names_are_sorted_as_numbers_if_all_are() {
    let table = read("csv", "text,label\na,10\na,9\na,-1\na,9\n");
    assert_eq!(names(&table, SingleLabel).unwrap(), ["-1", "9", "10"]);
    let table = read("csv", "text,label\na,10\na,9\na,x\n");
    assert_eq!(names(&table, SingleLabel).unwrap(), ["10", "9", "x"]);
    let table = read(
        "jsonl",
        "{\"text\":\"\",\"label\":true}\n{\"text\":\"\",\"label\":false}\n",
    );
    assert_eq!(names(&table, SingleLabel).unwrap(), ["false", "true"]);
}

#[test]
fn bad_single_labels_are_told() {
    let error = |content: &str| names(&read("csv", content), SingleLabel).unwrap_err();
    assert_eq!(
        error("text,label\na,x\nb,\n"),
        "0.csv, line 3, column \"label\": no label; label the row or take it out"
    );
    assert_eq!(
        error("text,label\na,x\nb,x\n"),
        "0.csv: every row has the label \"x\"; at least two classes are needed"
    );
    assert!(error("text,label\na,x\nb, x\n").contains("\" x\" and \"x\" differ in white space"));
    let lists = "{\"text\":\"\",\"label\":\"a\"}\n{\"text\":\"\",\"label\":[\"b\"]}\n";
    let error = names(&read("jsonl", lists), SingleLabel).unwrap_err();
    assert!(error.contains("line 2, column \"label\": a list where one label should be"));
}

#[test]
fn another_split_has_no_other_labels() {
    let table = read("csv", "text,label\na,positive\nb,Positiv\n");
    let given = ["negative", "positive"];
    assert_eq!(
        labels(&table, SingleLabel, &given).unwrap_err(),
        "0.csv, line 3, column \"label\": unknown label \"Positiv\"; is \"positive\" meant; the \
         labels are \"negative\", \"positive\""
    );
    let table = read("csv", "text,label\na,positive\nb,negative\n");
    let classes = [Label::Class(1), Label::Class(0)];
    assert_eq!(labels(&table, SingleLabel, &given).unwrap(), classes);
}

#[test]
fn several_labels_come_as_lists_or_with_a_separator() {
    let content = "{\"text\":\"\",\"label\":[\"b\",\"a\",\"b\"]}\n{\"text\":\"\",\"label\":[]}\n";
    let table = read("jsonl", content);
    assert_eq!(table.label_kind().unwrap(), MultiLabel);
    assert_eq!(names(&table, MultiLabel).unwrap(), ["a", "b"]);
    let classes = [Label::Classes(vec![0, 1]), Label::Classes(vec![])];
    assert_eq!(labels(&table, MultiLabel, &["a", "b"]).unwrap(), classes);
    let table = read("csv", "text,label\na,b | a|b\nb,\n");
    assert_eq!(labels(&table, MultiLabel, &["a", "b"]).unwrap(), classes);
    let columns = ColumnOptions {
        label_separator: Some(";".to_owned()),
        ..ColumnOptions::default()
    };
    let content = "text,label\na,a;b|c\n";
    let table = read_files("csv", &[content], &columns, LabelUse::Required).unwrap();
    assert_eq!(table.label_kind().unwrap(), MultiLabel);
    assert_eq!(names(&table, MultiLabel).unwrap(), ["a", "b|c"]);
}

#[test]
fn bad_labels_among_several_are_told() {
    let error = |content: &str| names(&read("jsonl", content), MultiLabel).unwrap_err();
    let first = "{\"text\":\"\",\"label\":[\"a\"]}\n";
    let second = |label: &str| error(&format!("{first}{{\"text\":\"\",\"label\":{label}}}\n"));
    assert!(second("[null]").ends_with("nothing where labels should be"));
    assert!(second("[\"\"]").ends_with("an empty text where labels should be"));
    assert!(second("null").contains("line 2, column \"label\": no label"));
    assert!(second("\"[\\\"a\\\"]\"").contains("is a list that is written as text"));
    assert!(error("{\"text\":\"\",\"label\":[]}\n").ends_with("no row has a label"));
}

#[test]
fn numbers_are_read_and_bad_ones_told() {
    let table = read("csv", "text,label\na,1.5\nb, -2\n");
    let numbers = [Label::Number(1.5), Label::Number(-2.0)];
    assert_eq!(labels(&table, Regression, &[]).unwrap(), numbers);
    assert_eq!(names(&table, Regression).unwrap(), [""; 0]);
    let error = |label: &str| {
        let table = read("csv", &format!("text,label\na,1.5\nb,{label}\n"));
        names(&table, Regression).unwrap_err()
    };
    assert_eq!(
        error("high"),
        "0.csv, line 3, column \"label\": \"high\" is not a number; for classes, give \
         `label_kind` single-label"
    );
    for label in ["nan", "inf", "-Infinity", "1e300"] {
        assert!(error(label).ends_with("is no finite number that 32 bits hold"));
    }
    assert!(error("").contains("no label"));
}

#[test]
fn a_row_in_the_place_of_the_header_is_told() {
    let columns = ColumnOptions {
        text_column: Some("1".into()),
        label_column: Some("2".into()),
        ..ColumnOptions::default()
    };
    let content = "a,x\nb,y\nc,x\n";
    let table = read_files("csv", &[content], &columns, LabelUse::Required).unwrap();
    let error = names(&table, SingleLabel).unwrap_err();
    assert!(error.starts_with("0.csv, line 1, column \"x\": \"x\" is one of the labels, and this"));
    // A column that is named as one of its labels is asked for by its name.
    let columns = ColumnOptions {
        label_column: Some("x".into()),
        ..columns
    };
    let table = read_files("csv", &[content], &columns, LabelUse::Required).unwrap();
    assert!(names(&table, SingleLabel).is_ok());
}

#[test]
fn a_table_of_another_delimiter_is_told_by_its_columns() {
    let columns = ColumnOptions::default();
    let error = |ending, content: &str| {
        read_files(ending, &[content], &columns, LabelUse::Required).unwrap_err()
    };
    assert!(error("csv", "text;label\na;x\n").ends_with("; it has semicolons; give `delimiter` ;"));
    assert!(error("csv", "text\tlabel\na\tx\n").ends_with("; it has tabs; give `format` tsv"));
    assert!(error("tsv", "text,label\na,x\n").ends_with("; it has commas; give `format` csv"));
}

#[test]
fn files_of_glue_are_tables() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("dev.tsv");
    std::fs::write(
        &file,
        "gj04\t1\t\tThe \"cat\" sat.\ngj04\t0\t*\t\" cat sat the.\n",
    )
    .unwrap();
    let options = TableOptions {
        format: Some(TableFormat::Tsv),
        has_header: false,
        delimiter: None,
    };
    let columns = ColumnOptions {
        text_column: Some("4".into()),
        label_column: Some("2".into()),
        ..ColumnOptions::default()
    };
    let table = read_tables(&[file], &options, &columns, LabelUse::Required).unwrap();
    assert_eq!(table.rows()[1].text_a, "\" cat sat the.");
    let classes = [Label::Class(1), Label::Class(0)];
    assert_eq!(labels(&table, SingleLabel, &["0", "1"]).unwrap(), classes);
}
