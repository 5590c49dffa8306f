use super::*;

const HEADER: &str = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n";

/// What a train.tsv with this content reads as; paths in messages end in `train.tsv`.
fn read(content: impl AsRef<[u8]>) -> Result<Vec<PairExample>, DataError> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("train.tsv"), content).unwrap();
    read_split(GlueTask::Mrpc, dir.path(), Split::Train)
}

/// The message of the error, from the file's name on.
fn error(content: impl AsRef<[u8]>) -> String {
    let message = read(content).unwrap_err().to_string();
    message[message.find("train.tsv").unwrap()..].to_owned()
}

#[test]
fn quotes_have_no_meaning() {
    let rows = "1\t7\t8\t\" We won , he said .\tHe said : \"\" we won\n0\t9\t10\t\"a\"\tb\"\n";
    let examples = read(format!("{HEADER}{rows}")).unwrap();
    let pair = |id, text_a: &str, text_b: &str, label| PairExample {
        id,
        text_a: text_a.to_owned(),
        text_b: Some(text_b.to_owned()),
        label: Some(Label::Class(label)),
    };
    assert_eq!(
        examples,
        [
            pair(0, "\" We won , he said .", "He said : \"\" we won", 1),
            pair(1, "\"a\"", "b\"", 0),
        ]
    );
}

#[test]
fn byte_order_mark_crlf_and_blank_end_are_tolerated() {
    let unix = format!("{HEADER}1\t7\t8\ta\tb\n0\t7\t8\tc\td\n");
    let windows = format!("\u{feff}{}\r\n\r\n", unix.replace('\n', "\r\n"));
    assert_eq!(read(&unix).unwrap(), read(windows).unwrap());
    assert_eq!(read(&unix).unwrap(), read(unix.trim_end()).unwrap());
}

#[test]
fn a_test_file_of_glue_has_no_labels() {
    let content = "index\t#1 ID\t#2 ID\t#1 String\t#2 String\n0\t7\t8\ta\tb\n5\t7\t8\tc\td\n";
    let examples = read(content).unwrap();
    assert!(examples.iter().all(|example| example.label.is_none()));
    assert_eq!(examples[1].text_b.as_deref(), Some("d"));
}

#[test]
fn bad_lines_are_named() {
    assert_eq!(
        error(format!("{HEADER}1\t7\t8\ta\tb\n1\t7\t8\ta\n")),
        "train.tsv, line 3: 4 columns, expected 5; columns are separated by one tab and \
         quotes have no meaning"
    );
    assert!(error(format!("{HEADER}1\t7\t8\ta\tb\tc\n")).contains("line 2: 6 columns"));
    let blank = error(format!("{HEADER}\n1\t7\t8\ta\tb\n"));
    assert_eq!(blank, "train.tsv, line 2: the line is empty; take it out");
    assert_eq!(
        error(format!("{HEADER}1\t7\t8\ta\tb\nyes\t7\t8\ta\tb\n")),
        "train.tsv, line 3, column 1: unknown label \"yes\"; the labels are 0, 1"
    );
    assert!(error(format!("{HEADER}1 \t7\t8\ta\tb\n")).contains("unknown label \"1 \""));
    let mut latin = format!("{HEADER}1\t7\t8\ta\tcaf").into_bytes();
    latin.extend(b"\xe9\n");
    assert_eq!(
        error(latin),
        "train.tsv, line 2, byte 12: not UTF-8; convert the file to UTF-8 first"
    );
}

#[test]
fn bad_files_are_named() {
    assert_eq!(error(""), "train.tsv is empty");
    assert_eq!(error("\u{feff}\r\n\n"), "train.tsv is empty");
    assert_eq!(error(HEADER), "train.tsv has a header and no examples");
    assert_eq!(
        error("1\t7\t8\ta\tb\n1\t7\t8\ta\tb\n"),
        "train.tsv, line 1: this is an example (column 1 is the label \"1\"), not a header; \
         put a header line first"
    );
    assert!(error("Quality,#1 ID\n").starts_with("train.tsv, line 1: 1 columns, expected 5"));
}

#[test]
fn a_file_of_another_kind_is_told_by_name() {
    let other = |content: &[u8], what: &str| {
        let message = error(content);
        let expected = format!("train.tsv is not tab-separated text: it is {what}");
        assert!(message.starts_with(&expected), "{message}");
    };
    other(
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
        "a Git LFS pointer",
    );
    other(b"\n<!doctype html>\n", "a web page (HTML)");
    other(b"{\"sentence1\": \"a\", \"label\": 1}\n", "JSON;");
    let wide = |to: fn(u16) -> [u8; 2]| HEADER.encode_utf16().flat_map(to).collect::<Vec<_>>();
    other(&wide(u16::to_le_bytes), "text in UTF-16LE; convert it");
    other(&wide(u16::to_be_bytes), "text in UTF-16BE; convert it");
}

#[test]
fn lines_with_other_separators_are_told_by_name() {
    let advice = |separator: &str| {
        let message = error(HEADER.replace('\t', separator));
        let (place, advice) = message.split_once("; ").unwrap();
        assert_eq!(place, "train.tsv, line 1: 1 columns, expected 5");
        advice.to_owned()
    };
    assert!(advice(",").starts_with("it has commas; write the file with tabs"));
    assert!(advice(";").starts_with("it has semicolons; write the file with tabs"));
    assert!(advice("    ").starts_with("it has spaces where tabs should be"));
    let old = format!("{HEADER}1\t7\t8\ta\tb\n").replace('\n', "\r");
    assert!(error(old).ends_with("lines must end in LF or CRLF, and this has CR alone"));
}

#[test]
fn a_file_with_the_quotes_of_csv_is_told_by_name() {
    let quoted = "1\t7\t8\t\"He said \"\"no\"\" .\"\tb\n";
    assert_eq!(
        error(format!("{HEADER}1\t7\t8\ta\tb\n{quoted}")),
        "train.tsv, line 3, column 4: quoted as in a CSV file; write the file without \
         quoting, as quotes have no meaning in it"
    );
    let all = "\"1\"\t\"7\"\t\"8\"\t\"a\"\t\"b\"\n";
    assert!(
        error(format!("{HEADER}{all}"))
            .ends_with("unknown label \"\\\"1\\\"\"; the labels are 0, 1, without quotes")
    );
    // Beside quotes that no CSV file has, it is what somebody wrote.
    let plain = "1\t7\t8\tHe : \"\tb\n";
    assert!(read(format!("{HEADER}{plain}{quoted}")).is_ok());
    // What people write stays text.
    let text = "1\t7\t8\t\"a\" and \"b\"\t\" He : \"\" we won \" . \"\n";
    assert!(read(format!("{HEADER}{text}")).is_ok());
}

#[test]
fn missing_folder_file_and_right_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let missing = read_split(GlueTask::Mrpc, dir.path(), Split::Dev).unwrap_err();
    let message = missing.to_string();
    assert!(message.ends_with("dev.tsv does not exist; it should hold the dev split of mrpc"));
    let nowhere = dir.path().join("nowhere");
    let missing = read_split(GlueTask::Mrpc, nowhere, Split::Dev)
        .unwrap_err()
        .to_string();
    assert!(missing.contains("nowhere is not a folder; give the folder that holds train.tsv"));
    let error = read_file(GlueTask::Mrpc, dir.path()).unwrap_err();
    assert!(matches!(error, DataError::Io { .. }), "{error}");
}

#[test]
fn a_split_that_a_task_does_not_have_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let error = |task, split| read_split(task, dir.path(), split).unwrap_err().to_string();
    assert_eq!(
        error(GlueTask::Rte, Split::DevMismatched),
        "rte has no split dev-mismatched; it has train, dev, test"
    );
    let missing = error(GlueTask::Mnli, Split::TestMismatched);
    assert!(missing.contains("test_mismatched.tsv does not exist"));
}
