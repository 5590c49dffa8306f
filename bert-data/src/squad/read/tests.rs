//! Reading files, good and bad.

use std::sync::Arc;

use crate::squad::{BadExamples, Issue, SquadError, SquadExample, SquadReport, read_squad};

/// What a file with this content reads as.
fn read_as(
    content: impl AsRef<[u8]>,
    bad_examples: BadExamples,
) -> Result<(Vec<SquadExample>, SquadReport), SquadError> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("squad.json");
    std::fs::write(&file, content).unwrap();
    read_squad(&file, bad_examples)
}

/// The message of the error, from the file's name on.
fn error(content: impl AsRef<[u8]>) -> String {
    let message = read_as(content, BadExamples::Error)
        .unwrap_err()
        .to_string();
    message[message.find("squad.json").unwrap()..].to_owned()
}

/// A file with one paragraph.
fn file(context: &str, qas: &str) -> String {
    let context = serde_json::to_string(context).unwrap();
    format!(
        r#"{{"data": [{{"title": "T", "paragraphs": [{{"context": {context}, "qas": {qas}}}]}}]}}"#
    )
}

/// The ids of the examples that are kept, and each problem with what was done about it.
fn ids_and_issues(content: &str, bad_examples: BadExamples) -> (Vec<String>, Vec<String>) {
    let (examples, report) = read_as(content, bad_examples).unwrap();
    assert_eq!(report.kept, examples.len());
    (
        examples.into_iter().map(|example| example.id).collect(),
        report.issues.iter().map(Issue::to_string).collect(),
    )
}

#[test]
fn both_versions_are_read() {
    let content = r#"{"version": "v2.0", "data": [{"title": "Cats", "paragraphs": [
        {"context": "Le café noir 😀 là.", "qas": [
            {"id": "a", "question": " Where? ", "is_impossible": false, "answers": [
                {"text": "là", "answer_start": 15}, {"text": "noir", "answer_start": 8}]},
            {"id": "b", "question": "Who?", "is_impossible": true, "answers": [],
             "plausible_answers": [{"text": "café", "answer_start": 3}]},
            {"id": "c", "question": "What?"}]}]},
        {"paragraphs": []}]}"#;
    let (examples, report) = read_as(content, BadExamples::Error).unwrap();
    assert_eq!(report.issues, []);
    assert_eq!(
        (report.articles, report.paragraphs, report.questions),
        (2, 1, 3)
    );
    assert_eq!(
        (report.kept, report.impossible, report.unlabelled),
        (3, 1, 1)
    );
    let answers = &examples[0].answers;
    assert_eq!(answers.len(), 2);
    for answer in answers {
        assert_eq!(examples[0].context[answer.range()], answer.text);
    }
    assert_eq!(answers[0].start, 19); // é has two bytes, the emoji four.
    assert_eq!(&*examples[0].title, "Cats");
    assert_eq!(examples[0].question, " Where? ");
    assert!(examples[1].is_impossible && examples[1].answers.is_empty());
    assert!(!examples[2].is_impossible && examples[2].answers.is_empty());
    assert!(Arc::ptr_eq(&examples[0].context, &examples[2].context));
    let windows = read_as(format!("\u{feff}{content}\r\n"), BadExamples::Error).unwrap();
    assert_eq!(windows.0, examples);
}

#[test]
fn what_is_no_squad_file_is_named() {
    assert_eq!(error(""), "squad.json is empty");
    assert_eq!(error("\u{feff} \n"), "squad.json is empty");
    assert_eq!(
        error("{\"data\": [\n  {\"title\" \"T\"}]}"),
        "squad.json, line 2, column 12, data[0]: expected `:`"
    );
    assert_eq!(
        error("{\"data\": [{\"paragraphs\": [{\n\"context\": 5}]}]}"),
        "squad.json, line 2, column 12, data[0].paragraphs[0].context: invalid type: integer \
         `5`, expected a string"
    );
    assert!(error("{\"data\": [").starts_with("squad.json, line 1, column 10, data: EOF"));
    // Where the text is cut, the question is still known.
    let cut = file("c", r#"[{"id": "7", "question": "q", "ans"#);
    let cut = error(&cut[..cut.len() - 6]);
    assert!(
        cut.contains("data[0].paragraphs[0].qas[0], id \"7\": EOF"),
        "{cut}"
    );
    let half_a_character = error(file("c", r#"[{"id": "\ud800"}]"#));
    assert!(half_a_character.starts_with("squad.json, line 1, column "));
    assert!(error("[".repeat(100_000)).starts_with("squad.json, line 1, column "));
    assert_eq!(
        error(b"{\n\"data\": \"\xff\"}"),
        "squad.json, line 2: not UTF-8; convert the file to UTF-8 first"
    );
    assert_eq!(error(r#"{"data": []}"#), "squad.json has no questions");
    assert_eq!(error(file("c", "[]")), "squad.json has no questions");
    let missing = read_squad("no/such/squad.json", BadExamples::Error).unwrap_err();
    assert!(matches!(missing, SquadError::Io { .. }), "{missing}");
}

#[test]
fn missing_fields_are_named_with_their_place() {
    let no_data = "squad.json, top level: no \"data\"; SQuAD's shape is";
    for nothing in ["{}", "{\"data\": null}", "{\"version\": \"1.1\"}"] {
        assert!(error(nothing).starts_with(no_data), "{nothing}");
    }
    let is_missing = |content: &str, place: &str, field: &str| {
        let message = error(content);
        let place = format!(", {place}: no \"{field}\"; SQuAD's shape is");
        assert!(
            message.starts_with("squad.json, line ") && message.contains(&place),
            "{message}"
        );
    };
    is_missing(
        r#"{"data": [{"paragraphs": []}, {"title": "T"}]}"#,
        "data[1]",
        "paragraphs",
    );
    is_missing(
        r#"{"data": [{"paragraphs": [{"qas": []}]}]}"#,
        "data[0].paragraphs[0]",
        "context",
    );
    is_missing(
        r#"{"data": [{"paragraphs": [{"context": "c", "qas": null}]}]}"#,
        "data[0].paragraphs[0]",
        "qas",
    );
    is_missing(r#"[{"context": "c"}]"#, "[0]", "qas");
    is_missing(
        r#"[{"question": "q", "id": "1"}]"#,
        "[0], id \"1\"",
        "context",
    );
    is_missing(
        r#"[{"context": "c", "id": 7}]"#,
        "[0], id \"7\"",
        "question",
    );
    let place = "data[0].paragraphs[0].qas[1]";
    let second = |fields: &str| {
        let first = r#"{"id": "1", "question": "q", "answers": []}"#;
        file("a passage", &format!("[{first}, {{{fields}}}]"))
    };
    is_missing(&second(r#""question": "q""#), place, "id");
    let of_2 = |place: &str| format!("{place}, id \"2\"");
    is_missing(&second(r#""id": "2""#), &of_2(place), "question");
    let answer = |answer: &str| {
        second(&format!(
            r#""question": "q", "answers": [{answer}], "id": "2""#
        ))
    };
    is_missing(
        &answer(r#"{"answer_start": 2}"#),
        &of_2(&format!("{place}.answers[0]")),
        "text",
    );
    is_missing(
        &answer(r#"{"text": "passage", "answer_start": 2}, {"text": "a"}"#),
        &of_2(&format!("{place}.answers[1]")),
        "answer_start",
    );
}

#[test]
fn a_value_of_the_wrong_type_is_named_with_line_key_and_question() {
    let lines = file(
        "a passage",
        "[\n{\"id\": \"first\", \"question\": \"q\"},\n{FIELDS}\n]",
    );
    let wrong = |fields: &str, place: &str, what: &str| {
        let message = error(lines.replace("FIELDS", fields));
        assert!(
            message.starts_with("squad.json, line 3, column "),
            "{message}"
        );
        let place = format!(", data[0].paragraphs[0].qas[1].{place}: {what}");
        assert!(message.contains(&place), "{message}");
    };
    // Also where the id comes after the fault.
    wrong(
        r#""answers": [{"text": "passage", "answer_start": "two"}], "question": "q", "id": "x""#,
        "answers[0].answer_start, id \"x\"",
        "invalid value: string \"two\", expected a whole number",
    );
    wrong(
        r#""id": 12, "question": "q", "answers": [{"text": "a", "answer_start": 2.5}]"#,
        "answers[0].answer_start, id \"12\"",
        "invalid value: floating point `2.5`, expected a whole number",
    );
    wrong(
        r#""id": "x", "question": ["q"]"#,
        "question, id \"x\"",
        "invalid type: sequence, expected a string",
    );
    wrong(
        r#""id": "x", "question": "q", "answers": ["passage"]"#,
        "answers[0], id \"x\"",
        "invalid type: string \"passage\"",
    );
    wrong(
        r#""id": "x", "question": "q", "answers": "passage""#,
        "answers, id \"x\"",
        "invalid type: string \"passage\", expected a list of answers",
    );
    wrong(
        r#""id": "x", "question": "q", "answers": {"text": ["a", "b"], "answer_start": [0]}"#,
        "answers, id \"x\"",
        "\"text\" has 2 answers and \"answer_start\" 1",
    );
    wrong(
        r#""id": "x", "question": "q", "is_impossible": "false""#,
        "is_impossible, id \"x\"",
        "invalid type: string \"false\", expected a boolean",
    );
    wrong(r#""id": true"#, "id", "invalid type: boolean `true`");
}

#[test]
fn what_tables_make_of_ids_titles_and_places_is_taken() {
    let content = r#"{"data": [{"title": 5, "paragraphs": [{"context": "The cat sat.", "qas": [
        {"id": 7, "question": "q", "answers": [{"text": "cat", "answer_start": 4.0}]},
        {"id": 1.5, "question": "q", "answers": [{"text": "cat", "answer_start": "4"}]},
        {"id": 18446744073709551615, "question": "q",
         "answers": {"text": "cat", "answer_start": 4}}]}]},
        {"title": null, "paragraphs": [{"context": "The cat sat.", "qas": [
        {"id": -7, "question": "q", "answers": null, "is_impossible": null}]}]}]}"#;
    let (examples, report) = read_as(content, BadExamples::Error).unwrap();
    let ids: Vec<_> = examples.iter().map(|example| &*example.id).collect();
    assert_eq!(ids, ["7", "1.5", "18446744073709551615", "-7"]);
    assert_eq!(report.unlabelled, 1);
    assert!(
        examples[..3]
            .iter()
            .all(|example| example.answers[0].start == 4)
    );
    assert_eq!((&*examples[0].title, &*examples[3].title), ("5", ""));
}

#[test]
fn an_empty_list_of_answers_says_that_there_is_none() {
    let qas = r#"[{"id": "a", "question": "q", "answers": []},
        {"id": "b", "question": "q", "answers": {"text": [], "answer_start": []}},
        {"id": "c", "question": "q", "answers": [], "is_impossible": false},
        {"id": "d", "question": "q", "answers": null},
        {"id": "e", "question": "q"},
        {"id": "f", "question": "q", "is_impossible": true}]"#;
    let (examples, report) = read_as(file("c", qas), BadExamples::Error).unwrap();
    let impossible = examples.iter().filter(|example| example.is_impossible);
    let ids: Vec<_> = impossible.map(|example| &*example.id).collect();
    assert_eq!(ids, ["a", "b", "f"]);
    assert_eq!((report.impossible, report.unlabelled), (3, 3));
}

#[test]
fn every_shape_of_a_file_holds_the_same() {
    let question = |id: &str, answers: &str| {
        format!(r#""id": "{id}", "question": "Who sat?", "answers": {answers}"#)
    };
    let plain = r#"[{"text": "cat", "answer_start": 4}]"#;
    let columns = r#"{"text": ["cat"], "answer_start": [4]}"#;
    let context = r#""context": "The cat sat.""#;
    let (a, b) = (question("a", plain), question("b", plain));
    let paragraph = format!(r#"{{{context}, "qas": [{{{a}}}, {{{b}}}]}}"#);
    let article = format!(r#"{{"title": "T", "paragraphs": [{paragraph}]}}"#);
    let flat = |id| {
        let question = question(id, columns);
        format!(r#"{{"title": "T", {context}, {question}}}"#)
    };
    let (flat_a, flat_b) = (flat("a"), flat("b"));
    let titled = paragraph.replacen('{', r#"{"title": "T", "#, 1);
    let (expected, _) = read_as(format!(r#"{{"data": [{article}]}}"#), BadExamples::Error).unwrap();
    for content in [
        format!(r#"{{"data": [{flat_a}, {flat_b}]}}"#),
        format!("[{article}]"),
        format!("\u{feff}[{titled}]"),
        format!("[{flat_a}, {flat_b}]"),
        format!("{flat_a}\n{flat_b}\n"),
        format!("\n{flat_a}\r\n\r\n{flat_b}"),
        article.clone(),
        titled.clone(),
    ] {
        let (examples, report) = read_as(&content, BadExamples::Error).unwrap();
        assert_eq!(examples, expected, "{content}");
        assert_eq!((report.articles, report.paragraphs), (1, 1), "{content}");
        assert!(Arc::ptr_eq(&examples[0].context, &examples[1].context));
    }
    // And places are named as each shape has them.
    let missing = flat_b.replace("question", "Question");
    let lines = error(format!("{flat_a}\n\n{missing}\n"));
    assert!(
        lines.starts_with("squad.json, line 3, column") && lines.contains(", id \"b\": no \"qu"),
        "{lines}"
    );
    let list = error(format!("[{flat_a}, {missing}]"));
    assert!(list.contains(", [1], id \"b\": no \"question\";"), "{list}");
    let off = |content: &str| error(content.replace("[4]", "[5]"));
    let off_lines = off(&format!("{}\n{flat_b}", flat_a.replace("[4]", "[ 4 ]")));
    assert!(off_lines.starts_with("squad.json, line 2, id \"b\": the answer"));
    assert!(off(&format!("[{flat_a}]")).starts_with("squad.json, [0], id \"a\": the answer"));
    let twice = error(format!("{flat_a}{flat_b}"));
    assert!(twice.starts_with("squad.json, line 1, column "), "{twice}");
}

#[test]
fn a_file_of_another_kind_is_told_by_name() {
    let other = |content: &[u8], what: &str| {
        let message = error(content);
        let expected = format!("squad.json is not SQuAD's JSON: it is {what}");
        assert!(message.starts_with(&expected), "{message}");
    };
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n";
    other(
        pointer.as_bytes(),
        "a Git LFS pointer, which stands for the file; run `git lfs pull`",
    );
    other(b"<!DOCTYPE html>\n<html>", "a web page (HTML)");
    other(b"\x1f\x8b\x08", "packed with gzip; unpack it first");
    other(b"PK\x03\x04", "packed with zip");
    let wide: Vec<u8> = "\u{feff}{}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    other(&wide, "text in UTF-16; convert it to UTF-8 first");
    assert_eq!(
        error("5"),
        "squad.json, line 1, column 1: invalid type: integer `5`, expected an object or a list"
    );
}

const BAD: &str = r#"[
    {"id": "good", "question": "q", "answers": [{"text": "cat", "answer_start": 4}]},
    {"id": "off", "question": "q", "answers": [{"text": "cat", "answer_start": 6}]},
    {"id": "absent", "question": "q", "answers": [{"text": "dog", "answer_start": 4}]},
    {"id": "some", "question": "q", "answers": [
        {"text": "dog", "answer_start": 4}, {"text": "sat", "answer_start": 8},
        {"text": "", "answer_start": 8}]},
    {"id": "good", "question": "again", "answers": [{"text": "sat", "answer_start": 8}]},
    {"id": "silent", "question": " ", "answers": [{"text": "cat", "answer_start": 4}]},
    {"id": "both", "question": "q", "is_impossible": true,
     "answers": [{"text": "cat", "answer_start": 4}]}
]"#;

#[test]
fn bad_examples_are_corrected_where_they_can_be() {
    let content = file("The cat sat.", BAD);
    let (ids, issues) = ids_and_issues(&content, BadExamples::Correct);
    assert_eq!(ids, ["good", "off", "some", "both"]);
    assert_eq!(
        issues,
        [
            "\"off\": the answer \"cat\" is not at 6; the nearest is at 4; corrected",
            "\"absent\": the answer \"dog\" is not in the context; question dropped",
            "\"some\": the answer \"dog\" is not in the context; answer dropped",
            "\"some\": an answer is empty; answer dropped",
            "\"good\": a question before it has the same id; question dropped",
            "\"silent\": the question is empty; question dropped",
            "\"both\": is_impossible is true and there are answers; corrected",
        ]
    );
    let (examples, report) = read_as(content, BadExamples::Correct).unwrap();
    assert_eq!((report.questions, report.dropped()), (7, 3));
    assert_eq!(examples[1].answers[0].start, 4);
    assert_eq!(examples[2].answers.len(), 1);
    assert!(examples[3].answers.is_empty());
}

#[test]
fn bad_examples_are_dropped_on_request() {
    let (ids, issues) = ids_and_issues(&file("The cat sat.", BAD), BadExamples::Drop);
    assert_eq!(ids, ["good", "some"]);
    assert_eq!(issues.len(), 7);
    assert!(issues[0].ends_with("the nearest is at 4; question dropped"));
    assert!(issues[6].ends_with("there are answers; question dropped"));
    let (ids, issues) = ids_and_issues(&file(" \n", BAD), BadExamples::Drop);
    assert_eq!(ids, [""; 0]);
    let empty = |issue: &&String| issue.contains("the context is empty; question dropped");
    assert_eq!(issues.iter().filter(empty).count(), 6);
}

#[test]
fn bad_examples_are_errors_on_request() {
    assert_eq!(
        error(file("The cat sat.", BAD)),
        "squad.json, data[0].paragraphs[0].qas[1], id \"off\": the answer \"cat\" is not at 6; \
         the nearest is at 4; mend the file, or read it with `bad_examples` correct or drop"
    );
    let one = |fields: &str| error(file("The cat sat.", &format!("[{{{fields}}}]")));
    let empty = one(r#""id": "e", "question": """#);
    assert!(empty.contains("qas[0], id \"e\": the question is empty;"));
    let both = one(r#""id": "e", "question": "q", "is_impossible": true,
           "answers": [{"text": "cat", "answer_start": 4}]"#);
    assert!(both.contains("is_impossible is true and there are answers;"));
}
