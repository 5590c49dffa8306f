//! A run that was stopped, however it was, goes on as if it had not been.

mod common;

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

#[cfg(unix)]
use common::with_default_signals;
use common::{Case, Moments, checkpoints, command, learned, program, text};

/// Dropout is on, epochs end in the middle of an accumulated step, checkpoints come in the middle
/// of epochs.
const RUN: [&str; 6] = [
    "--num-train-epochs=4",
    "--train-batch-size=8",
    "--gradient-accumulation-steps=3",
    "--save-steps=2",
    "--learning-rate=1e-3",
    "--logging-steps=1",
];

/// The backends that this test was compiled with.
fn backends() -> Vec<&'static str> {
    let mut backends = vec!["flex"];
    if cfg!(feature = "ndarray") {
        backends.push("ndarray");
    }
    backends
}

fn case() -> Case {
    case_with(30)
}

/// With so many rows to evaluate on.
fn case_with(dev: usize) -> Case {
    let case = Case::with_rows(164, dev);
    for place in ["hidden_dropout_prob", "attention_probs_dropout_prob"] {
        case.edit_config(place, 0.1);
    }
    case
}

/// The command line with more flags, which replace those of the same name, on a backend.
fn flags<'a>(backend: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let name = |flag: &&str| flag.split('=').next().unwrap_or_default().to_owned();
    let replaced = |flag: &&&str| {
        more.iter().any(|other| name(other) == name(flag))
            || (**flag == RUN[0] && more.iter().any(|other| other.starts_with("--max-steps")))
    };
    let kept = RUN.iter().filter(|flag| !replaced(flag)).copied();
    kept.chain(["--backend", backend])
        .chain(more.iter().copied())
        .collect()
}

/// Runs to the end, gives what was learned and how long it took.
fn whole_run(case: &Case, backend: &str, more: &[&str]) -> (Vec<Vec<u8>>, Duration, String) {
    let started = Instant::now();
    let output = case.run(&flags(backend, more));
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "{said}");
    (learned(&case.path("out")), started.elapsed(), said)
}

#[test]
fn killed_at_any_moment_it_ends_with_the_same_bits() {
    for backend in backends() {
        let (expected, time, _) = whole_run(&case(), backend, &[]);
        let case = case();
        let arguments = case.arguments(&flags(backend, &["--resume"]));
        let mut moments = Moments::new();
        let mut delays = Vec::new();
        for kill in 0..20 {
            let mut child = program(&arguments)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let delay = moments.below(time);
            delays.push(delay);
            std::thread::sleep(delay);
            // SIGKILL. It may have ended by itself.
            let _ = child.kill();
            child.wait().unwrap();
            // A disk that lost the end of the newest checkpoint, where there is another.
            let mut saved = checkpoints(&case.path("out"));
            if kill % 5 == 0
                && saved.len() > 1
                && let Some(newest) = saved.pop()
            {
                let path = newest.join("model.safetensors");
                let bytes = fs::read(&path).unwrap();
                fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
            }
        }
        let (found, ..) = whole_run(&case, backend, &["--resume"]);
        assert!(found == expected, "{backend}: killed after {delays:?}");
        let left = fs::read_dir(case.path("out")).unwrap().flatten();
        let names: Vec<String> = left
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        assert!(!names.iter().any(|name| name.starts_with('.')), "{names:?}");
    }
}

/// Another head has the same state.
#[test]
fn killed_while_it_learns_choices_it_ends_with_the_same_bits() {
    let questions = |count: usize| {
        let question = |number: usize| {
            let choices = &["a", "b", "c d", "e"][..2 + number % 3];
            let label = number % choices.len();
            let context = format!("the river {number}");
            format!("{{\"context\": {context:?}, \"choices\": {choices:?}, \"label\": {label}}}\n")
        };
        (0..count).map(question).collect()
    };
    check_killed(
        "choice",
        ["train.jsonl", "dev.jsonl"],
        [100, 20],
        questions,
        &[],
    );
}

/// The same of a head on words, whose batches weigh by their words, with a CRF on top.
#[test]
fn killed_while_it_learns_tags_it_ends_with_the_same_bits() {
    let sentences = |count: usize| {
        let sentence = |n: usize| format!("a O\n{}p B-X\nq I-X\n\n", "b O\n".repeat(n % 5));
        (0..count).map(sentence).collect()
    };
    check_killed(
        "ner",
        ["train.conll", "dev.conll"],
        [82, 15],
        sentences,
        &["--crf"],
    );
}

/// A task on files of its own, killed eight times.
fn check_killed(
    task: &str,
    names: [&str; 2],
    sizes: [usize; 2],
    data: impl Fn(usize) -> String,
    more: &[&str],
) {
    let case = || {
        let case = case();
        for (name, size) in names.iter().zip(sizes) {
            fs::write(case.path(name), data(size)).unwrap();
        }
        case
    };
    let run = |case: &Case| {
        let mut run = command(task);
        run.arg("--model").arg(case.path("model"));
        run.arg("--output-dir").arg(case.path("out"));
        run.arg("--train-file").arg(case.path(names[0]));
        run.arg("--validation-file").arg(case.path(names[1]));
        run.args(["--max-seq-length=32", "--ignore-mismatched-sizes"]);
        run.args(more);
        run.args(flags("flex", &["--resume"]));
        run
    };
    let to_the_end = |case: &Case| {
        let started = Instant::now();
        let output = run(case).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        (learned(&case.path("out")), started.elapsed())
    };
    let (expected, time) = to_the_end(&case());
    let case = case();
    let mut moments = Moments::new();
    let delays: Vec<Duration> = (0..8).map(|_| moments.below(time)).collect();
    for &delay in &delays {
        let mut run = run(&case);
        let run = run.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = run.spawn().unwrap();
        std::thread::sleep(delay);
        // SIGKILL. It may have ended by itself.
        let _ = child.kill();
        child.wait().unwrap();
    }
    let (found, _) = to_the_end(&case);
    assert!(found == expected, "{task}: killed after {delays:?}");
}

/// A signal in the middle of the last evaluation, or a checkpoint just before it, must not make
/// the run look finished.
#[cfg(unix)]
#[test]
fn a_run_is_not_over_before_its_last_evaluation() {
    let once = [
        "--num-train-epochs=1",
        "--eval-batch-size=1",
        "--save-steps=1",
    ];
    // One by one, so that the signal comes before the last.
    let dev = 1500;
    let (expected, ..) = whole_run(&case_with(dev), "flex", &once);
    let case = case_with(dev);
    let arguments = case.arguments(&flags("flex", &once));
    let (code, said) = signalled(&arguments, "step 7/7", "-INT");
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("before the first evaluation"), "{said}");
    let (found, ..) = whole_run(&case, "flex", &[&once[..], &["--resume"]].concat());
    assert!(found == expected);
    let events = fs::read_to_string(case.path("out/events.jsonl")).unwrap();
    assert_eq!(events.matches(r#""event":"evaluation""#).count(), 1);
}

/// Starts a run, waits until it has said `line`, sends it `signal`, and gives its exit code and
/// what it said.
#[cfg(unix)]
fn signalled(arguments: &[String], line: &str, signal: &str) -> (Option<i32>, String) {
    use std::io::{BufRead, BufReader, Read};

    use rustix::process::{Pid, Signal, kill_process};

    let signal = match signal {
        "-INT" => Signal::INT,
        "-TERM" => Signal::TERM,
        "-HUP" => Signal::HUP,
        other => panic!("{other}"),
    };
    let mut child = with_default_signals(&program(arguments))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    while !said.contains(line) {
        assert!(out.read_line(&mut said).unwrap() > 0, "{said}");
    }
    // Not by a program of its own: on a busy machine the run is over before that one has begun.
    kill_process(Pid::from_child(&child), signal).unwrap();
    out.read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code(), said)
}

#[cfg(unix)]
#[test]
fn a_signal_saves_and_the_run_goes_on() {
    let (expected, ..) = whole_run(&case(), "flex", &[]);
    for (signal, code, reason) in [
        ("-INT", 130, "stopped by Ctrl-C"),
        ("-TERM", 143, "stopped by SIGTERM"),
        ("-HUP", 129, "stopped by SIGHUP"),
    ] {
        let case = case();
        let arguments = case.arguments(&flags("flex", &["--save-steps=1000"]));
        let (found, said) = signalled(&arguments, "step 5/", signal);
        assert_eq!(found, Some(code), "{said}");
        let last = format!("{reason}; the same command with --resume goes on");
        assert!(said.contains(&last), "{said}");
        assert!(!checkpoints(&case.path("out")).is_empty());

        // Not by accident over it.
        let again = case.run(&flags("flex", &[]));
        assert_eq!(again.status.code(), Some(1));
        let message = text(&again.stderr);
        assert!(
            message.contains("has not finished") && message.contains("--resume"),
            "{message}"
        );

        let (found, ..) = whole_run(&case, "flex", &["--resume"]);
        assert!(found == expected, "{signal}");
    }
}

/// Below `nohup`, and where a script starts it with `&`.
#[cfg(unix)]
#[test]
fn a_signal_that_the_parent_ignores_stays_ignored() {
    use std::io::{BufRead, BufReader};
    use std::process::Command;

    let case = case();
    let run = program(&case.arguments(&["--num-train-epochs=100000", "--logging-steps=1"]));
    let mut child = Command::new("sh")
        .args(["-c", "trap '' HUP INT QUIT TSTP; exec \"$@\"", "sh"])
        .arg(run.get_program())
        .args(run.get_args())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id().to_string();
    let kill = |signal: &str| {
        let status = Command::new("kill").args([signal, pid.as_str()]).status();
        assert!(status.unwrap().success());
    };
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut until = |text: &str| {
        let mut said = lines.by_ref().map(Result::unwrap);
        assert!(said.any(|line| line.contains(text)), "no {text}");
    };
    until("step 5/");
    ["-HUP", "-INT", "-QUIT", "-TSTP"]
        .into_iter()
        .for_each(kill);
    until("step 12/");
    // A program such as `timeout` sends it to the run and to its group.
    ["-TERM", "-TERM"].into_iter().for_each(kill);
    until("stopped by SIGTERM; the same command");
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert!(!checkpoints(&case.path("out")).is_empty());
}

#[cfg(unix)]
#[test]
fn a_run_whose_lines_nobody_reads_goes_on_to_its_end() {
    for display in ["plain", "json"] {
        let case = case();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut run = program(&case.arguments(&flags("flex", &["--dashboard", display])));
        let errors = run.stdout(writer).output().unwrap();
        let message = text(&errors.stderr);
        assert!(errors.status.success(), "{message}");
        assert!(!message.contains("panicked"), "{message}");
        assert!(case.path("out/eval_results.json").exists());
    }
}

#[test]
fn all_seeds_share_one_time() {
    let case = case();
    let more = ["--seeds=3", "--max-time=18446744073709551615s"];
    let whole = case.run(&flags("flex", &more));
    assert!(whole.status.success(), "{}", text(&whole.stderr));
    assert!(case.path("out/seed-44/eval_results.json").exists());
}

#[test]
fn a_run_goes_on_only_as_itself() {
    let case = case();
    let stopped = case.run(&flags("flex", &["--max-time=1ms"]));
    let said = text(&stopped.stdout);
    assert!(
        stopped.status.success() && said.contains("max_time is over"),
        "{said}"
    );
    assert!(said.contains("before the first evaluation"), "{said}");

    let other = [
        "--resume",
        "--learning-rate=2e-3",
        "--layer-wise-lr-decay=0.9",
    ];
    let refused = case.run(&flags("flex", &other));
    assert_eq!(refused.status.code(), Some(1));
    let message = text(&refused.stderr);
    for part in [
        "of another run",
        "--learning-rate was 0.001 and is 0.002",
        "--layer-wise-lr-decay was 1.0 and is 0.9",
    ] {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }

    let data = fs::read_to_string(case.path("data/train.tsv")).unwrap();
    fs::write(case.path("data/train.tsv"), data.replace("c 7\t", "c d\t")).unwrap();
    let refused = case.run(&flags("flex", &["--resume"]));
    let message = text(&refused.stderr);
    assert!(
        message.contains("train was") && message.contains("crc32"),
        "{message}"
    );
    let anew = case.run(&flags("flex", &["--overwrite-output-dir"]));
    assert!(anew.status.success(), "{}", text(&anew.stderr));
}

#[test]
fn an_older_checkpoint_gives_the_same_end_and_a_broken_one_is_skipped() {
    let case = case();
    let (expected, ..) = whole_run(&case, "flex", &["--save-total-limit=100"]);
    let all = checkpoints(&case.path("out"));
    let (older, newest) = (&all[1], all.last().unwrap());

    let folder = older.to_str().unwrap();
    let (found, ..) = whole_run(&case, "flex", &["--resume-from-checkpoint", folder]);
    assert!(found == expected);

    let path = newest.join("optimizer.safetensors");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let (found, _, said) = whole_run(&case, "flex", &["--resume"]);
    assert!(found == expected);
    assert!(
        said.contains("warning: skipped:") && said.contains("optimizer.safetensors"),
        "{said}"
    );

    // A finished run is only scored again.
    let (found, _, said) = whole_run(&case, "flex", &["--resume"]);
    assert!(found == expected);
    assert!(!said.contains("step 1/"), "{said}");

    let bad = case.path("data");
    let refused = case.run(&flags(
        "flex",
        &["--resume-from-checkpoint", bad.to_str().unwrap()],
    ));
    let message = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1));
    assert!(message.contains("is not a whole checkpoint"), "{message}");
}

/// The output folder may have a later best model than the checkpoint knows of, that of another run,
/// or none: what is scored and reported is the checkpoint's.
#[test]
fn the_best_model_is_that_of_the_checkpoint() {
    let case = case();
    // Each evaluation is better than the one before, so that every epoch has its own best model.
    let mut more = vec!["--save-total-limit=100", "--metric-for-best-model=loss"];
    let output = case.run(&flags("flex", &more));
    assert!(output.status.success(), "{}", text(&output.stderr));
    let results = |out: &str| -> serde_json::Value {
        let path = case.path(out).join("eval_results.json");
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    };
    let evaluations = results("out")["evaluations"].clone();
    let loss = |epoch: usize| evaluations[epoch]["scores"]["loss"].as_f64().unwrap();
    assert!(loss(1) < loss(0), "{evaluations}");
    let after_first_epoch = evaluations[0]["step"].as_u64().unwrap();

    let older = case.path(&format!("out/checkpoint-{after_first_epoch}"));
    let moved = case.path("moved");
    fs::rename(&older, &moved).unwrap();
    more.extend(["--max-time=1ms", "--resume-from-checkpoint"]);
    more.push(moved.to_str().unwrap());
    for out in ["out", "elsewhere"] {
        let into = case.path(out);
        let mut arguments = case.arguments(&flags("flex", &more));
        let place = arguments.iter().position(|a| a == "--output-dir").unwrap();
        arguments[place + 1] = into.to_str().unwrap().to_owned();
        let output = program(&arguments).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        let found = results(out);
        assert_eq!(found["loss"].as_f64().unwrap(), loss(0), "{found}");
        assert_eq!(found["best_step"], after_first_epoch);
        let best = fs::read(into.join("model.safetensors")).unwrap();
        assert!(best == fs::read(moved.join("best.safetensors")).unwrap());
        assert!(into.join("config.json").is_file());
    }
}

#[test]
fn a_checkpoint_that_cannot_be_saved_is_said_and_the_run_goes_on() {
    let case = case();
    fs::create_dir(case.path("out")).unwrap();
    // No folder can take this file's place.
    fs::write(case.path("out/checkpoint-2"), "").unwrap();
    let (_, _, said) = whole_run(&case, "flex", &["--save-total-limit=100"]);
    assert!(said.contains("warning: no checkpoint of step 2"), "{said}");
    assert!(case.path("out/checkpoint-4").is_dir());
    let events = fs::read_to_string(case.path("out/events.jsonl")).unwrap();
    assert!(events.contains(r#""event":"warning""#) && events.contains("checkpoint-2"));
}

#[test]
fn a_run_ends_early_when_nothing_gets_better() {
    let case = case();
    let flags = flags(
        "flex",
        &[
            "--eval-steps=1",
            "--metric-for-best-model=eval_loss",
            "--early-stopping-patience=2",
            "--early-stopping-threshold=100",
        ],
    );
    let output = case.run(&flags);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}");
    let results = fs::read_to_string(case.path("out/eval_results.json")).unwrap();
    let results: serde_json::Value = serde_json::from_str(&results).unwrap();
    // Two after the first are not better by the threshold, which does not decide which is the best.
    let evaluations = results["evaluations"].as_array().unwrap();
    assert_eq!(evaluations.len(), 3);
    let loss = |evaluation: &serde_json::Value| evaluation["scores"]["loss"].as_f64().unwrap();
    let lowest = evaluations
        .iter()
        .min_by(|a, b| loss(a).total_cmp(&loss(b)))
        .unwrap();
    assert_eq!(
        (&results["best_step"], &results["stopped"]),
        (&lowest["step"], &"early_stopping".into())
    );

    let unknown = case.run(&["--metric-for-best-model=mood", "--overwrite-output-dir"]);
    assert_eq!(unknown.status.code(), Some(2));
    let message = text(&unknown.stderr);
    assert!(
        message.contains("mood") && message.contains("f1, accuracy, precision"),
        "{message}"
    );
}

#[test]
fn events_tell_the_run() {
    let case = case();
    let more = ["--max-steps=5", "--eval-steps=3", "--report-to=tensorboard"];
    whole_run(&case, "flex", &more);
    let events = fs::read_to_string(case.path("out/events.jsonl")).unwrap();
    let events: Vec<serde_json::Value> = events
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |kind: &str| -> Vec<&serde_json::Value> {
        let of_kind = events.iter().filter(|event| event["event"] == kind);
        of_kind.collect()
    };
    assert!(
        events
            .iter()
            .all(|event| event["v"] == 1 && event["time"].is_f64())
    );
    let start = of("start")[0];
    assert_eq!(
        (&start["task"], &start["total_steps"]),
        (&"mrpc".into(), &5.into())
    );
    assert_eq!(
        (&start["train_examples"], &start["resumed_step"]),
        (&164.into(), &0.into())
    );
    assert_eq!(start["arguments"]["learning_rate"], 1e-3);
    assert_eq!(start["model"]["hidden_size"], 32);

    let steps = of("step");
    let numbers: Vec<u64> = steps
        .iter()
        .map(|step| step["step"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    assert!(
        steps
            .iter()
            .all(|step| step["examples"] == 24 && step["grad_norm"].is_f64())
    );
    let evaluated: Vec<u64> = of("evaluation")
        .iter()
        .map(|evaluation| evaluation["step"].as_u64().unwrap())
        .collect();
    assert_eq!(evaluated, [3, 5]);
    let confusion = &of("evaluation")[1]["details"]["confusion"];
    let counted: u64 = (0..4)
        .map(|i| confusion[i / 2][i % 2].as_u64().unwrap())
        .sum();
    assert_eq!(counted, 30);
    assert_eq!(of("checkpoint").last().unwrap()["step"], 5);
    let end = events.last().unwrap();
    assert_eq!(
        (&end["event"], &end["reason"]),
        (&"end".into(), &"finished".into())
    );
    assert_eq!(end["complete"], true);
    assert_eq!(
        fs::read_dir(case.path("out/tensorboard")).unwrap().count(),
        1
    );
}
