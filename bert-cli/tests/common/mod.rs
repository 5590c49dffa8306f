//! The program and what it is given in a test.

// Each test program uses a part of this.
#![allow(dead_code)]

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// The tiny BERT that transformers made, with 120 entries of vocabulary.
fn tiny_bert() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../bert-core/tests/fixtures/tiny-bert")
}

/// `bert` with these words, not yet run.
pub fn bert<S: AsRef<OsStr>>(words: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bert"));
    command.args(words);
    command
}

/// What the example of this name does.
pub fn command(name: &str) -> Command {
    match name {
        "classify" => bert(&["predict", "--task", "text-classification"]),
        "tag" => bert(&["predict", "--task", "token-classification"]),
        "answer" => bert(&["predict", "--task", "question-answering"]),
        "choose" => bert(&["predict", "--task", "multiple-choice"]),
        "fill_mask" => bert(&["predict", "--task", "fill-mask"]),
        "classify-task" => bert(&["train", "--task", "classify"]),
        "dashboard" => bert(&["watch"]),
        "pretrain" | "convert" | "backends" => bert(&[name]),
        task => bert(&["train", "--task", task]),
    }
}

/// The training for MRPC with these arguments, not yet run.
pub fn program<S: AsRef<OsStr>>(arguments: &[S]) -> Command {
    let mut command = command("mrpc");
    command.args(arguments);
    command
}

/// `run`, by which signals are not ignored: whoever runs the tests may ignore them, as nohup and a
/// script's `&` do, and what is ignored would stay so.
#[cfg(unix)]
pub fn with_default_signals(run: &Command) -> Command {
    let mut command = Command::new("env");
    command.arg("--default-signal");
    command.arg(run.get_program()).args(run.get_args());
    command
}

/// The checkpoints of a run, the oldest first.
pub fn checkpoints(out: &Path) -> Vec<PathBuf> {
    let step = |path: &PathBuf| -> Option<usize> {
        let name = path.file_name()?.to_str()?;
        name.strip_prefix("checkpoint-")?.parse().ok()
    };
    let entries = fs::read_dir(out).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    found.retain(|path| step(path).is_some());
    found.sort_by_key(step);
    found
}

/// The newest checkpoint of a run.
pub fn newest_checkpoint(out: &Path) -> PathBuf {
    checkpoints(out).pop().expect("a checkpoint")
}

/// What a run has learned: the bits of the best model, and of the last one with its optimizer.
pub fn learned(out: &Path) -> Vec<Vec<u8>> {
    let last = newest_checkpoint(out);
    [
        out.join("model.safetensors"),
        last.join("model.safetensors"),
        last.join("optimizer.safetensors"),
    ]
    .map(|path| fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
    .to_vec()
}

/// Different in every run of the test, and told if it fails.
pub struct Moments(u64);

impl Moments {
    pub fn new() -> Self {
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        Self(now.as_nanos() as u64)
    }

    pub fn below(&mut self, longest: Duration) -> Duration {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        longest.mul_f64((self.0 >> 11) as f64 / (1u64 << 53) as f64)
    }
}

/// The program with `input` on its standard input.
pub fn fed(program: &mut Command, input: &[u8]) -> Output {
    fed_with(program.stdout(Stdio::piped()), input)
}

/// The same, with its standard output where it is.
pub fn fed_with(program: &mut Command, input: &[u8]) -> Output {
    let mut child = program
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{program:?}: {e}"));
    // A program that has failed reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

pub fn mrpc<S: AsRef<OsStr>>(arguments: &[S]) -> Output {
    let mut program = program(arguments);
    let run = program.output();
    run.unwrap_or_else(|e| panic!("{program:?}: {e}"))
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Data, a model and an output folder that a test may spoil before it runs.
pub struct Case {
    root: TempDir,
}

pub const HEADER: &str = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n";

impl Case {
    pub fn new() -> Self {
        Self::with_rows(24, 10)
    }

    /// With so many rows of training and dev data.
    pub fn with_rows(train: usize, dev: usize) -> Self {
        let case = Self {
            root: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(case.path("model")).unwrap();
        for file in ["config.json", "model.safetensors", "vocab.txt"] {
            fs::copy(tiny_bert().join(file), case.path("model").join(file)).unwrap();
        }
        fs::create_dir(case.path("data")).unwrap();
        for (split, rows) in [("train", train), ("dev", dev)] {
            let row = |i| format!("{}\t{i}\t{i}\ta \"b c {i}\td e {}\n", i % 2, i % 2);
            let rows: String = (0..rows).map(row).collect();
            fs::write(
                case.path("data").join(format!("{split}.tsv")),
                HEADER.to_owned() + &rows,
            )
            .unwrap();
        }
        case
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub fn run(&self, more: &[&str]) -> Output {
        mrpc(&self.arguments(more))
    }

    /// The command line of a run on the case's folders.
    pub fn arguments(&self, more: &[&str]) -> Vec<String> {
        let paths = ["model", "data", "out"].map(|name| self.path(name));
        let paths: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
        let mut arguments: Vec<&str> = vec![
            "--model",
            paths[0],
            "--data",
            paths[1],
            "--output-dir",
            paths[2],
        ];
        for default in ["--max-seq-length=32", "--train-batch-size=8"] {
            let flag = default.split('=').next().unwrap();
            if !more.iter().any(|given| given.starts_with(flag)) {
                arguments.push(default);
            }
        }
        arguments.extend(more);
        arguments.into_iter().map(str::to_owned).collect()
    }

    /// Runs and checks that it fails with one clear message, this exit code, and no output.
    #[track_caller]
    pub fn fails(&self, more: &[&str], code: i32, expected: &[&str]) {
        let output = self.run(more);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{message}");
        for part in expected {
            assert!(message.contains(part), "`{part}` is not in: {message}");
        }
        assert_eq!(message.matches("error:").count(), 1, "{message}");
        assert!(!message.contains("panicked"), "{message}");
        // A run that had begun leaves its events, its report and its flags.
        let left = fs::read_dir(self.path("out"))
            .into_iter()
            .flatten()
            .flatten();
        let left: Vec<_> = left.map(|entry| entry.file_name()).collect();
        let known = ["events.jsonl", "report.html", "run.toml"];
        let is_known = |name: &OsString| known.iter().any(|known| name == known);
        assert!(left.iter().all(is_known), "{left:?}");
    }

    /// Makes a word's embedding so large that the model overflows wherever it reads the word; the
    /// file stays one of finite numbers.
    pub fn make_unreadable(&self, word: &str) {
        let vocab = fs::read_to_string(self.path("model/vocab.txt")).unwrap();
        let row = vocab.lines().position(|line| line == word).unwrap();
        let name = "bert.embeddings.word_embeddings.weight";
        self.edit_weights(name, |table, shape| {
            table[row * shape[1]..(row + 1) * shape[1]].fill(3e38);
        });
    }

    /// Changes a tensor of the model's weights, which is given with its shape.
    pub fn edit_weights(&self, tensor: &str, change: impl FnOnce(&mut [f32], &[usize])) {
        let path = self.path("model/model.safetensors");
        let mut bytes = fs::read(&path).unwrap();
        let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let names: serde_json::Value = serde_json::from_slice(&bytes[8..header]).unwrap();
        let numbers = |key: &str| -> Vec<usize> {
            serde_json::from_value(names[tensor][key].clone()).unwrap()
        };
        let (shape, offsets) = (numbers("shape"), numbers("data_offsets"));
        let data = &mut bytes[header + offsets[0]..header + offsets[1]];
        let value = |four: &[u8]| f32::from_le_bytes(four.try_into().unwrap());
        let mut values: Vec<f32> = data.chunks_exact(4).map(value).collect();
        change(&mut values, &shape);
        for (four, value) in data.chunks_exact_mut(4).zip(values) {
            four.copy_from_slice(&value.to_le_bytes());
        }
        fs::write(path, bytes).unwrap();
    }

    pub fn edit_config(&self, key: &str, value: impl Into<serde_json::Value>) {
        let path = self.path("model/config.json");
        let mut config: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        config[key] = value.into();
        fs::write(path, config.to_string()).unwrap();
    }
}
