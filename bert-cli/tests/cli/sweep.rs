//! Many runs that differ in some numbers.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::tables::{COLOURS, Tables, colours, succeeds};
use crate::common::{bert, text};

/// A sweep on a table, into `out`.
fn command(tables: &Tables, more: &[&str]) -> Command {
    let mut sweep = bert(&["sweep", "--task", "classify", "--backend=flex"]);
    let train = tables.path("train.csv");
    fs::write(&train, colours()).unwrap();
    sweep.args(["--model", &tables.path("model"), "--train-file", &train]);
    sweep.args(["--output-dir", &tables.path("out"), "--max-seq-length=16"]);
    sweep.arg("--ignore-mismatched-sizes").args(COLOURS);
    sweep.args(more);
    sweep
}

fn sweep(tables: &Tables, more: &[&str]) -> Output {
    command(tables, more).output().unwrap()
}

/// The runs in `sweep.json`.
fn runs(tables: &Tables) -> Vec<Value> {
    tables.json("out/sweep.json").as_array().unwrap().clone()
}

const FOUR: [&str; 3] = [
    "--learning-rate=2e-5,1e-2",
    "--train-batch-size=4,8",
    "--max-steps=3",
];

/// The rows of the table at the end, by the run's name.
fn rows(said: &str) -> Vec<Vec<&str>> {
    let rows = said.lines().filter(|line| line.starts_with("  lr"));
    rows.map(|row| row.split_whitespace().collect()).collect()
}

#[test]
fn every_combination_is_trained_once() {
    let tables = Tables::new();
    let said = succeeds(&sweep(&tables, &FOUR));
    assert!(said.contains("4 runs, 4 of them to be done"), "{said}");
    assert!(said.contains("out/*/\n"), "{said}");
    assert!(
        said.contains("\n[lr1e-2-bs8-len16] epoch 1/1  step 3/3 "),
        "{said}"
    );
    let rows = rows(&said);
    assert_eq!(rows.len(), 4, "{said}");
    let scores: Vec<f64> = rows.iter().map(|row| row[1].parse().unwrap()).collect();
    assert!(scores.is_sorted_by(|one, other| one >= other), "{said}");
    for row in &rows {
        let results = tables.json(&format!("out/{}/eval_results.json", row[0]));
        assert_eq!(results["decided_by"]["name"], "accuracy");
        let accuracy = results["accuracy"].as_f64().unwrap();
        assert_eq!(row[1], format!("{accuracy:.4}"));
        let bs8 = row[0].contains("bs8");
        assert_eq!(
            results["arguments"]["train_batch_size"],
            if bs8 { 8 } else { 4 }
        );
        let rate = if row[0].contains("1e-2") { 1e-2 } else { 2e-5 };
        assert_eq!(results["arguments"]["learning_rate"], rate);
    }
    let names: Vec<Value> = runs(&tables)
        .iter()
        .map(|run| run["name"].clone())
        .collect();
    assert_eq!(names, rows.iter().map(|row| row[0]).collect::<Vec<_>>());
    let page = fs::read_to_string(tables.path("out/sweep.html")).unwrap();
    assert_eq!(page.matches("<circle").count(), 4);

    // What is there is not done again, what is missing is.
    let gone = tables.path("out/lr1e-2-bs4-len16");
    let weights = |name: &str| {
        let file = tables.path(&format!("out/{name}/model.safetensors"));
        let written = fs::metadata(&file).unwrap().modified().unwrap();
        (fs::read(file).unwrap(), written)
    };
    let before = weights("lr1e-2-bs4-len16").0;
    let others = ["lr1e-2-bs8-len16", "lr2e-5-bs4-len16", "lr2e-5-bs8-len16"];
    let untouched = others.map(weights);
    fs::remove_dir_all(&gone).unwrap();
    let said = succeeds(&sweep(&tables, &FOUR));
    assert!(said.contains("4 runs, 1 of them to be done"), "{said}");
    assert!(!said.contains("[lr2e-5"), "{said}");
    assert!(weights("lr1e-2-bs4-len16").0 == before);
    assert!(others.map(weights) == untouched);
    assert_eq!(self::rows(&said).len(), 4, "{said}");

    // More values are more runs, and fewer forget none.
    let more = ["--learning-rate=1e-3,1e-2", FOUR[1], FOUR[2]];
    let said = succeeds(&sweep(&tables, &more));
    assert!(said.contains("6 runs, 2 of them to be done"), "{said}");
    assert_eq!(self::rows(&said).len(), 6, "{said}");
    assert_eq!(runs(&tables).len(), 6);
}

#[test]
fn what_has_not_finished_goes_on() {
    let tables = Tables::new();
    let more = [
        "--learning-rate=1e-2,1e-3",
        "--num-train-epochs=2",
        "--max-time=1ms",
    ];
    let said = succeeds(&sweep(&tables, &more));
    assert!(said.contains("stopped: before its last step"), "{said}");
    let said = succeeds(&sweep(&tables, &more[..2]));
    assert!(said.contains("2 runs, 2 of them to be done"), "{said}");
    assert!(!said.contains("step 1/2  loss"), "{said}");
    let rows = rows(&said);
    assert!(
        rows.iter().all(|row| row.last() == Some(&"finished")),
        "{said}"
    );
}

#[test]
fn a_run_may_have_several_seeds() {
    let tables = Tables::new();
    let more = ["--learning-rate=1e-2,1e-3", "--seeds=2", "--max-steps=2"];
    let said = succeeds(&sweep(&tables, &more));
    assert!(said.contains("out/*/seed-*/\n"), "{said}");
    for row in rows(&said) {
        let results = tables.json(&format!("out/{}/eval_results.json", row[0]));
        let mean = results["accuracy"]["mean"].as_f64().unwrap();
        let std = results["accuracy"]["std"].as_f64().unwrap();
        assert_eq!(
            row[1..4],
            [format!("{mean:.4}"), "±".into(), format!("{std:.4}")]
        );
    }
    let said = succeeds(&sweep(&tables, &more));
    assert!(said.contains("2 runs, 0 of them to be done"), "{said}");
    // One seed more is another command: the runs go on with it.
    let more = ["--learning-rate=1e-2,1e-3", "--seeds=3", "--max-steps=2"];
    succeeds(&sweep(&tables, &more));
    assert_eq!(runs(&tables)[0]["score"]["models"], 3);
}

#[test]
fn a_run_that_fails_does_not_stop_the_others() {
    let tables = Tables::new();
    let more = ["--learning-rate=1e37,1e-3", "--max-steps=6"];
    let output = sweep(&tables, &more);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let rows = rows(&said);
    assert_eq!((rows[0][0], rows[0][3]), ("lr1e-3-len16", "finished"));
    assert_eq!(rows[1][0], "lr1e37-len16");
    assert!(said.contains("failed: exit code 1"), "{said}");
    let complaints = text(&output.stderr);
    assert!(
        complaints.contains("[lr1e37-len16] error: "),
        "{complaints}"
    );
}

#[test]
#[cfg(unix)]
fn a_signal_ends_a_sweep_that_can_go_on() {
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    let tables = Tables::new();
    let more = ["--learning-rate=1e-3,1e-4", "--max-steps=1000000"];
    let mut sweep = crate::common::with_default_signals(&command(&tables, &more));
    let child = sweep.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = child.spawn().unwrap();
    let events = tables.path("out/lr1e-3-len16/events.jsonl");
    let began = Instant::now();
    let has_begun = || fs::read_to_string(&events).is_ok_and(|text| text.contains("\"step\""));
    while !has_begun() {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "it does not begin"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(143), "{said}");
    assert!(said.contains("stopped: stopped by SIGTERM"), "{said}");
    assert!(said.contains("not begun"), "{said}");
    let left = fs::read_dir(tables.path("out/lr1e-3-len16")).unwrap();
    let mut names = left.flatten().map(|entry| entry.file_name());
    assert!(names.any(|name| name.to_string_lossy().starts_with("checkpoint-")));
}

#[test]
fn what_is_wrong_is_said_before_anything_is_made() {
    let tables = Tables::new();
    let fails = |more: &[&str], expected: &str| {
        let output = sweep(&tables, more);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(expected), "{expected} in {said}");
        assert!(!Path::new(&tables.path("out")).exists(), "{said}");
    };
    let rates = "--learning-rate=1e-3,1e-4";
    fails(
        &[],
        "nothing has several values: give one of --learning-rate",
    );
    fails(&["--learning-rate=1e-3,x"], "--learning-rate has \"x\"");
    fails(
        &["--learning-rate=1e-3,1e-3"],
        "--learning-rate has 1e-3 twice",
    );
    fails(&["--learning-rate=1e-3,-1"], "--learning-rate is -1");
    fails(&["--train-batch-size=4,0"], "'0' for '--train-batch-size");
    fails(&[rates, "--lerning-rate=1"], "--lerning-rate");
    fails(&[rates, "--resume"], "a sweep takes no --resume");
    fails(
        &[rates, "--dashboard=plain"],
        "a sweep takes no --dashboard",
    );
    let config = tables.write("flags.toml", "overwrite-output-dir = true");
    fails(
        &[rates, "--config", &config],
        "a sweep takes no --overwrite-output-dir",
    );
    fails(&["--grid=glue"], "there is no grid \"glue\"");
    fails(
        &["--grid=bert", rates],
        "--learning-rate is of the grid already",
    );
    fails(&["--grid=bert", "--max-steps=2"], "cannot be used with");
}

#[test]
fn a_file_of_somebody_else_stays() {
    let tables = Tables::new();
    fs::create_dir(tables.path("out")).unwrap();
    tables.write("out/sweep.json", "{\"mine\": 1}");
    let output = sweep(&tables, &FOUR);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("holds sweep.json, which no run has left"),
        "{said}"
    );
}
