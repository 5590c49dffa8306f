//! A run is done again from the `run.toml` that it has left.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::common::{Case, bert, text};

#[track_caller]
fn succeeds(output: &Output) -> String {
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "{said}");
    said
}

fn again(config: &Path, out: &Path, more: &[&str]) -> Output {
    let mut command = bert(&["train", "--dashboard=plain", "--config"]);
    command.arg(config).arg("--output-dir").arg(out).args(more);
    command.output().unwrap()
}

fn table(folder: &Path) -> toml::Table {
    let text = fs::read_to_string(folder.join("run.toml")).unwrap();
    text.parse().unwrap()
}

#[test]
fn a_run_is_done_again_with_the_same_bits() {
    let case = Case::new();
    let flags = [
        "--max-steps=4",
        "--learning-rate=3e-4",
        "--seed=7",
        "--write-logits",
    ];
    succeeds(&case.run(&flags));
    let first = table(&case.path("out"));
    for (key, value) in [
        ("task", "mrpc"),
        ("backend", "flex"),
        ("padding", "grouped"),
    ] {
        assert_eq!(first[key].as_str(), Some(value), "{key}");
    }
    assert_eq!(first["learning-rate"].as_float(), Some(3e-4));
    assert_eq!(first["eval-batch-size"].as_integer(), Some(32));
    assert!(first["data"].as_str().unwrap().starts_with('/'));
    let of_one_call = [
        "output-dir",
        "resume",
        "dashboard",
        "config",
        "num-train-epochs",
    ];
    assert!(
        of_one_call.iter().all(|key| !first.contains_key(*key)),
        "{first}"
    );

    succeeds(&again(&case.path("out/run.toml"), &case.path("again"), &[]));
    for file in ["model.safetensors", "logits.tsv", "run.toml"] {
        let read = |out: &str| fs::read(case.path(out).join(file)).unwrap();
        assert!(read("out") == read("again"), "{file} differs");
    }

    // What is on the command line counts more, and so does what does not go with a key.
    let more = ["--num-train-epochs=1", "--seed=8"];
    succeeds(&again(&case.path("out"), &case.path("other"), &more));
    let other = table(&case.path("other"));
    assert_eq!(other["seed"].as_integer(), Some(8));
    assert!(!other.contains_key("max-steps"));
}

#[test]
fn each_seed_has_its_own() {
    let case = Case::new();
    succeeds(&case.run(&["--max-steps=1", "--seeds=2"]));
    assert_eq!(table(&case.path("out"))["seeds"].as_integer(), Some(2));
    assert_eq!(table(&case.path("out"))["seed"].as_integer(), Some(42));
    let own = case.path("out/seed-43");
    assert!(!table(&own).contains_key("seeds"));
    succeeds(&again(&own, &case.path("again"), &[]));
    let read = |folder: &Path| fs::read(folder.join("model.safetensors")).unwrap();
    assert!(read(&own) == read(&case.path("again")));
}

#[test]
fn a_model_is_scored_with_the_flags_of_its_run() {
    let case = Case::new();
    succeeds(&case.run(&["--max-steps=1"]));
    let mut command = bert(&["evaluate", "--config"]);
    command
        .arg(case.path("out"))
        .arg("--model")
        .arg(case.path("out"));
    command.arg("--output-dir").arg(case.path("scores"));
    succeeds(&command.output().unwrap());
    assert!(case.path("scores/eval_results.json").exists());
    assert!(!case.path("scores/run.toml").exists());
}

#[test]
fn a_file_of_somebody_else_stays() {
    let case = Case::new();
    fs::create_dir(case.path("out")).unwrap();
    let mine = "task = 'mrpc'\nlearning_rate = 1e-4\n";
    fs::write(case.path("out/run.toml"), mine).unwrap();
    let output = case.run(&["--max-steps=1"]);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("holds run.toml, which no run has left"),
        "{message}"
    );
    assert_eq!(fs::read_to_string(case.path("out/run.toml")).unwrap(), mine);
}

#[test]
fn what_cannot_be_read_is_said() {
    let case = Case::new();
    let path = case.path("my.toml");
    for (content, expected) in [
        ("seed = 1", "which task?"),
        (
            "task = 'cola'",
            "there is no task `cola`; there are:\n  classify",
        ),
        (
            "task = 'mrpc'\nlerning_rate = 1",
            "did you mean `learning-rate`?",
        ),
        ("task = 'mrpc'\nseed = 'x'", "invalid value 'x' for '--seed"),
        ("task =", "is not TOML"),
    ] {
        fs::write(&path, content).unwrap();
        let output = again(&path, &case.path("new"), &[]);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(expected), "{expected} in {message}");
    }
    let output = again(&case.path("none.toml"), &case.path("new"), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!case.path("new").exists());
}
