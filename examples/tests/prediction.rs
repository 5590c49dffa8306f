//! `answer` and `classify` as a user runs them.

mod common;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::{Case, program_named, text};
use serde_json::json;

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../bert-core/tests/fixtures")
        .join(name)
}

/// A case whose model answers questions.
fn span_model() -> Case {
    let case = Case::new();
    for file in ["config.json", "model.safetensors"] {
        let from = fixture("tiny-span").join(file);
        fs::copy(from, case.path("model").join(file)).unwrap();
    }
    case
}

/// The program on the case's model, with `input` on its standard input.
fn run(case: &Case, name: &str, more: &[&str], input: &[u8]) -> Output {
    let mut program: Command = program_named(name);
    let mut child = program
        .arg("--model")
        .arg(case.path("model"))
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{program:?}: {e}"));
    // A program that has failed reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

#[track_caller]
fn fails(output: &Output, expected: &str) {
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains(expected),
        "`{expected}` is not in: {message}"
    );
    assert!(!message.contains("panicked"), "{message}");
}

#[test]
fn a_question_is_answered_and_a_prompt_keeps_the_passage() {
    let case = span_model();
    let context = case.path("context.txt");
    fs::write(&context, "é a b\nc d e").unwrap();
    let context = context.to_str().unwrap();
    let asked = run(
        &case,
        "answer",
        &["--context", context, "--question", "d b", "--top-k", "3"],
        b"",
    );
    let lines = text(&asked.stdout);
    assert!(asked.status.success(), "{}", text(&asked.stderr));
    assert_eq!(lines.lines().count(), 3);
    for line in lines.lines() {
        let parts: Vec<&str> = line.split("  ").collect();
        let places: Vec<usize> = parts[1].split("..").map(|n| n.parse().unwrap()).collect();
        let chars: String = "é a b c d e"
            .chars()
            .skip(places[0])
            .take(places[1] - places[0])
            .collect();
        assert_eq!(parts[2], chars, "{line}");
        assert!(parts[0].parse::<f64>().is_ok());
    }
    let typed = run(
        &case,
        "answer",
        &["--context", context, "--top-k=3"],
        b"d b\n\nd b\n",
    );
    assert_eq!(text(&typed.stdout), lines.repeat(2));

    let threshold = "--null-score-diff-threshold=-1000";
    let none = run(
        &case,
        "answer",
        &["--context", context, threshold],
        b"d b\n",
    );
    assert!(text(&none.stdout).contains("no answer"));
}

#[test]
fn what_cannot_be_answered_is_said() {
    let case = span_model();
    let context = case.path("context.txt");
    let ask = |question: &str| {
        run(
            &case,
            "answer",
            &[
                "--context",
                context.to_str().unwrap(),
                "--question",
                question,
            ],
            b"",
        )
    };
    fails(&ask("d"), "context.txt");
    fs::write(&context, " \n").unwrap();
    fails(&ask("d"), "the context of question 0 is empty");
    fs::write(&context, [0xff, 0xfe]).unwrap();
    fails(&ask("d"), "UTF-8");
    fs::write(&context, "a b").unwrap();
    fails(&ask(" "), "question 0 is empty");
    fs::remove_file(case.path("model/model.safetensors")).unwrap();
    fails(&ask("d"), "model");
}

#[test]
fn lines_are_labelled_in_their_order() {
    let case = Case::new();
    let many = "a b c\td e\n".repeat(1500) + "a b c\n";
    let labelled = run(&case, "classify", &[], many.as_bytes());
    let lines = text(&labelled.stdout);
    assert!(labelled.status.success(), "{}", text(&labelled.stderr));
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 1501);
    assert!(lines[..1500].iter().all(|line| *line == lines[0]));
    let one = run(&case, "classify", &["--batch-size=1"], b"a b c\r\n");
    let probability = |line: &str| line.split('\t').nth(1).unwrap().parse::<f64>().unwrap();
    let difference = probability(text(&one.stdout).trim()) - probability(lines[1500]);
    assert!(difference.abs() < 1e-5);
    assert!(run(&case, "classify", &[], b"").stdout.is_empty());
}

#[test]
fn lines_that_are_no_texts_are_named() {
    let case = Case::new();
    for (input, expected) in [
        (&b"a\tb\n\nc\n"[..], "line 2 of standard input"),
        (b"a\tb\tc\n", "line 1 of standard input"),
        (b"a\t\n", "line 1 of standard input"),
        (b"a\n\xff\n", "cannot read standard input"),
    ] {
        fails(&run(&case, "classify", &[], input), expected);
    }
    let no_head = run(&span_model(), "classify", &[], b"a\n");
    fails(&no_head, "classifier.weight");
    fails(
        &no_head,
        "it has no trained head of BertForSequenceClassification",
    );
}

#[test]
fn what_the_model_has_not_seen_is_told() {
    let case = Case::new();
    let long = "a b c ".repeat(60);
    let output = run(&case, "classify", &[], format!("a b\n{long}\n").as_bytes());
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    let line = "warning: line 2 is too long for the model: ";
    assert!(said.contains(line), "{said}");
    assert_eq!(said.matches("too long").count(), 1, "{said}");
    assert_eq!(text(&output.stdout).lines().count(), 2);

    let case = span_model();
    let context = case.path("context.txt");
    fs::write(&context, "a b c d e").unwrap();
    let context = ["--context", context.to_str().unwrap(), "--question", &long];
    let output = run(&case, "answer", &context, b"");
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("warning: the question is too long: "),
        "{said}"
    );
}

#[test]
fn scores_that_are_no_softmaxs_get_no_label() {
    for (key, value, expected) in [
        (
            "problem_type",
            json!("multi_label_classification"),
            "any number of labels",
        ),
        (
            "problem_type",
            json!("regression"),
            "gives a number and no label",
        ),
        (
            "id2label",
            json!({"0": "score"}),
            "one label, which is a regression",
        ),
        (
            "architectures",
            json!(["BertForTokenClassification"]),
            "BertForTokenClassification",
        ),
    ] {
        let case = Case::new();
        case.edit_config(key, value);
        fails(&run(&case, "classify", &[], b"a b\n"), expected);
    }
}

#[test]
fn scores_that_are_no_numbers_are_said_and_end_with_one() {
    let case = Case::new();
    case.make_unreadable("stone");
    let output = run(&case, "classify", &[], b"the river\na\tthe stone\na\n");
    fails(&output, "line 2 of standard input");
    assert!(!text(&output.stdout).contains("NaN"));

    let case = span_model();
    case.make_unreadable("stone");
    let context = case.path("context.txt");
    fs::write(&context, "the light of the stone").unwrap();
    let context = context.to_str().unwrap();
    let output = run(&case, "answer", &["--context", context], b"a\n");
    fails(&output, "scores of question 0 are no numbers");

    let case = Case::new();
    for file in ["config.json", "model.safetensors"] {
        let from = fixture("tiny-pretraining").join(file);
        fs::copy(from, case.path("model").join(file)).unwrap();
    }
    case.make_unreadable("stone");
    let output = run(&case, "fill_mask", &[], b"the [MASK]\n");
    fails(&output, "scores of mask 0 are no numbers");
}
