//! A table of one's own: trained on, scored, labelled; and what is told where it cannot be.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::common::{Case, bert, command, text};

/// A tiny model and a folder for tables.
pub struct Tables {
    case: Case,
}

impl Tables {
    pub fn new() -> Self {
        Self { case: Case::new() }
    }

    pub fn path(&self, name: &str) -> String {
        self.case.path(name).to_str().unwrap().to_owned()
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// A training on some steps, into `out`.
    pub fn train(&self, more: &[&str]) -> Command {
        let mut train = command("classify-task");
        train.args([
            "--model",
            &self.path("model"),
            "--output-dir",
            &self.path("out"),
        ]);
        train.args([
            "--max-steps=2",
            "--max-seq-length=16",
            "--train-batch-size=4",
        ]);
        train.args(["--dashboard=none", "--backend=flex"]);
        train.arg("--ignore-mismatched-sizes").args(more);
        train
    }

    #[track_caller]
    pub fn trains(&self, more: &[&str]) -> String {
        succeeds(&self.train(more).output().unwrap())
    }

    /// Checks that a training fails with one clear message, and leaves nothing.
    #[track_caller]
    pub fn fails(&self, more: &[&str], expected: &[&str]) {
        let output = self.train(more).output().unwrap();
        let said = text(&output.stderr);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{said}");
        for words in expected {
            assert!(said.contains(words), "{words:?} is not in {said}");
        }
        assert!(!said.contains("panicked"), "{said}");
        assert!(!Path::new(&self.path("out")).exists(), "{said}");
    }

    /// `out` labels a table.
    #[track_caller]
    fn predicts(&self, more: &[&str]) -> String {
        let mut predict = bert(&["predict", "--backend=flex", "--model", &self.path("out")]);
        succeeds(&predict.args(more).output().unwrap())
    }

    pub fn json(&self, name: &str) -> Value {
        let text = fs::read_to_string(self.path(name)).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

#[track_caller]
pub fn succeeds(output: &Output) -> String {
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    text(&output.stdout)
}

/// A CSV file as others write it, with three classes.
pub fn colours() -> String {
    let row = |i: usize| {
        format!(
            "{i},\"a, \"\"b\"\" {i}\",{}\n",
            ["red", "green", "blue"][i % 3]
        )
    };
    let rows: String = (0..24).map(row).collect();
    format!("id,what it says,colour\n{rows}")
}

pub const COLOURS: [&str; 2] = ["--text-column=what it says", "--label-column=colour"];

#[test]
fn a_csv_trains_a_model_that_labels_one() {
    let tables = Tables::new();
    let train = tables.write("train.csv", colours());
    let said = tables.trains(
        &[
            &COLOURS[..],
            &["--train-file", &train, "--test-file", &train],
        ]
        .concat(),
    );
    assert!(
        said.contains("one of 3 classes (blue, green, red)"),
        "{said}"
    );
    assert!(said.contains("validation: 2 of the 24"), "{said}");
    let config = tables.json("out/config.json");
    assert_eq!(config["id2label"]["0"], "blue");
    assert_eq!(config["problem_type"], "single_label_classification");
    assert!(tables.json("out/test_results.json")["accuracy"].is_number());

    let labelled = tables.path("labelled.csv");
    let column = "--text-column=what it says";
    let predict = [
        "--file",
        &train,
        column,
        "--output",
        &labelled,
        "--all-probabilities",
    ];
    tables.predicts(&predict);
    let written = fs::read_to_string(&labelled).unwrap();
    let mut lines = written.lines();
    assert_eq!(
        lines.next().unwrap(),
        "id,what it says,colour,prediction,probability,probability_blue,probability_green,\
         probability_red"
    );
    assert_eq!(lines.count(), 24);
    assert!(
        written.contains("\n7,\"a, \"\"b\"\" 7\",green,"),
        "{written}"
    );
    // What is there stays.
    let mut again = bert(&["predict", "--model", &tables.path("out")]);
    let refused = again.args(predict).output().unwrap();
    assert!(text(&refused.stderr).contains("use --overwrite to replace it"));
    assert_eq!(fs::read_to_string(&labelled).unwrap(), written);
    tables.predicts(&[&predict[..], &["--overwrite"]].concat());

    // The model is scored with the names that it has.
    let mut evaluate = bert(&[
        "evaluate",
        "--task",
        "classify",
        "--model",
        &tables.path("out"),
    ]);
    evaluate.args([
        "--validation-file",
        &train,
        "--output-dir",
        &tables.path("scored"),
    ]);
    evaluate.arg("--max-seq-length=16").args(COLOURS);
    succeeds(&evaluate.output().unwrap());
    let scored = tables.json("scored/eval_results.json");
    assert_eq!(
        scored["accuracy"],
        tables.json("out/test_results.json")["accuracy"]
    );
}

#[test]
fn several_classes_and_numbers_are_told_apart_by_the_file() {
    let tables = Tables::new();
    let labels = ["[]", "[\"x\"]", "[\"y\", \"x\"]"];
    let row = |i: usize| format!("{{\"text\": \"a b {i}\", \"labels\": {}}}\n", labels[i % 3]);
    let rows: String = (0..12).map(row).collect();
    let train = tables.write("train.jsonl", rows);
    let several = [
        "--train-file",
        &train,
        "--validation-file",
        &train,
        "--threshold=tune",
    ];
    let said = tables.trains(&[&several[..], &["--class-weights=balanced"]].concat());
    assert!(said.contains("any of 2 classes (x, y)"), "{said}");
    let config = tables.json("out/config.json");
    assert_eq!(config["problem_type"], "multi_label_classification");
    let threshold = config["threshold"].as_f64().unwrap();
    let results = tables.json("out/eval_results.json");
    assert!(results["f1_micro"].is_number() && results["subset_accuracy"].is_number());

    let said = tables.predicts(&["--file", &train, "--all-probabilities"]);
    for line in said.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let predicted = row["prediction"].as_array().unwrap();
        for name in ["x", "y"] {
            let probability = row[format!("probability_{name}")].as_f64().unwrap();
            // As written, to six digits.
            if (probability - threshold).abs() > 1e-5 {
                assert_eq!(
                    predicted.contains(&name.into()),
                    probability > threshold,
                    "{row}"
                );
            }
        }
    }
    fs::remove_dir_all(tables.path("out")).unwrap();

    let rows: String = (0..12).map(|i| format!("a b {i}\t{}.5\n", i % 5)).collect();
    let numbers = tables.write("numbers.tsv", rows);
    let columns = ["--no-header", "--text-column=1", "--label-column=2"];
    let said = tables.trains(&[&columns[..], &["--train-file", &numbers]].concat());
    assert!(said.contains("labels: a number from 0.5 to 4.5"), "{said}");
    assert_eq!(tables.json("out/config.json")["problem_type"], "regression");
    assert!(tables.json("out/eval_results.json")["pearson"].is_number());
    let mut predict = bert(&["predict", "--model", &tables.path("out"), "--file", "-"]);
    predict.args(["--format=jsonl", "--all-probabilities"]);
    let rows = "{\"text\": \"a b\"}\n{\"text\": \"\"}\n{\"text\": \"c\"}\n";
    let output = fed(&mut predict, rows.as_bytes());
    let said = succeeds(&output);
    let rows: Vec<Value> = said
        .lines()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    assert!(
        rows[0]["prediction"].is_number() && rows[2]["prediction"].is_number(),
        "{said}"
    );
    assert!(rows[1]["prediction"].is_null(), "{said}");
    let warned = text(&output.stderr);
    assert!(
        warned.contains("1 rows without a text have no prediction (line 2)"),
        "{warned}"
    );
}

#[track_caller]
fn fed(command: &mut Command, input: &[u8]) -> Output {
    use std::io::Write;
    use std::process::Stdio;
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_run_of_several_files_is_done_again_by_its_run_toml() {
    let tables = Tables::new();
    tables.write("part-1.csv", colours());
    tables.write("part-2.csv", colours());
    let parts = tables.path("part-*.csv");
    let said = tables.trains(&[&COLOURS[..], &["--train-file", &parts]].concat());
    assert!(said.contains("of the 48 training rows"), "{said}");
    let (config, again) = (tables.path("out/run.toml"), tables.path("again"));
    let mut run = bert(&["train", "--config", &config, "--output-dir", &again]);
    succeeds(&run.output().unwrap());
    let weights = |out: &str| fs::read(tables.case.path(out).join("model.safetensors")).unwrap();
    assert!(weights("out") == weights("again"), "other bits");
}

#[test]
fn long_texts_are_read_in_windows() {
    let tables = Tables::new();
    let long = "a b c d ".repeat(12);
    let row = |i: usize| format!("{long} {i},{}\n", ["x", "y"][i % 2]);
    let rows: String = (0..12).map(row).collect();
    let train = tables.write("train.csv", format!("text,label\n{rows}"));
    let windows = ["--stride=4", "--pooling=max"];
    let said = tables.trains(&[&windows[..], &["--train-file", &train]].concat());
    assert!(said.contains("0 texts cut"), "{said}");
    let predict = |more: &[&str]| {
        let out = tables.path("out");
        let mut predict = bert(&["predict", "--model", &out, "--file", &train]);
        predict.arg("--max-seq-length=16").args(more);
        let output = predict.output().unwrap();
        succeeds(&output);
        (text(&output.stdout), text(&output.stderr))
    };
    let (cut, warned) = predict(&[]);
    assert!(warned.contains("12 texts are too long"), "{warned}");
    let (whole, warned) = predict(&windows);
    assert_eq!(warned.matches("too long").count(), 0, "{warned}");
    assert_ne!(cut, whole);
}

#[test]
fn data_is_looked_at_before_a_training() {
    let tables = Tables::new();
    let train = tables.write("train.csv", colours() + "99,\"a, \"\"b\"\" 7\",red\n");
    let model = tables.path("model");
    let mut check = bert(&["data", "check", "--model", &model, "--train-file", &train]);
    check
        .args(COLOURS)
        .args(["--validation-split=0.2", "--max-seq-length=16"]);
    let said = succeeds(&check.output().unwrap());
    assert!(
        said.contains("one of 3 classes (blue, green, red)"),
        "{said}"
    );
    let html = tables.path("data.html");
    check.args(["--json", "--html", &html]);
    let report = succeeds(&check.output().unwrap());
    let page = fs::read_to_string(&html).unwrap();
    assert!(
        page.contains("<td>green</td>") && page.ends_with("</html>\n"),
        "{page}"
    );
    let again = check.output().unwrap();
    assert!(text(&again.stderr).contains("use --overwrite"));
    let report: Value = serde_json::from_str(&report).unwrap();
    let rows = |split: usize| report["splits"][split]["rows"].as_u64().unwrap();
    assert_eq!(rows(0) + rows(1), 25);
}

#[test]
fn a_task_of_glue_is_scored_by_its_own_metric_and_writes_what_its_server_takes() {
    let tables = Tables::new();
    let data = tables.path("rte");
    fs::create_dir(&data).unwrap();
    let row = |i: usize| {
        format!(
            "{i}\ta b {i}\tc\t{}\n",
            ["not_entailment", "entailment"][i % 2]
        )
    };
    let rows: String = (0..12).map(row).collect();
    let header = "index\tsentence1\tsentence2";
    for split in ["train", "dev"] {
        fs::write(
            format!("{data}/{split}.tsv"),
            format!("{header}\tlabel\n{rows}"),
        )
        .unwrap();
    }
    fs::write(
        format!("{data}/test.tsv"),
        format!("{header}\n0\ta b\tc\n1\tb\ta\n"),
    )
    .unwrap();
    let mut train = bert(&[
        "train",
        "--task",
        "glue",
        "--glue-task",
        "rte",
        "--predict-test",
    ]);
    train.args(["--model", &tables.path("model"), "--data", &data]);
    train.args([
        "--output-dir",
        &tables.path("out"),
        "--max-steps=2",
        "--max-seq-length=16",
    ]);
    succeeds(&train.output().unwrap());
    let submitted = fs::read_to_string(tables.path("out/RTE.tsv")).unwrap();
    let lines: Vec<&str> = submitted.lines().collect();
    assert_eq!(lines[0], "index\tprediction");
    assert_eq!(lines.len(), 3);
    assert!(
        lines[1].starts_with("0\t") && lines[1].ends_with("entailment"),
        "{submitted}"
    );
    let events = fs::read_to_string(tables.path("out/events.jsonl")).unwrap();
    assert!(
        events.contains("\"metric_for_best_model\":\"accuracy\""),
        "{events}"
    );
    assert_eq!(
        tables.json("out/config.json")["id2label"]["0"],
        "entailment"
    );
}

#[test]
fn bad_tables_are_told_before_anything_is_made() {
    let tables = Tables::new();
    let good = tables.write("good.csv", colours());
    let fails = |name: &str, content: &[u8], more: &[&str], expected: &[&str]| {
        let file = tables.write(name, content);
        tables.fails(&[&["--train-file", &file], more].concat(), expected);
    };
    fails(
        "a.csv",
        colours().as_bytes(),
        &["--text-column=says"],
        &["--text-column", "what it says"],
    );
    fails(
        "b.csv",
        b"text,label\na,x\nb,y,z\n",
        &[],
        &["b.csv, line 3", "3", "2"],
    );
    fails(
        "c.csv",
        b"text,label\na,x\n\xff\xfe,y\n",
        &[],
        &["c.csv, line 3"],
    );
    fails(
        "d.csv",
        b"text\tlabel\na\tx\nb\ty\n",
        &[],
        &["d.csv", "tab"],
    );
    fails("e.csv", b"", &[], &["e.csv is empty"]);
    fails("f.csv", b"text,label\na,x\nb,x\n", &[], &["\"x\""]);
    fails(
        "g.csv",
        b"text,label\na,x\nb,y\nc,y\nd,y\ne,y\n",
        &[],
        &["\"x\"", "single row"],
    );
    let number = "--problem-type=regression";
    fails(
        "h.csv",
        b"text,label\na,1.5\nb,much\n",
        &[number],
        &["h.csv, line 3", "much"],
    );
    let several = "--problem-type=multi-label";
    fails(
        "i.csv",
        b"text,label\na,\"['x', 'y']\"\nb,x\n",
        &[several],
        &["i.csv, line 2"],
    );
    fails(
        "j.jsonl",
        b"{\"text\": \"a\", \"label\": \"x\"}\n{\"text\": \n",
        &[],
        &["j.jsonl, line 2"],
    );
    fails("k.xlsx", b"PK\x03\x04", &[], &["k.xlsx"]);
    tables.fails(
        &["--train-file", &tables.path("none-*.csv")],
        &["none-*.csv"],
    );
    // A label that no training row has.
    let other = tables.write("other.csv", "id,what it says,colour\n1,a,red\n2,b,purple\n");
    let files = ["--train-file", &good, "--validation-file", &other];
    let expected = ["other.csv, line 3", "\"purple\"", "\"green\", \"red\""];
    tables.fails(&[&COLOURS[..], &files].concat(), &expected);
    // Weights for a class that is not there.
    let weights = [
        &COLOURS[..],
        &["--train-file", &good, "--class-weights=pink=2"],
    ]
    .concat();
    let output = tables.train(&weights).output().unwrap();
    let said = text(&output.stderr);
    assert!(said.contains("--class-weights has \"pink\""), "{said}");
}
