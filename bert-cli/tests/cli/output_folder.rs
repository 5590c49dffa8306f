//! What is in an output folder is not destroyed: not what other people have put there, not a run
//! that has finished, not the model that a run starts from, not the run of another program.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

#[cfg(unix)]
use crate::common::with_default_signals;
use crate::common::{Case, program, text};

const SHORT: [&str; 3] = [
    "--num-train-epochs=1",
    "--save-steps=1",
    "--dashboard=plain",
];

/// Without an output folder of its own, run where `out` is free.
struct Home(Case);

impl Home {
    fn run(&self, more: &[&str]) -> Output {
        let mut arguments = self.0.arguments(&[&SHORT[..], more].concat());
        let place = arguments.iter().position(|a| a == "--output-dir").unwrap();
        arguments.drain(place..place + 2);
        let mut program = program(&arguments);
        program.current_dir(self.0.path(""));
        program.output().unwrap()
    }
}

#[track_caller]
fn succeeds(output: &Output) -> String {
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "{said}");
    said
}

#[track_caller]
fn refused(output: &Output, parts: &[&str]) {
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    assert_eq!(message.matches("error:").count(), 1, "{message}");
}

/// Every file below a folder, with what is in it.
fn content(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(content(&path)),
            false => found.push((path.clone(), fs::read(&path).unwrap())),
        }
    }
    found.sort();
    found
}

#[test]
fn checkpoints_of_other_programs_stay() {
    let case = Case::new();
    let foreign = |step: usize| case.path(&format!("out/checkpoint-{step}/trainer_state.json"));
    for step in [2, 500] {
        fs::create_dir_all(foreign(step).parent().unwrap()).unwrap();
        fs::write(foreign(step), "{\"epoch\": 1}").unwrap();
    }
    let all_stay = || {
        for step in [2, 500] {
            assert_eq!(fs::read_to_string(foreign(step)).unwrap(), "{\"epoch\": 1}");
        }
    };
    // Not to go on from, and no reason to begin anew unasked.
    refused(
        &case.run(&[&SHORT[..], &["--resume"]].concat()),
        &["no whole checkpoint", "checkpoint-500"],
    );
    all_stay();
    let limited = [&SHORT[..], &["--save-total-limit=1"]].concat();
    let said = succeeds(&case.run(&limited));
    assert!(said.contains("no checkpoint of step 2"), "{said}");
    all_stay();
    // Its own go, as they did before.
    assert!(case.path("out/checkpoint-3").is_dir() && !case.path("out/checkpoint-1").exists());
    succeeds(&case.run(&[&limited[..], &["--resume"]].concat()));
    succeeds(&case.run(&[&limited[..], &["--overwrite-output-dir"]].concat()));
    all_stay();
}

#[test]
fn damaged_checkpoints_are_an_error_and_stay() {
    let case = Case::new();
    succeeds(&case.run(&SHORT));
    for step in [2, 3] {
        let path = case.path(&format!("out/checkpoint-{step}/optimizer.safetensors"));
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    }
    let before = content(&case.path("out"));
    refused(
        &case.run(&[&SHORT[..], &["--resume"]].concat()),
        &[
            "no whole checkpoint",
            "checkpoint-2",
            "checkpoint-3",
            "bytes of",
        ],
    );
    refused(&case.run(&SHORT), &["--overwrite-output-dir"]);
    for step in [2, 3] {
        let record = case.path(&format!("out/checkpoint-{step}/checkpoint.json"));
        assert!(record.exists(), "{}", record.display());
    }
    // The results of the run, too.
    assert!(content(&case.path("out")) == before);
}

#[test]
fn a_run_that_has_finished_is_replaced_when_asked() {
    let case = Case::new();
    succeeds(&case.run(&SHORT));
    let before = content(&case.path("out"));
    let again = [&SHORT[..], &["--seed=7"]].concat();
    refused(
        &case.run(&again),
        &["has finished", "--overwrite-output-dir"],
    );
    // Nor by several, by what goes on elsewhere, or by an evaluation.
    let seeds = [&SHORT[..], &["--seeds=2"]].concat();
    refused(&case.run(&seeds), &["has finished"]);
    let evaluation = [&SHORT[..], &["--eval-only"]].concat();
    refused(&case.run(&evaluation), &["has finished"]);
    assert!(content(&case.path("out")) == before);

    succeeds(&case.run(&[&again[..], &["--overwrite-output-dir"]].concat()));
    assert!(content(&case.path("out")) != before);
    // Without its checkpoints it is still a run.
    for step in [1, 2, 3] {
        let _ = fs::remove_dir_all(case.path(&format!("out/checkpoint-{step}")));
    }
    refused(&case.run(&SHORT), &["has finished"]);
    refused(
        &case.run(&[&SHORT[..], &["--resume"]].concat()),
        &["has finished"],
    );
}

#[test]
fn a_checkpoint_does_not_go_on_over_another_run() {
    let case = Case::new();
    succeeds(&case.run(&SHORT));
    fs::rename(case.path("out"), case.path("first")).unwrap();
    succeeds(&case.run(&[&SHORT[..], &["--seed=7"]].concat()));
    let before = content(&case.path("out"));
    let from = case.path("first/checkpoint-2");
    let resumed = [&SHORT[..], &["--resume-from-checkpoint"]].concat();
    let resumed = [&resumed[..], &[from.to_str().unwrap()]].concat();
    refused(&case.run(&resumed), &["of another run", "--seed was 7"]);
    assert!(content(&case.path("out")) == before);
}

#[test]
fn a_folder_that_is_no_run_is_not_written_over() {
    let case = Case::new();
    // Somebody's model, and somebody's file of a name that a run would use.
    for file in ["config.json", "predictions.tsv", "events.jsonl"] {
        let _ = fs::remove_dir_all(case.path("out"));
        fs::create_dir(case.path("out")).unwrap();
        fs::write(case.path("out").join(file), "mine").unwrap();
        for more in [&[][..], &["--resume"], &["--seeds=2"]] {
            if file == "events.jsonl" && more == ["--seeds=2"] {
                continue;
            }
            let output = case.run(&[&SHORT[..], more].concat());
            refused(&output, &[file, "which no run has left"]);
        }
        let left = content(&case.path("out"));
        assert_eq!(left, [(case.path("out").join(file), b"mine".to_vec())]);
    }
}

#[test]
fn the_model_that_a_run_starts_from_is_not_written_over() {
    let case = Case::new();
    let before = content(&case.path("model"));
    let mut names = vec!["model", "model/", "model/.", "./data/../model"];
    if cfg!(unix) {
        #[cfg(unix)]
        std::os::unix::fs::symlink(case.path("model"), case.path("link")).unwrap();
        names.push("link");
    }
    for name in names {
        for more in [
            &[][..],
            &["--overwrite-output-dir"],
            &["--resume"],
            &["--seeds=2"],
        ] {
            let mut arguments = case.arguments(&[&SHORT[..], more].concat());
            let place = arguments.iter().position(|a| a == "--output-dir").unwrap();
            arguments[place + 1] = format!("{}/{name}", case.path("").display());
            let output = program(&arguments).output().unwrap();
            refused(&output, &["would be written over the model"]);
            assert!(content(&case.path("model")) == before, "{name} {more:?}");
        }
    }
    // Nor one that is inside what would be removed.
    succeeds(&case.run(&SHORT));
    let mut arguments = case.arguments(&[&SHORT[..], &["--overwrite-output-dir"]].concat());
    arguments[1] = case.path("out/checkpoint-3").to_str().unwrap().to_owned();
    let output = program(&arguments).output().unwrap();
    refused(
        &output,
        &["would be written over the model", "checkpoint-3"],
    );
    assert!(case.path("out/checkpoint-3/model.safetensors").exists());
}

#[test]
fn the_same_command_twice_makes_two_runs() {
    let home = Home(Case::new());
    let out = |name: &str| home.0.path("out").join(name);
    succeeds(&home.run(&[]));
    let before = content(&out("mrpc"));
    let said = succeeds(&home.run(&["--max-time=1ms", "--seed=7"]));
    assert!(said.contains("this run goes to"), "{said}");
    assert!(content(&out("mrpc")) == before);
    assert!(out("mrpc-2/checkpoint-1").is_dir());
    // The newest goes on, or the one whose checkpoint it is.
    succeeds(&home.run(&["--resume", "--seed=7"]));
    assert!(out("mrpc-2/checkpoint-3").is_dir() && !out("mrpc-3").exists());
    let first = ["--resume-from-checkpoint", "out/mrpc/checkpoint-2"];
    succeeds(&home.run(&first));
    assert!(!out("mrpc-3").exists());
    // Seeds have a folder in common.
    succeeds(&home.run(&["--seeds=2"]));
    assert!(out("mrpc-3/seed-42/model.safetensors").exists());
    succeeds(&home.run(&["--seeds=2", "--resume"]));
    assert!(!out("mrpc-4").exists());
    // An evaluation alone replaces the one before it.
    for _ in 0..2 {
        succeeds(&home.run(&["--eval-only"]));
    }
    assert!(out("mrpc-eval/eval_results.json").exists());
    // Nobody's lock is left.
    let left = content(&home.0.path("out"));
    assert!(left.iter().all(|(path, _)| !path.ends_with("run.lock")));
}

/// The second is told who has the folder, and the first is not touched.
#[cfg(unix)]
#[test]
fn two_programs_do_not_share_a_folder() {
    let case = Case::with_rows(164, 30);
    let endless = [
        "--num-train-epochs=100000",
        "--logging-steps=1",
        "--save-steps=1000000",
    ];
    let mut first = with_default_signals(&program(&case.arguments(&endless)))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(first.stdout.take().unwrap());
    let mut said = String::new();
    while !said.contains("step 2/") {
        assert!(out.read_line(&mut said).unwrap() > 0, "{said}");
    }
    // As where it is saving at this moment.
    let staging = case.path("out/.bert-staging-1-0");
    fs::create_dir(&staging).unwrap();
    let process = format!("in use by process {}", first.id());
    for more in [
        &[][..],
        &["--resume"],
        &["--overwrite-output-dir"],
        &["--eval-only"],
        &["--seeds=2"],
    ] {
        refused(&case.run(&[&endless[..], more].concat()), &[&process]);
    }
    assert!(staging.exists());

    let pid = first.id().to_string();
    let kill = |signal: &str| Command::new("kill").args([signal, &pid]).status().unwrap();
    assert!(kill("-INT").success());
    out.read_to_string(&mut said).unwrap();
    assert_eq!(first.wait().unwrap().code(), Some(130), "{said}");
    let events = fs::read_to_string(case.path("out/events.jsonl")).unwrap();
    let is_whole = |line: &str| serde_json::from_str::<serde_json::Value>(line).is_ok();
    assert!(events.lines().all(is_whole));
    assert_eq!(events.matches(r#""event":"start""#).count(), 1);
    assert!(!case.path("out/run.lock").exists());

    // One that was killed has left its file and not its lock.
    let mut killed = program(&case.arguments(&[&endless[..], &["--resume"]].concat()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(killed.stdout.take().unwrap());
    let mut said = String::new();
    while !said.contains("step ") {
        assert!(out.read_line(&mut said).unwrap() > 0, "{said}");
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(case.path("out/run.lock").exists());
    succeeds(&case.run(&[&endless[..], &["--resume", "--max-time=1ms"]].concat()));
    assert!(!staging.exists() && !case.path("out/run.lock").exists());
}
