//! `squad` as a user runs it: what it leaves, and how it ends when something is wrong.

use std::fs;
use std::process::Output;

use crate::common::{Case, command, text};
use serde_json::{Value, json};

/// Questions on one passage; every third has no answer where `with_negative`.
fn questions(count: usize, with_negative: bool) -> Value {
    let qas: Vec<Value> = (0..count)
        .map(|number| {
            let is_impossible = with_negative && number % 3 == 2;
            let answers = match is_impossible {
                true => json!([]),
                false => json!([{"text": "b c", "answer_start": 2}]),
            };
            json!({
                "id": format!("q{number}"),
                "question": format!("d {number}"),
                "answers": answers,
                "is_impossible": is_impossible,
            })
        })
        .collect();
    json!({"data": [{"title": "t", "paragraphs": [{"context": "a b c d e a b d c e", "qas": qas}]}]})
}

struct Squad(Case);

impl Squad {
    fn new(with_negative: bool) -> Self {
        let case = Case::new();
        for (split, count) in [("train", 12), ("dev", 7)] {
            let questions = questions(count, with_negative).to_string();
            fs::write(case.path(&format!("{split}.json")), questions).unwrap();
        }
        Self(case)
    }

    fn run(&self, model: &str, out: &str, more: &[&str]) -> Output {
        let [model, out, train, dev] = [model, out, "train.json", "dev.json"]
            .map(|name| self.0.path(name).to_str().unwrap().to_owned());
        let lengths = [
            "--max-seq-length=20",
            "--max-query-length=6",
            "--doc-stride=4",
        ];
        let is_given = |default: &str| {
            let flag = default.split('=').next().unwrap_or_default();
            more.iter().any(|given| given.starts_with(flag))
        };
        let lengths = lengths.into_iter().filter(|default| !is_given(default));
        let mut program = command("squad");
        program
            .args(["--model", &model, "--output-dir", &out])
            .args(["--dev-file", &dev])
            .args(lengths)
            .args(more);
        if !more.contains(&"--eval-only") {
            program.args(["--train-file", &train, "--train-batch-size=4"]);
        }
        program
            .output()
            .unwrap_or_else(|e| panic!("{program:?}: {e}"))
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.0.path(path)).unwrap()).unwrap()
    }

    /// Runs and checks that it fails with this exit code and one message that has these parts.
    #[track_caller]
    fn fails(&self, more: &[&str], code: i32, parts: &[&str]) {
        let output = self.run("model", "out", more);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{message}");
        for part in parts {
            assert!(message.contains(part), "`{part}` is not in: {message}");
        }
        assert_eq!(message.matches("error:").count(), 1, "{message}");
        assert!(!message.contains("panicked"), "{message}");
    }
}

#[test]
fn a_run_leaves_a_model_answers_and_scores() {
    let squad = Squad::new(false);
    let output = squad.run("model", "out", &["--num-train-epochs=1"]);
    let log = text(&output.stdout);
    assert!(output.status.success(), "{log}{}", text(&output.stderr));
    assert!(
        log.contains("train: 12 questions") && log.contains("exact"),
        "{log}"
    );

    let config = squad.json("out/config.json");
    assert_eq!(config["architectures"][0], "BertForQuestionAnswering");
    let answers = squad.json("out/predictions.json");
    let answers = answers.as_object().unwrap();
    assert_eq!(answers.len(), 7);
    for answer in answers.values() {
        let answer = answer.as_str().unwrap();
        assert!("a b c d e a b d c e".contains(answer), "{answer}");
    }
    let n_best = squad.json("out/nbest_predictions.json");
    assert_eq!(n_best["q0"][0]["text"], answers["q0"]);
    assert!(!squad.0.path("out/null_odds.json").exists());
    let results = squad.json("out/eval_results.json");
    assert_eq!(
        (&results["total"], &results["examples"]),
        (&json!(7), &json!(7))
    );
    assert!(results["exact"].is_f64() && results["f1"].is_f64());
    assert_eq!(results["arguments"]["max_seq_length"], 20);

    // The saved folder answers as it did.
    let output = squad.run("out", "again", &["--eval-only"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(
        squad.json("again/predictions.json"),
        squad.json("out/predictions.json")
    );
    let again = squad.json("again/eval_results.json");
    assert_eq!(
        (&again["exact"], &again["f1"]),
        (&results["exact"], &results["f1"])
    );
}

#[test]
fn squad_2_has_null_odds_and_its_best_threshold() {
    let squad = Squad::new(true);
    let more = ["--num-train-epochs=1", "--eval-part=3"];
    let output = squad.run("model", "out", &more);
    let log = text(&output.stdout);
    assert!(output.status.success(), "{log}{}", text(&output.stderr));
    assert!(log.contains("at null odds"), "{log}");
    assert_eq!(
        squad.json("out/null_odds.json").as_object().unwrap().len(),
        7
    );
    let results = squad.json("out/eval_results.json");
    for key in [
        "HasAns_f1",
        "NoAns_f1",
        "best_f1",
        "best_f1_thresh",
        "best_exact",
    ] {
        assert!(results[key].is_f64(), "{key}: {results}");
    }
    assert_eq!(results["NoAns_total"], 2);
    // Scored on three while training, on all at the end.
    assert_eq!(results["total"], 7);
    let events = fs::read_to_string(squad.0.path("out/events.jsonl")).unwrap();
    assert!(
        events
            .lines()
            .next()
            .unwrap()
            .contains(r#""eval_examples":3"#)
    );

    // Above every odds nothing is left unanswered, below them everything is.
    for (threshold, is_empty) in [("1000", false), ("-1000", true)] {
        let flag = format!("--null-score-diff-threshold={threshold}");
        let output = squad.run("out", "again", &["--eval-only", &flag]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let answers = squad.json("again/predictions.json");
        let mut answers = answers.as_object().unwrap().values();
        assert!(
            answers.all(|answer| (answer == "") == is_empty),
            "{threshold}"
        );
    }
}

#[test]
fn a_stopped_run_goes_on_to_the_same_model() {
    let weights = |squad: &Squad| fs::read(squad.0.path("out/model.safetensors")).unwrap();
    let whole = Squad::new(false);
    assert!(whole.run("model", "out", &[]).status.success());
    let parts = Squad::new(false);
    // The checkpoint of the first epoch is there, and what came after is lost.
    assert!(
        parts
            .run("model", "out", &["--save-steps=2"])
            .status
            .success()
    );
    fs::remove_dir_all(parts.0.path("out/checkpoint-6")).unwrap();
    let output = parts.run("model", "out", &["--save-steps=2", "--resume"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(weights(&whole) == weights(&parts), "another model");
}

#[test]
fn bad_questions_are_named_and_counted() {
    let squad = Squad::new(false);
    let mut train = questions(6, false);
    let qas = &mut train["data"][0]["paragraphs"][0]["qas"];
    qas[1]["answers"][0]["answer_start"] = json!(3);
    qas[2]["answers"][0]["text"] = json!("nowhere");
    qas[3]["id"] = json!("q0");
    fs::write(squad.0.path("train.json"), train.to_string()).unwrap();
    let output = squad.run("model", "mended", &["--num-train-epochs=1"]);
    let log = text(&output.stdout);
    assert!(output.status.success(), "{log}{}", text(&output.stderr));
    for line in [
        "6 questions on 1 paragraphs of 1 articles; 4 kept",
        "1 x answer not at its answer_start, corrected: q1",
        "1 x answer not in the context, question dropped: q2",
        "1 x id of a question before, question dropped: q0",
    ] {
        assert!(log.contains(line), "`{line}` is not in: {log}");
    }
    let wrong = ["train.json", "q1", "is not at 3"];
    squad.fails(&["--bad-examples=error"], 1, &wrong);
}

#[test]
fn what_cannot_be_run_is_said() {
    let squad = Squad::new(true);
    squad.fails(&["--label-smoothing=0.1"], 2, &["--label-smoothing is 0.1"]);
    squad.fails(&["--doc-stride=20"], 1, &["--doc-stride 20"]);
    squad.fails(
        &["--max-seq-length=4000"],
        1,
        &["--max-seq-length 4000", "positions"],
    );
    squad.fails(
        &["--metric-for-best-model=accuracy"],
        2,
        &["f1, exact, loss"],
    );

    let mut unlabelled = questions(4, false);
    unlabelled["data"][0]["paragraphs"][0]["qas"][2]["answers"] = json!([]);
    fs::write(squad.0.path("train.json"), unlabelled.to_string()).unwrap();
    squad.fails(
        &[],
        1,
        &["question \"q2\" of the train split has no answers"],
    );
    fs::write(squad.0.path("dev.json"), "{\"data\": [").unwrap();
    squad.fails(&[], 1, &["dev.json, line 1, column 10"]);
    fs::remove_file(squad.0.path("dev.json")).unwrap();
    squad.fails(&[], 1, &["cannot read", "dev.json"]);
}
