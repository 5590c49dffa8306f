use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::choice::ChoiceProblem;

/// What a file of this name with this content reads as.
fn read_named(
    name: &str,
    content: &str,
    label_use: LabelUse,
) -> Result<Vec<ChoiceExample>, ChoiceError> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(name);
    std::fs::write(&file, content).unwrap();
    read_choices(&[file], label_use)
}

fn read(name: &str, content: &str) -> Vec<ChoiceExample> {
    read_named(name, content, LabelUse::Required).unwrap()
}

/// The message of the error, from the file's name on.
#[track_caller]
fn error(name: &str, content: &str) -> String {
    let error = read_named(name, content, LabelUse::Required).unwrap_err();
    let message = error.to_string();
    message[message.find(name).unwrap()..].to_owned()
}

fn example(
    context: &str,
    question: &str,
    choices: &[&str],
    label: impl Into<Option<usize>>,
) -> ChoiceExample {
    ChoiceExample {
        context: context.to_owned(),
        question: question.to_owned(),
        choices: choices.iter().map(|&choice| choice.to_owned()).collect(),
        label: label.into(),
    }
}

const SWAG_HEADER: &str = ",video-id,fold-ind,startphrase,sent1,sent2,gold-source,ending0,ending1,ending2,ending3,label\n";

#[test]
fn swag_is_read_as_datasets_have_it() {
    let row = "0,anet_1,1,\"A man sits. He\",\"A man sits, still.\",He,gold,runs.,\"stands, up.\",\"says \"\"a\"\".\",eats.,1\n";
    let expected = example(
        "A man sits, still.",
        "He",
        &["runs.", "stands, up.", "says \"a\".", "eats."],
        1,
    );
    assert_eq!(
        read("train.csv", &format!("{SWAG_HEADER}{row}")),
        std::slice::from_ref(&expected)
    );

    let record = json!({"video-id": "anet_1", "startphrase": "A man sits. He",
        "sent1": "A man sits, still.", "sent2": "He", "ending0": "runs.", "ending1": "stands, up.",
        "ending2": "says \"a\".", "ending3": "eats.", "label": 1});
    assert_eq!(read("train.jsonl", &record.to_string()), [expected]);

    // Its test split has no label, or -1.
    let unlabelled = "sent1,sent2,ending0,ending1\na,b,c,d\n";
    let read = |content: &str| read_named("test.csv", content, LabelUse::Optional).unwrap();
    assert_eq!(read(unlabelled), [example("a", "b", &["c", "d"], None)]);
    let hidden = "sent1,sent2,ending0,ending1,label\na,b,c,d,-1\n";
    assert_eq!(read(hidden), [example("a", "b", &["c", "d"], None)]);
}

#[test]
fn race_is_read_as_datasets_and_as_its_own_files_have_it() {
    let record = |question: &str, answer: &str| {
        json!({"example_id": "high1.txt", "article": "It rains.", "question": question,
            "options": ["dry", "wet", "5"], "answer": answer})
    };
    let lines = format!(
        "{}\n{}\n",
        record("Now it is _ .", "B"),
        record("And?", "C")
    );
    let expected = [
        example("It rains.", "Now it is _ .", &["dry", "wet", "5"], 1),
        example("It rains.", "And?", &["dry", "wet", "5"], 2),
    ];
    assert_eq!(read("dev.jsonl", &lines), expected);

    let passage = json!({"article": "It rains.", "questions": ["Now it is _ .", "And?"],
        "options": [["dry", "wet", "5"], ["dry", "wet", 5]], "answers": ["B", "C"], "id": "high1.txt"});
    assert_eq!(read("high1.txt", &passage.to_string()), expected);

    let dir = tempfile::tempdir().unwrap();
    for (name, article) in [
        ("high/b.txt", "b"),
        ("high/a.txt", "a"),
        ("middle/1.txt", "m"),
    ] {
        let mut passage = passage.clone();
        passage["article"] = article.into();
        let file = dir.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, passage.to_string()).unwrap();
    }
    std::fs::write(dir.path().join("README.md"), "no questions").unwrap();
    let folder = [dir.path().to_owned()];
    let found = read_choices(&folder, LabelUse::Required).unwrap();
    let articles: Vec<&str> = found.iter().map(|e| e.context.as_str()).collect();
    assert_eq!(articles, ["a", "a", "b", "b", "m", "m"]);
    let empty = [dir.path().join("high/none")];
    std::fs::create_dir(&empty[0]).unwrap();
    let error = read_choices(&empty, LabelUse::Required).unwrap_err();
    assert!(matches!(error, ChoiceError::EmptyFolder { .. }), "{error}");
}

#[test]
fn questions_have_as_many_choices_as_they_like_and_fields_in_any_order() {
    let lines = [
        json!({"label": 1, "context": "a", "choices": ["b", "c"], "id": 7}),
        json!({"context": "a", "question": "why", "choices": ["b", "c", "d", "e", "f"], "label": "E"}),
        json!({"choices": ["b", "cc", "d"], "context": 12, "question": null, "label": "cc"}),
    ];
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    assert_eq!(
        read("own.jsonl", &lines.join("\r\n")),
        [
            example("a", "", &["b", "c"], 1),
            // The first question has no such field.
            example("a", "why", &["b", "c", "d", "e", "f"], 4),
            example("12", "", &["b", "cc", "d"], 1),
        ]
    );
    // Nor labels, where they are not needed.
    let lines = "{\"context\": \"a\", \"choices\": [\"b\", \"c\"]}\n\n{\"context\": \"a\", \"choices\": [\"b\", \"c\"], \"label\": 0}\n";
    let found = read_named("own.jsonl", lines, LabelUse::Optional).unwrap();
    assert_eq!([found[0].label, found[1].label], [None, Some(0)]);
    let found = read_named("own.jsonl", lines, LabelUse::Unused).unwrap();
    assert_eq!([found[0].label, found[1].label], [None, None]);
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_is_read_as_json_lines_are() {
    use crate::table::{Cell, TableWriter};

    let columns = ["example_id", "article", "question", "options", "answer"];
    let mut writer = TableWriter::new("q", Vec::new(), TableFormat::Parquet, &columns).unwrap();
    for (options, answer) in [(vec!["b", "c", "d"], "C"), (vec!["b", "c"], "E")] {
        let row: [Cell; 5] = [
            "1".into(),
            "a".into(),
            "q".into(),
            options.into(),
            answer.into(),
        ];
        writer.write_row(&row).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("race.parquet");
    std::fs::write(&file, writer.finish().unwrap()).unwrap();
    let mut rows = ChoiceReader::open(&file, LabelUse::Required).unwrap();
    let (row, found) = rows.next().unwrap().unwrap();
    assert_eq!((row, found), (1, example("a", "q", &["b", "c", "d"], 2)));
    let error = rows.next().unwrap().err().unwrap().to_string();
    assert!(
        error.contains("race.parquet, line 2: the label is E"),
        "{error}"
    );
    assert!(rows.next().is_none());
}

#[test]
fn what_is_no_question_is_said_with_its_line() {
    let good =
        "{\"context\": \"a\", \"question\": \"q\", \"choices\": [\"b\", \"c\"], \"label\": 0}\n";
    let question = |choices: &str, label: &str| {
        format!("{good}{{\"context\": \"a\", \"choices\": {choices}, \"label\": {label}}}")
    };
    for (choices, label, expected) in [
        (
            "[\"b\", \"c\"]",
            "2",
            "the label is 2, and there are 2 choices: numbers from 0 to 1, letters from A to B",
        ),
        (
            "[\"b\", \"c\"]",
            "\"D\"",
            "the label is D, and there are 2 choices",
        ),
        ("[\"b\", \"c\"]", "null", "the question is not labelled"),
        ("[\"b\", \"c\"]", "-1", "the question is not labelled"),
        ("[\"blue\", \"c\"]", "\"bleu\"", "is \"blue\" meant"),
        ("[]", "0", "the question has no choices"),
        ("null", "0", "the question has no choices"),
        ("[\"b\"]", "0", "the question has one choice only, \"b\""),
        ("[\"b\", \" \"]", "0", "choice 1 (from 0) is empty"),
        ("[null, \"b\"]", "0", "choice 0 (from 0) is empty"),
        ("\"b, c\"", "0", "a text where \"choices\" should be a list"),
        (
            "{\"text\": [\"b\", \"c\"]}",
            "0",
            "an object where \"choices\" should be a list",
        ),
        (
            "[[\"b\"], \"c\"]",
            "0",
            "a list where the text of \"choices\" should be",
        ),
        (
            "[true, \"c\"]",
            "0",
            "a boolean where the text of \"choices\" should be",
        ),
    ] {
        let message = error("own.jsonl", &question(choices, label));
        assert!(message.starts_with("own.jsonl, line 2: "), "{message}");
        assert!(message.contains(expected), "{message}");
    }
    let message = error(
        "own.jsonl",
        &format!("{good}{{\"context\": null, \"choices\": [], \"label\": 0}}"),
    );
    assert!(
        message.contains("line 2: nothing where the text of \"context\""),
        "{message}"
    );
    let message = error("own.jsonl", &format!("{good}{{\"context\": \"a\""));
    assert!(message.contains("line 2, column"), "{message}");
    let message = error(
        "swag.csv",
        &format!("{SWAG_HEADER}0,a,1,s,one,two,gold,b,c,,d,0\n"),
    );
    assert_eq!(
        message,
        "swag.csv, line 2: choice 2 (from 0) is empty; take it out, and mind the label"
    );
}

#[test]
fn a_field_that_is_missing_is_named_with_what_may_be_meant() {
    for (content, expected) in [
        (
            "{\"contxt\": \"a\", \"choices\": [], \"label\": 0}",
            "no field is named \"context\"; is \"contxt\" meant; the fields are \"contxt\", ",
        ),
        (
            "{\"context\": \"a\", \"choice\": [], \"label\": 0}",
            "no field is named \"choices\"; is \"choice\" meant",
        ),
        (
            "{\"context\": \"a\", \"choices\": [], \"lable\": 0}",
            "no field is named \"label\"; is \"lable\" meant",
        ),
        (
            "{\"context\": \"a\", \"qestion\": \"q\", \"choices\": [], \"label\": 0}",
            "no field is named \"question\"; is \"qestion\" meant",
        ),
        (
            "{\"question\": \"q\", \"choices\": [], \"label\": 0}",
            "no field is named \"context\"; ",
        ),
        (
            "{\"question\": \"q\", \"choices\": [], \"label\": 0}",
            "where there is no passage, the question is the context",
        ),
        (
            "{\"text\": \"q\", \"topic\": 1}",
            "a question has \"context\", \"question\", \"choices\"",
        ),
        (
            "{\"article\": \"a\", \"question\": \"q\", \"options\": []}",
            "no field is named \"answer\"; the fields",
        ),
        (
            "{\"sent1\": \"a\", \"sent2\": \"q\", \"ending0\": \"c\", \"ending2\": \"d\", \"label\": 0}",
            "no field is named \"ending1\"",
        ),
        (
            "{\"sent1\": \"a\", \"sent2\": \"q\", \"ending0\": \"c\", \"label\": 0}",
            "no field is named \"ending1\"",
        ),
        (
            "{\"sent1\": \"a\", \"sent2\": \"q\", \"ending0\": \"c\", \"ending18446744073709551615\": \"d\", \"label\": 0}",
            "no field is named \"ending1\"",
        ),
    ] {
        let message = error("own.jsonl", content);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_passage_has_as_many_of_everything_as_questions() {
    let passage =
        |questions: serde_json::Value, options: serde_json::Value, answers: serde_json::Value| {
            json!({"article": "a", "questions": questions, "options": options, "answers": answers})
                .to_string()
        };
    let two = json!([["b", "c"], ["d", "e"]]);
    for (content, expected) in [
        (
            passage(json!(["p", "q"]), json!([["b", "c"]]), json!(["A", "B"])),
            "high.txt, line 1: 2 questions and 1 options",
        ),
        (
            passage(json!(["p", "q"]), two.clone(), json!(["A"])),
            "2 questions and 1 answers",
        ),
        (
            passage(json!(["p", "q"]), two.clone(), json!(["A", "C"])),
            "high.txt, line 1, question 2: the label is C",
        ),
        (
            passage(json!(["p", "q"]), two.clone(), json!([null, "B"])),
            "question 1: the question is not labelled",
        ),
        (
            passage(
                json!(["p", "q"]),
                json!([["b", "c"], ["d"]]),
                json!(["A", "A"]),
            ),
            "question 2: the question has one choice only",
        ),
        (
            passage(json!([]), json!([]), json!([])),
            "the passage has no questions",
        ),
        (
            passage(json!("p"), two, json!(["A"])),
            "a text where \"questions\" should be a list",
        ),
    ] {
        let message = error("high.txt", &content);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn what_is_no_file_of_questions_is_refused() {
    let none = read_choices(&[], LabelUse::Required).unwrap_err();
    assert!(matches!(none, ChoiceError::Table(error) if matches!(*error, TableError::NoFiles)));
    for (name, content) in [
        ("q.jsonl", ""),
        ("q.jsonl", "[1]"),
        ("q.csv", "a,b\n"),
        ("q.doc", "a"),
    ] {
        let error = read_named(name, content, LabelUse::Required).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
    let streamed = ChoiceReader::from_reader("standard input", "{}".as_bytes(), LabelUse::Unused);
    let error = streamed.err().unwrap().to_string();
    assert!(error.starts_with("standard input, line 1"), "{error}");
}

fn question() -> impl Strategy<Value = ChoiceExample> {
    let choice = "[a-z\"',\\\\ é中\u{1f600}]{0,6}[a-z]";
    (
        "\\PC{0,12}",
        "\\PC{0,12}",
        prop::collection::vec(choice, 2..7),
    )
        .prop_flat_map(|(context, question, choices)| {
            let labels = 0..choices.len();
            labels.prop_map(move |label| ChoiceExample {
                context: context.clone(),
                question: question.clone(),
                choices: choices.clone(),
                label: Some(label),
            })
        })
}

proptest! {
    #[test]
    fn what_is_written_is_read(questions in prop::collection::vec(question(), 1..6)) {
        let own = questions.iter().map(|q| {
            json!({"context": q.context, "question": q.question, "choices": q.choices, "label": q.label})
        });
        let race = questions.iter().map(|q| {
            let answer = char::from(b'A' + q.label.unwrap() as u8).to_string();
            json!({"article": q.context, "question": q.question, "options": q.choices, "answer": answer})
        });
        let lines = |values: &mut dyn Iterator<Item = serde_json::Value>| {
            values.map(|value| format!("{value}\n")).collect::<String>()
        };
        prop_assert_eq!(&read("own.jsonl", &lines(&mut own.into_iter())), &questions);
        let found = read_named("race.jsonl", &lines(&mut race.into_iter()), LabelUse::Required);
        match found {
            Ok(found) => prop_assert_eq!(&found, &questions),
            // A choice may be the letter of another one.
            Err(ChoiceError::Row { problem: ChoiceProblem::AmbiguousLabel { .. }, .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
