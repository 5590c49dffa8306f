//! `choice` and `choose` as a user runs them: what they leave and say, and how they end when
//! something is wrong.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::common::{Case, command, fed, text};
use serde_json::{Value, json};

/// So many questions with two to four choices; the right one is in the context.
fn questions(count: usize) -> String {
    let words = ["a", "b", "c", "d", "e"];
    let line = |number: usize| {
        let choices: Vec<&str> = (0..2 + number % 3)
            .map(|at| words[(number + at) % 5])
            .collect();
        let label = number % choices.len();
        let question = json!({
            "context": format!("the river of {} and {number}", choices[label]),
            "question": "of",
            "choices": choices,
            "label": label,
        });
        format!("{question}\n")
    };
    (0..count).map(line).collect()
}

struct Choices(Case);

impl Choices {
    fn new() -> Self {
        let case = Case::new();
        for file in ["config.json", "model.safetensors"] {
            let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../bert-core/tests/fixtures");
            let from = Path::new(fixtures).join("tiny-choice").join(file);
            fs::copy(from, case.path("model").join(file)).unwrap();
        }
        for (split, count) in [("train", 14), ("dev", 9)] {
            fs::write(case.path(&format!("{split}.jsonl")), questions(count)).unwrap();
        }
        Self(case)
    }

    fn path(&self, name: &str) -> String {
        self.0.path(name).to_str().unwrap().to_owned()
    }

    fn train(&self, train: &str, more: &[&str]) -> Output {
        let [train, dev] = [train, "dev.jsonl"].map(|name| self.path(name));
        let mut program = command("choice");
        program
            .args([
                "--model",
                &self.path("model"),
                "--output-dir",
                &self.path("out"),
            ])
            .args(["--train-file", &train, "--validation-file", &dev])
            .args(["--max-seq-length=24", "--train-batch-size=4"])
            .args(more);
        program
            .output()
            .unwrap_or_else(|e| panic!("{program:?}: {e}"))
    }

    fn choose(&self, more: &[&str], input: &[u8]) -> Output {
        let mut program = command("choose");
        program.args(["--model", &self.path("out")]).args(more);
        fed(&mut program, input)
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.0.path(path)).unwrap()).unwrap()
    }
}

#[track_caller]
fn said(output: &Output) -> String {
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "{said}");
    said
}

#[track_caller]
fn fails(output: &Output, parts: &[&str]) {
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    assert_eq!(message.matches("error:").count(), 1, "{message}");
    assert!(!message.contains("panicked"), "{message}");
}

#[test]
fn a_run_leaves_a_model_that_chooses_as_it_did() {
    let choices = Choices::new();
    let log = said(&choices.train("train.jsonl", &["--num-train-epochs=2"]));
    assert!(
        log.contains("train: 14 questions") && log.contains("accuracy"),
        "{log}"
    );
    let config = choices.json("out/config.json");
    assert_eq!(config["architectures"][0], "BertForMultipleChoice");
    let results = choices.json("out/eval_results.json");
    assert_eq!(results["examples"], 9);

    // The hardest questions are among the events, with the texts of their choices.
    let events = fs::read_to_string(choices.0.path("out/events.jsonl")).unwrap();
    let events = events
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let hardest: Vec<Value> = events
        .filter(|event| event["event"] == "evaluation")
        .collect();
    let examples = hardest.last().unwrap()["details"]["examples"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(examples.len(), 9);
    for example in &examples {
        let context = example["texts"][0].as_str().unwrap();
        assert!(context.starts_with("the river of"), "{example}");
        assert!(
            example["expected"].as_str().unwrap().starts_with("of "),
            "{example}"
        );
        let is_right = example["expected"] == example["predicted"];
        assert_eq!(example["correct"], is_right, "{example}");
    }

    // Whatever way the questions come, the same choices go out.
    let input = questions(9);
    let output = choices.choose(&[], input.as_bytes());
    said(&output);
    let streamed = text(&output.stdout);
    let [dev, into] = ["dev.jsonl", "choices.jsonl"].map(|name| choices.path(name));
    let files = ["--file", &dev, "--output", &into];
    said(&choices.choose(&files, b""));
    let of_file = fs::read_to_string(choices.0.path("choices.jsonl")).unwrap();
    fails(
        &choices.choose(&files, b""),
        &["is there already; use --overwrite"],
    );
    said(&choices.choose(&[&files[..], &["--overwrite"]].concat(), b""));
    let predicted = fs::read_to_string(choices.0.path("out/predictions.tsv")).unwrap();
    let predicted: Vec<&str> = predicted.lines().skip(1).collect();
    let (lines, asked): (Vec<&str>, Vec<&str>) =
        (of_file.lines().collect(), input.lines().collect());
    assert_eq!((lines.len(), predicted.len()), (9, 9));
    for (index, (line, asked)) in lines.iter().zip(asked).enumerate() {
        let [line, asked, streamed]: [Value; 3] =
            [line, asked, streamed.lines().nth(index).unwrap()]
                .map(|line| serde_json::from_str(line).unwrap());
        let choice = line["choice"].as_u64().unwrap() as usize;
        assert_eq!(line["text"], asked["choices"][choice]);
        assert_eq!(predicted[index], format!("{index}\t{choice}"));
        let probabilities = |of: &Value| -> Vec<f64> {
            serde_json::from_value(of["probabilities"].clone()).unwrap()
        };
        let (found, streamed) = (probabilities(&line), probabilities(&streamed));
        assert_eq!(found.len(), asked["choices"].as_array().unwrap().len());
        assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(found.iter().all(|other| *other <= found[choice]));
        // Batches may be others, and sums round otherwise.
        let far = found.iter().zip(&streamed).map(|(a, b)| (a - b).abs());
        assert!(far.fold(0.0, f64::max) < 1e-4);
    }

    // And the scores are those of the training.
    let [out, again] = ["out", "again"].map(|name| choices.path(name));
    let mut evaluate = crate::common::bert(&["evaluate", "--task", "choice"]);
    evaluate.args([
        "--model",
        &out,
        "--output-dir",
        &again,
        "--validation-file",
        &dev,
    ]);
    said(&evaluate.arg("--max-seq-length=24").output().unwrap());
    let again = choices.json("again/eval_results.json");
    assert_eq!(again["accuracy"], results["accuracy"]);
}

#[test]
fn questions_that_cannot_be_used_are_said_with_file_and_line() {
    let choices = Choices::new();
    let write = |name: &str, content: &str| fs::write(choices.0.path(name), content).unwrap();
    let good = questions(2);
    let bad = |line: &str| format!("{good}{line}\n");
    write(
        "outside.jsonl",
        &bad(r#"{"context": "a", "choices": ["b", "c"], "label": 2}"#),
    );
    write(
        "one.jsonl",
        &bad(r#"{"context": "a", "choices": ["b"], "label": 0}"#),
    );
    write(
        "none.jsonl",
        &bad(r#"{"context": "a", "choices": ["b", "c"]}"#),
    );
    write(
        "slip.jsonl",
        r#"{"contxt": "a", "choices": ["b", "c"], "label": 0}"#,
    );
    for (file, part) in [
        (
            "outside.jsonl",
            "outside.jsonl, line 3: the label is 2, and there are 2 choices",
        ),
        (
            "one.jsonl",
            "one.jsonl, line 3: the question has one choice only",
        ),
        (
            "none.jsonl",
            "none.jsonl, line 3: the question is not labelled",
        ),
        (
            "slip.jsonl",
            "slip.jsonl: no field is named \"context\"; is \"contxt\" meant",
        ),
        ("nowhere.jsonl", "nowhere.jsonl does not exist"),
        ("nowhere*.jsonl", "no file is named as the pattern"),
    ] {
        fails(&choices.train(file, &[]), &[part]);
    }
    let weighted = choices.train("train.jsonl", &["--class-weights=balanced"]);
    assert_eq!(
        weighted.status.code(),
        Some(2),
        "{}",
        text(&weighted.stderr)
    );

    said(&choices.train("train.jsonl", &["--max-steps=1"]));
    // Questions before a wrong one are answered.
    let output = choices.choose(&[], bad("{\"context\": \"a\", \"choices\": []}").as_bytes());
    fails(
        &output,
        &["standard input, line 3: the question has no choices"],
    );
    assert_eq!(text(&output.stdout).lines().count(), 2);
    fails(&choices.choose(&[], b""), &["standard input is empty"]);
    fails(
        &choices.choose(&["--file", "/nowhere.jsonl"], b""),
        &["/nowhere.jsonl does not exist"],
    );
    let long = json!({"context": "a b c ".repeat(60), "choices": ["b", "c"]}).to_string();
    let output = choices.choose(&[], long.as_bytes());
    let warned = said(&output);
    assert!(
        warned.contains("warning: the question in line 1 is too long"),
        "{warned}"
    );
}

/// Whoever asks one question after another gets an answer before the next.
#[test]
fn an_answer_comes_before_the_next_question() {
    use std::io::{BufRead, BufReader};

    let choices = Choices::new();
    said(&choices.train("train.jsonl", &["--max-steps=1"]));
    let mut program = command("choose");
    program.args(["--model", &choices.path("out")]);
    let mut child = program
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for question in questions(3).lines() {
        writeln!(input, "{question}").unwrap();
        let answer = answers.next().unwrap().unwrap();
        assert!(answer.starts_with("{\"choice\":"), "{answer}");
    }
    drop(input);
    assert!(answers.next().is_none());
    assert!(child.wait().unwrap().success());
}
