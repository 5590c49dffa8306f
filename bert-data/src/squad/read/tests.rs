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
        "squad.json, line 2, column 12: expected `:`"
    );
    assert_eq!(
        error("{\"data\": [{\"paragraphs\": [{\n\"context\": 5}]}]}"),
        "squad.json, line 2, column 12: invalid type: integer `5`, expected a string"
    );
    assert!(error("{\"data\": [").starts_with("squad.json, line 1, column 10: EOF"));
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
    assert!(error("{}").starts_with("squad.json, top level: no \"data\"; SQuAD's shape is"));
    let is_missing = |content: &str, what: &str| {
        let message = error(content);
        assert!(
            message.starts_with(&format!("squad.json, {what};")),
            "{message}"
        );
    };
    is_missing(
        r#"{"data": [{"paragraphs": []}, {"title": "T"}]}"#,
        "article 2: no \"paragraphs\"",
    );
    is_missing(
        r#"{"data": [{"paragraphs": [{"qas": []}]}]}"#,
        "article 1, paragraph 1: no \"context\"",
    );
    is_missing(
        r#"{"data": [{"paragraphs": [{"context": "c", "qas": null}]}]}"#,
        "article 1, paragraph 1: no \"qas\"",
    );
    let place = "article 1, paragraph 1, question 2";
    let second = |fields: &str| {
        let first = r#"{"id": "1", "question": "q", "answers": []}"#;
        file("a passage", &format!("[{first}, {{{fields}}}]"))
    };
    is_missing(
        &second(r#""question": "q""#),
        &format!("{place}: no \"id\""),
    );
    is_missing(
        &second(r#""id": "2""#),
        &format!("{place}: no \"question\""),
    );
    let answer = |answer: &str| {
        second(&format!(
            r#""id": "2", "question": "q", "answers": [{answer}]"#
        ))
    };
    is_missing(
        &answer(r#"{"answer_start": 2}"#),
        &format!("{place}, answer 1: no \"text\""),
    );
    is_missing(
        &answer(r#"{"text": "passage", "answer_start": 2}, {"text": "a"}"#),
        &format!("{place}, answer 2: no \"answer_start\""),
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
        "squad.json, article 1, paragraph 1, question 2, id \"off\": the answer \"cat\" is not at \
         6; the nearest is at 4; mend the file, or read it with bad examples \"correct\" or \
         \"drop\""
    );
    let one = |fields: &str| error(file("The cat sat.", &format!("[{{{fields}}}]")));
    let empty = one(r#""id": "e", "question": """#);
    assert!(empty.contains("question 1, id \"e\": the question is empty;"));
    let both = one(r#""id": "e", "question": "q", "is_impossible": true,
           "answers": [{"text": "cat", "answer_start": 4}]"#);
    assert!(both.contains("is_impossible is true and there are answers;"));
}
