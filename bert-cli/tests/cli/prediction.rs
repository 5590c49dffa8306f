//! `answer` and `classify` as a user runs them.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Output, Stdio};

use crate::common::{Case, command, fed, fed_with, text};
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
    let mut program = command(name);
    fed(
        program.arg("--model").arg(case.path("model")).args(more),
        input,
    )
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
    for (input, labelled, expected) in [
        (&b"a\tb\n\na\n"[..], 1, "line 2 of standard input"),
        (b"a\n\n\n \na\n", 1, "line 2 of standard input"),
        (b"a\tb\tc\n", 0, "line 1 of standard input"),
        (b"a\na\nb\nc\t\nd\n", 3, "line 4 of standard input"),
        (b"a\n\t\n", 1, "line 2 of standard input"),
        (
            b"a\nb\n\xff\n",
            2,
            "cannot read standard input: line 3 is not UTF-8",
        ),
    ] {
        let output = run(&case, "classify", &[], input);
        fails(&output, expected);
        // What came before is there.
        assert_eq!(text(&output.stdout).lines().count(), labelled, "{expected}");
    }
    let no_head = run(&span_model(), "classify", &[], b"a\n");
    fails(&no_head, "classifier.weight");
    fails(
        &no_head,
        "it has no trained head of BertForSequenceClassification",
    );
}

#[test]
fn lines_end_as_other_programs_write_them() {
    let case = Case::new();
    let expected = run(&case, "classify", &[], b"a b c\nd\te\n");
    assert_eq!(text(&expected.stdout).lines().count(), 2);
    for input in [
        &b"a b c\r\nd\te\r\n"[..],
        b"a b c\nd\te",
        b"a b c\nd\te\n\n",
        b"a b c\r\nd\te\r\n\r\n  \n",
        b"\xef\xbb\xbfa b c\nd\te\n",
    ] {
        let found = run(&case, "classify", &[], input);
        assert!(found.status.success(), "{}", text(&found.stderr));
        assert_eq!(text(&found.stdout), text(&expected.stdout), "{input:?}");
    }
}

#[test]
fn what_is_asked_before_a_wrong_line_is_answered() {
    let case = span_model();
    let context = case.path("context.txt");
    fs::write(&context, "a b c d e").unwrap();
    let context = ["--context", context.to_str().unwrap()];
    let asked = run(&case, "answer", &context, b"\xef\xbb\xbfd b\r\nd\n\n\xff\n");
    fails(&asked, "line 4 is not UTF-8");
    assert_eq!(text(&asked.stdout).lines().count(), 2);
    let plain = run(&case, "answer", &context, b"d b");
    assert!(text(&asked.stdout).starts_with(&text(&plain.stdout)));

    // bert-nano comes with the examples.
    let input = "A [MASK].\nno mask\n";
    let filled = fed(command("fill_mask").arg("--top-k=1"), input.as_bytes());
    fails(&filled, "line 2 of standard input: the text has no [MASK]");
    assert_eq!(text(&filled.stdout).lines().count(), 1);
}

/// Another program that writes a line and waits for its label before it writes the next.
#[test]
fn a_line_is_labelled_when_no_other_comes() {
    let case = Case::new();
    let mut child = command("classify")
        .arg("--model")
        .arg(case.path("model"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut to = child.stdin.take().unwrap();
    let mut from = BufReader::new(child.stdout.take().unwrap());
    for line in ["a b\n", "c\td\n"] {
        to.write_all(line.as_bytes()).unwrap();
        let mut label = String::new();
        from.read_line(&mut label).unwrap();
        assert_eq!(label.split('\t').count(), 2, "{label}");
    }
    drop(to);
    assert!(child.wait().unwrap().success());
}

/// As `program | head -1` and `program | head -0` do.
#[cfg(unix)]
#[test]
fn a_reader_that_has_seen_enough_ends_a_program_quietly() {
    let case = span_model();
    let context = case.path("context.txt");
    fs::write(&context, "a b c d e").unwrap();
    let classifier = Case::new();
    let mut classify = command("classify");
    classify.arg("--model").arg(classifier.path("model"));
    let mut answer = command("answer");
    answer.arg("--model").arg(case.path("model"));
    answer.arg("--context").arg(&context);
    let mut convert = command("convert");
    convert.arg("--from").arg(classifier.path("model"));
    convert.arg("--to").arg(classifier.path("converted"));
    let mut help = command("mrpc");
    help.arg("--help");
    for mut program in [
        classify,
        answer,
        command("fill_mask"),
        convert,
        command("backends"),
        help,
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        program.stdout(writer);
        let input = b"a [MASK]\n".repeat(5000);
        let output = fed_with(&mut program, &input);
        let message = text(&output.stderr);
        let is_known = |line: &str| line.starts_with("the vocabulary is taken");
        assert!(message.lines().all(is_known), "{program:?}: {message}");
        assert!(output.status.success(), "{program:?}: {}", output.status);
    }

    // Nor does an error that nobody reads panic.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut wrong = command("classify");
    wrong.args(["--model", "/nowhere"]).stderr(writer);
    assert_eq!(wrong.status().unwrap().code(), Some(1));
}

/// A disk that is full is no reader that has seen enough.
#[cfg(target_os = "linux")]
#[test]
fn an_output_that_cannot_be_written_is_said() {
    let mut backends = command("backends");
    let full = fs::OpenOptions::new().write(true).open("/dev/full");
    backends.stdout(full.unwrap()).stderr(Stdio::piped());
    let output = fed_with(&mut backends, b"");
    fails(&output, "cannot write to standard output");
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
fn a_classifier_of_tokens_labels_no_text() {
    let case = Case::new();
    case.edit_config("architectures", json!(["BertForTokenClassification"]));
    fails(
        &run(&case, "classify", &[], b"a b\n"),
        "BertForTokenClassification",
    );
}

#[test]
fn several_classes_and_numbers_are_told_as_such() {
    let said = |key: &str, value: serde_json::Value| {
        let case = Case::new();
        case.edit_config(key, value);
        let output = run(&case, "classify", &[], b"a b\nthe river\n");
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let several = said("problem_type", json!("multi_label_classification"));
    assert_eq!(several.lines().count(), 2);
    for line in several.lines() {
        let (names, scores) = line.split_once('\t').unwrap();
        assert_eq!(
            names.matches('|').count(),
            scores.matches('|').count(),
            "{line}"
        );
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
