//! `bert` in several processes over MPI: the same as one, and all end when one does.
//!
//! Needs MPICH's `mpiexec` (Debian: mpich): `cargo test -p bert-cli --features mpi --test ranks`.

#![cfg(unix)]

mod common;
#[path = "../../bert-core/tests/common/saved.rs"]
mod saved;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use common::{
    Case, Moments, bert, checkpoints, learned, newest_checkpoint, program, text,
    with_default_signals,
};

const RUN: [&str; 6] = [
    "--num-train-epochs=4",
    "--train-batch-size=4",
    "--save-steps=2",
    "--learning-rate=1e-3",
    "--logging-steps=1",
    "--resume",
];

/// The tiny model, with dropout.
fn case() -> Case {
    let case = Case::with_rows(62, 30);
    for place in ["hidden_dropout_prob", "attention_probs_dropout_prob"] {
        case.edit_config(place, 0.1);
    }
    case
}

/// `run` as so many processes.
fn ranks(number: usize, run: &Command) -> Command {
    let mut command = Command::new("mpiexec");
    command.args(["-n", &number.to_string()]);
    command.arg(run.get_program()).args(run.get_args());
    with_default_signals(&command)
}

fn output_of(mut command: Command) -> Output {
    command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"))
}

fn said(output: &Output) -> String {
    text(&output.stdout) + &text(&output.stderr)
}

/// Runs to the end as so many processes.
#[track_caller]
fn run(case: &Case, number: usize, more: &[&str]) -> String {
    let flags = [&RUN[..], more].concat();
    let output = output_of(ranks(number, &program(&case.arguments(&flags))));
    let said = said(&output);
    assert!(output.status.success(), "{}: {said}", output.status);
    said
}

/// How far the last models of two runs are from one another.
fn distance(one: &Path, other: &Path) -> f64 {
    saved::distance(&newest_checkpoint(one), &newest_checkpoint(other))
}

#[test]
fn ranks_are_accumulated_passes_and_rank_0_alone_writes() {
    let (alone, together) = (case(), case());
    run(&alone, 1, &["--gradient-accumulation-steps=3"]);
    let said = run(&together, 3, &[]);
    let (alone, out) = (alone.path("out"), together.path("out"));
    assert!(distance(&alone, &out) < 1e-6, "{}", distance(&alone, &out));
    // Each line once.
    assert_eq!(said.matches("step 1/").count(), 1, "{said}");
    assert!(
        said.contains("waiting") && said.contains("3 ranks"),
        "{said}"
    );
    let events = fs::read_to_string(out.join("events.jsonl")).unwrap();
    assert_eq!(events.matches("\"event\":\"start\"").count(), 1);
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).unwrap().flatten();
        let mut names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
        names.sort();
        names
    };
    let mut expected = names(&alone);
    expected.extend(["log.rank-1.txt", "log.rank-2.txt"].map(Into::into));
    expected.sort();
    assert_eq!(names(&out), expected);
    // Done again, it has the same bits.
    let again = case();
    run(&again, 3, &[]);
    assert!(learned(&again.path("out")) == learned(&out));
}

#[test]
fn every_head_learns_in_ranks() {
    let root = tempfile::tempdir().unwrap();
    let tasks: [&[&str]; 7] = [
        &["train", "--task=nsp"],
        &["train", "--task=squad", "--doc-stride=32"],
        &["train", "--task=ner"],
        &["train", "--task=ner", "--crf"],
        &["train", "--task=choice"],
        &["train", "--task=classify"],
        &[
            "pretrain",
            "--max-seq-length=32",
            "--text",
            "text.txt",
            "--model",
        ],
    ];
    let nano = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/bert-nano");
    let mut sentences = String::new();
    for document in 0..12 {
        for sentence in 0..9 {
            sentences += &format!("the {document} of them walk to house {sentence}.\n");
        }
        sentences += "\n";
    }
    fs::write(root.path().join("text.txt"), sentences).unwrap();
    for (nth, task) in tasks.iter().enumerate() {
        let out = |size: usize| root.path().join(format!("{nth}-{size}"));
        let run = |size: usize| {
            let mut run = bert(task);
            if task[0] == "pretrain" {
                run.arg(&nano);
            }
            let passes = format!("--gradient-accumulation-steps={}", 2 / size);
            run.args([
                "--max-steps=2",
                "--train-batch-size=4",
                "--eval-steps=1000",
                &passes,
            ]);
            run.arg("--output-dir").arg(out(size));
            let mut run = ranks(size, &run);
            run.current_dir(root.path());
            let output = output_of(run);
            assert!(
                output.status.success(),
                "{task:?} {size}: {}",
                said(&output)
            );
        };
        run(1);
        run(2);
        let distance = distance(&out(1), &out(2));
        assert!(distance < 1e-6, "{task:?}: {distance:e}");
        let of = |size: usize| {
            let path = out(size).join("eval_results.json");
            let results = fs::read_to_string(path).unwrap();
            let results: serde_json::Value = serde_json::from_str(&results).unwrap();
            results["loss"].as_f64().unwrap()
        };
        assert!(
            (of(1) - of(2)).abs() < 1e-4,
            "{task:?}: {} {}",
            of(1),
            of(2)
        );
    }
}

/// A group that runs.
struct Running {
    child: Child,
    started: Instant,
}

impl Running {
    fn start(number: usize, run: &Command) -> Self {
        let mut command = ranks(number, run);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        let started = Instant::now();
        Self { child, started }
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its ranks: what the launcher's processes have started.
    fn ranks(&self) -> Vec<u32> {
        let children = |pid: u32| -> Vec<u32> {
            let path = format!("/proc/{pid}/task/{pid}/children");
            let text = fs::read_to_string(path).unwrap_or_default();
            text.split_whitespace()
                .filter_map(|pid| pid.parse().ok())
                .collect()
        };
        let mut found = Vec::new();
        let mut all = children(self.pid());
        while let Some(pid) = all.pop() {
            let program = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
            if program == Path::new(env!("CARGO_BIN_EXE_bert")) {
                found.push(pid);
            }
            all.extend(children(pid));
        }
        found.sort();
        found
    }

    /// Waits until there is such a thing in its folder.
    #[track_caller]
    fn wait_for(&mut self, path: &Path) {
        while !path.exists() {
            assert!(self.child.try_wait().unwrap().is_none(), "it has ended");
            assert!(
                self.started.elapsed() < Duration::from_secs(100),
                "no {}",
                path.display()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// How it ended, what it said, and how long after now.
    fn end(self) -> (ExitStatus, String, Duration) {
        let ended = Instant::now();
        let output = self.child.wait_with_output().unwrap();
        (output.status, said(&output), ended.elapsed())
    }
}

fn kill(signal: &str, pid: u32) {
    let pid = pid.to_string();
    // It may have ended by itself.
    let _ = Command::new("kill")
        .args([signal, &pid])
        .stderr(Stdio::null())
        .status();
}

fn endless(case: &Case, more: &[&str]) -> Command {
    let flags = [&["--num-train-epochs=100000", "--save-steps=2"][..], more].concat();
    program(&case.arguments(&flags))
}

#[test]
fn killed_at_any_moment_it_goes_on_with_the_same_bits() {
    let whole = case();
    let started = Instant::now();
    run(&whole, 2, &[]);
    let time = started.elapsed();
    let expected = learned(&whole.path("out"));
    let case = case();
    let mut moments = Moments::new();
    let mut told = Vec::new();
    for kill_number in 0..20 {
        let running = Running::start(2, &program(&case.arguments(&RUN)));
        let delay = moments.below(time);
        std::thread::sleep(delay);
        let victims = match kill_number % 3 {
            0 => vec![running.pid()],
            rank => running.ranks().into_iter().skip(rank - 1).take(1).collect(),
        };
        told.push((delay, kill_number % 3));
        victims.into_iter().for_each(|pid| kill("-KILL", pid));
        let left = running.ranks();
        let (_, said, took) = running.end();
        assert!(took < Duration::from_secs(20), "{told:?}: {said}");
        // Where the launcher is gone, nobody is left that could hold the folder.
        let gone = Instant::now();
        while left.iter().any(|pid| is_alive(*pid)) {
            assert!(
                gone.elapsed() < Duration::from_secs(20),
                "{told:?}: ranks are left"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    run(&case, 2, &[]);
    assert!(learned(&case.path("out")) == expected, "{told:?}");
}

fn is_alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit(") ")
        .next()
        .and_then(|rest| rest.chars().next());
    state.is_some_and(|state| !"ZX".contains(state))
}

/// `run`, which says its exit code in the end.
fn telling_its_code(run: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args([
        "-c",
        "trap : INT TERM; \"$@\"; code=$?; echo code=$code; exit $code",
        "sh",
    ]);
    shell.arg(run.get_program()).args(run.get_args());
    shell
}

#[test]
fn ctrl_c_saves_on_all_ranks_and_the_run_goes_on() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let case = case();
        let mut running = Running::start(2, &telling_its_code(&endless(&case, &[])));
        running.wait_for(&case.path("out/checkpoint-2"));
        kill(signal, running.pid());
        let (status, said, _) = running.end();
        assert_eq!(said.matches(&format!("code={code}\n")).count(), 2, "{said}");
        // The launcher sometimes loses what its processes end with, and says 0.
        assert!(
            [Some(code), Some(0)].contains(&status.code()),
            "{status}: {said}"
        );
        assert!(
            said.contains("the same command with --resume goes on"),
            "{said}"
        );
        let before = newest_of(&case.path("out"));
        let mut running = Running::start(2, &endless(&case, &["--resume"]));
        running.wait_for(&case.path(&format!("out/checkpoint-{}", before + 2)));
        kill("-TERM", running.pid());
        let said = running.end().1;
        assert!(said.contains("stopped by SIGTERM"), "{said}");
    }
}

#[test]
fn a_rank_that_hangs_ends_the_run() {
    let case = case();
    for frozen in 0..2 {
        let more = ["--rank-timeout=3", "--resume"];
        let mut running = Running::start(2, &endless(&case, &more));
        let before = newest_of(&case.path("out"));
        running.wait_for(&case.path(&format!("out/checkpoint-{}", before + 2)));
        let pids = running.ranks();
        kill("-STOP", pids[frozen]);
        let (status, said, took) = running.end();
        assert!(!status.success(), "{said}");
        assert!(
            said.contains("another rank has not answered for 3 s"),
            "{said}"
        );
        assert!(took < Duration::from_secs(30), "{took:?}");
        let left: Vec<_> = pids.into_iter().filter(|pid| is_alive(*pid)).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// The newest checkpoint of those that come every two steps; 0 where there is none.
fn newest_of(out: &Path) -> usize {
    let newest = checkpoints(out).pop();
    let name = newest
        .as_deref()
        .and_then(|path| path.to_str()?.rsplit('-').next());
    let step: usize = name.map_or(0, |step| step.parse().unwrap());
    step - step % 2
}

#[test]
fn what_goes_wrong_on_one_rank_ends_all_with_its_message() {
    let case = case();
    let good = endless(&case, &[]);
    let flags = ["--num-train-epochs=100000", "--save-steps=2"];
    let mut bad = case.arguments(&flags);
    let data = bad.iter().position(|word| word == "--data").unwrap();
    bad[data + 1] = "/nowhere/at/all".to_owned();
    let bad = program(&bad);
    let mut command = Command::new("mpiexec");
    command
        .args(["-n", "1"])
        .arg(good.get_program())
        .args(good.get_args());
    command
        .args([":", "-n", "1"])
        .arg(bad.get_program())
        .args(bad.get_args());
    let started = Instant::now();
    let output = output_of(with_default_signals(&command));
    let said = said(&output);
    assert!(!output.status.success(), "{said}");
    assert!(
        said.contains("rank 1 of 2, see log.rank-1.txt: error: "),
        "{said}"
    );
    assert!(said.contains("/nowhere/at/all"), "{said}");
    assert!(started.elapsed() < Duration::from_secs(60));

    // What is wrong everywhere is said once, by rank 0.
    let wrong = program(&case.arguments(&["--num-train-epochs=0"]));
    let output = output_of(ranks(3, &wrong));
    let said = text(&output.stderr);
    assert_eq!(said.matches("num-train-epochs").count(), 1, "{said}");
    assert_eq!(output.status.code(), Some(2), "{said}");
}

#[test]
fn the_launcher_of_another_mpi_is_noticed() {
    let case = case();
    let mut alone = program(&case.arguments(&[]));
    alone.env("OMPI_COMM_WORLD_SIZE", "2");
    let output = output_of(alone);
    let said = said(&output);
    assert!(
        said.contains("has started 2 processes, and MPI knows of 1"),
        "{said}"
    );
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(!case.path("out").exists());
}
