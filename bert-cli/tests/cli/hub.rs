//! Models and data by name, from a server that speaks the hub's protocol, and offline.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bert_data::table::{Cell, TableFormat, TableWriter};
use bert_hub::test_server::{Fault, Request, Rule, TestRepo, TestRepos, TestServer};
use tempfile::TempDir;

#[cfg(unix)]
use crate::common::with_default_signals;
use crate::common::{bert, text};

const MODEL: &str = "google-bert/bert-base-uncased";
const DATA: &str = "nyu-mll/glue:mrpc";
const TOKEN: &str = "hf_secret_of_a_test";

/// The metadata of `nyu-mll/glue`, as far as it is about MRPC and RTE.
const CARD: &[u8] = b"---
dataset_info:
- config_name: mrpc
  features:
  - name: sentence1
    dtype: string
  - name: sentence2
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': not_equivalent
          '1': equivalent
configs:
- config_name: mrpc
  data_files:
  - split: train
    path: mrpc/train-*
  - split: validation
    path: mrpc/validation-*
  - split: test
    path: mrpc/test-*
- config_name: rte
  data_files:
  - split: train
    path: rte/train-*
---
";

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples/data")
        .join(name)
}

/// Rows of the shipped sentence pairs with the columns of the hub's data set.
fn parquet(split: &str, rows: usize, has_labels: bool) -> Vec<u8> {
    let table = fs::read_to_string(shipped("paraphrases").join(split)).unwrap();
    let columns = ["sentence1", "sentence2", "label", "idx"];
    let mut writer = TableWriter::new("t", Vec::new(), TableFormat::Parquet, &columns).unwrap();
    for (index, line) in table.lines().skip(1).take(rows).enumerate() {
        let fields: Vec<&str> = line.split('\t').collect();
        let label = if has_labels {
            fields[0].parse().unwrap()
        } else {
            -1_i64
        };
        let cells = [
            fields[3].into(),
            fields[4].into(),
            label.into(),
            Cell::from(index as i64),
        ];
        writer.write_row(&cells).unwrap();
    }
    writer.finish().unwrap()
}

struct Hub {
    server: TestServer,
    root: TempDir,
}

impl Hub {
    fn new() -> Self {
        let model = TestRepo::model(MODEL, &[("pytorch_model.bin", b"not asked for")]);
        let mut model = model.with_folder(&shipped("bert-nano")).unwrap();
        let card = b"---\nlicense: apache-2.0\nlanguage: en\n---\n# BERT\n";
        model.files.insert("README.md".to_owned(), card.to_vec());
        let (train, validation) = (parquet("train.tsv", 64, true), parquet("dev.tsv", 24, true));
        let glue: [(&str, &[u8]); 4] = [
            ("README.md", CARD),
            ("mrpc/train-00000-of-00001.parquet", &train),
            ("mrpc/validation-00000-of-00001.parquet", &validation),
            (
                "mrpc/test-00000-of-00001.parquet",
                &parquet("dev.tsv", 5, false),
            ),
        ];
        let glue = TestRepo::dataset("nyu-mll/glue", &glue);
        let shapes = "../bert-data/tests/fixtures/squad-shapes/answers.parquet";
        let squad = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(shapes)).unwrap();
        let squad: [(&str, &[u8]); 2] = [
            ("plain_text/train-00000-of-00001.parquet", &squad),
            ("plain_text/validation-00000-of-00001.parquet", &squad),
        ];
        let squad = TestRepo::dataset("rajpurkar/squad", &squad);
        let repos = TestRepos::default().with(model).with(glue).with(squad);
        let repos = repos.renamed("bert-base-uncased", MODEL);
        Self {
            server: TestServer::start(repos).unwrap(),
            root: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn command<S: AsRef<OsStr>>(&self, words: &[S]) -> Command {
        let mut command = bert(words);
        command.current_dir(self.root.path());
        for name in [
            "HF_HUB_CACHE",
            "HF_TOKEN_PATH",
            "HF_HUB_OFFLINE",
            "TRANSFORMERS_OFFLINE",
        ] {
            command.env_remove(name);
        }
        command.env("HF_HOME", self.path("home"));
        command.env("HF_ENDPOINT", self.server.endpoint());
        command.env("HF_TOKEN", TOKEN);
        command.env("NO_PROXY", "127.0.0.1");
        command
    }

    #[track_caller]
    fn run(&self, words: &[&str]) -> String {
        let output = self.command(words).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout) + &text(&output.stderr)
    }

    #[track_caller]
    fn fails(&self, words: &[&str], parts: &[&str]) -> Output {
        let output = self.command(words).output().unwrap();
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{message}");
        for part in parts {
            assert!(message.contains(part), "`{part}` is not in: {message}");
        }
        output
    }

    fn requests(&self) -> Vec<Request> {
        self.server.take_requests()
    }
}

/// Every file below that has the text in it.
fn files_with(folder: &Path, part: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let has = |path: &PathBuf| {
        let content = fs::read(path).unwrap();
        content
            .windows(part.len())
            .any(|bytes| bytes == part.as_bytes())
    };
    entries
        .flat_map(|path| match path.is_dir() {
            true => files_with(&path, part),
            false => vec![path].into_iter().filter(has).collect(),
        })
        .collect()
}

const SHORT: [&str; 6] = [
    "--num-train-epochs",
    "1",
    "--max-seq-length",
    "64",
    "--dashboard",
    "plain",
];

#[test]
fn the_real_command_runs_from_the_hub_and_offline_with_the_same_bits() {
    let hub = Hub::new();
    let real = [
        "train",
        "--task",
        "glue",
        "--glue-task",
        "mrpc",
        "--model",
        MODEL,
        "--dataset",
        DATA,
    ];
    let first = hub.run(&[&real[..], &SHORT, &["--output-dir", "one"]].concat());
    assert!(first.contains(&format!("model: {MODEL}@")), "{first}");
    assert!(first.contains(&format!("data: {DATA}@")), "{first}");
    assert!(
        first.contains("fetched model.safetensors: 6.95 MB"),
        "{first}"
    );
    let requests = hub.requests();
    assert!(
        requests
            .iter()
            .all(|request| !request.path.contains("pytorch_model")),
        "{requests:?}"
    );
    assert!(
        requests
            .iter()
            .all(|request| !request.path.contains("/test-")),
        "{requests:?}"
    );
    for request in &requests {
        let is_hub = request.host == "hub";
        assert_eq!(request.authorization.is_some(), is_hub, "{request:?}");
    }

    hub.server
        .fail(Rule::always("", Fault::Status(500, Vec::new())));
    let second = hub.run(&[&real[..], &SHORT, &["--output-dir", "two", "--offline"]].concat());
    assert!(second.contains(&format!("model: {MODEL}@")), "{second}");
    assert_eq!(hub.requests(), []);
    let weights = |out: &str| fs::read(hub.path(out).join("model.safetensors")).unwrap();
    assert!(weights("one") == weights("two"));

    // Where it is from stands in its configuration, its events, its report and its flags.
    let config = fs::read_to_string(hub.path("one/config.json")).unwrap();
    let config: serde_json::Value = serde_json::from_str(&config).unwrap();
    let origin = config["_name_or_path"].as_str().unwrap().to_owned();
    let (name, commit) = origin.split_once('@').unwrap();
    assert_eq!((name, commit.len()), (MODEL, 40));
    let events = fs::read_to_string(hub.path("one/events.jsonl")).unwrap();
    let start = events
        .lines()
        .find(|line| line.contains("\"start\""))
        .unwrap();
    let start: serde_json::Value = serde_json::from_str(start).unwrap();
    assert_eq!(start["model"]["_name_or_path"], origin.as_str());
    assert!(
        fs::read_to_string(hub.path("one/report.html"))
            .unwrap()
            .contains(&origin)
    );
    let card = fs::read_to_string(hub.path("one/README.md")).unwrap();
    for part in [
        &format!("base_model: \"{MODEL}\"\n"),
        "datasets:\n- \"nyu-mll/glue\"\n",
        "language:\n- \"en\"\n",
        "license: \"apache-2.0\"\n",
        &format!("at commit {commit}."),
    ] {
        assert!(card.contains(part), "{part} in {card}");
    }
    let flags = fs::read_to_string(hub.path("one/run.toml")).unwrap();
    assert!(flags.contains(&format!("model = \"{MODEL}\"")), "{flags}");
    assert!(flags.contains(&format!("dataset = \"{DATA}\"")), "{flags}");

    // A token is nobody's to read.
    assert_eq!(files_with(hub.root.path(), TOKEN), Vec::<PathBuf>::new());
    assert!(!first.contains(TOKEN) && !second.contains(TOKEN));
}

#[test]
fn every_command_takes_a_name() {
    let hub = Hub::new();
    let old = "bert-base-uncased";
    hub.run(&[
        "pretrain",
        "--eval-only",
        "--model",
        old,
        "--text",
        shipped("questions/passages.txt").to_str().unwrap(),
        "--output-dir",
        "a",
    ]);
    let masked = hub.run(&[
        "predict",
        "--model",
        old,
        "The [MASK] of the United States.",
    ]);
    assert!(!masked.is_empty());
    hub.run(&[
        "convert",
        "--from",
        MODEL,
        "--to",
        "converted",
        "--format",
        "tensorflow",
    ]);
    let config = fs::read_to_string(hub.path("converted/bert_config.json")).unwrap();
    assert!(config.contains(&format!("{MODEL}@")), "{config}");
    let trained = [
        "train",
        "--task",
        "classify",
        "--model",
        MODEL,
        "--dataset",
        DATA,
    ];
    let said = hub.run(&[&trained[..], &SHORT, &["--output-dir", "own"]].concat());
    assert!(
        said.contains("one of 2 classes (not_equivalent, equivalent)"),
        "{said}"
    );
    let tests = fs::read_to_string(hub.path("own/test_predictions.tsv")).unwrap();
    assert_eq!(tests.lines().count(), 6);
    let checked = hub.run(&["data", "check", "--model", MODEL, "--dataset", DATA]);
    assert!(checked.contains("not_equivalent"), "{checked}");
    hub.run(&[
        "evaluate",
        "--task",
        "mrpc",
        "--model",
        "own",
        "--dataset",
        "nyu-mll/glue",
        "--output-dir",
        "scored",
    ]);
}

#[test]
fn no_log_shows_what_is_sent() {
    let hub = Hub::new();
    let mut command = hub.command(&["predict", "--model", MODEL, "The [MASK] lives."]);
    let output = command
        .env("RUST_LOG", "trace,ureq_proto::util=trace")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!hub.requests().is_empty());
    let log = text(&output.stderr);
    assert!(!log.contains("ureq") && !log.contains(TOKEN), "{log}");
    // Other crates are heard.
    assert!(log.contains("TRACE") || log.contains("DEBUG"), "{log}");
}

#[test]
fn questions_come_by_name() {
    let hub = Hub::new();
    let words = [
        "train",
        "--task",
        "squad",
        "--model",
        MODEL,
        "--dataset",
        "rajpurkar/squad",
    ];
    let said = hub.run(
        &[
            &words[..],
            &SHORT,
            &["--max-query-length", "16", "--doc-stride", "16"],
        ]
        .concat(),
    );
    assert!(said.contains("data: rajpurkar/squad:plain_text@"), "{said}");
    assert!(hub.path("out/squad/model.safetensors").is_file());
}

#[test]
#[cfg(unix)]
fn an_interrupt_ends_a_download_and_the_next_run_goes_on_with_it() {
    use rustix::process::{Pid, Signal, kill_process};
    use std::time::{Duration, Instant};

    let hub = Hub::new();
    let slow = Fault::Slow(100_000, Duration::from_millis(100));
    hub.server.fail(Rule::always("", slow).at("storage"));
    let words = [
        "train",
        "--task",
        "mrpc",
        "--model",
        MODEL,
        "--output-dir",
        "out",
    ];
    let run = hub.command(&[&words[..], &SHORT].concat());
    let mut command = with_default_signals(&run);
    for (name, value) in run.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.current_dir(hub.root.path());
    let mut child = command.spawn().unwrap();
    let blobs = hub.path("home/hub/models--google-bert--bert-base-uncased/blobs");
    let partial = || {
        let entries = fs::read_dir(&blobs).into_iter().flatten().flatten();
        let mut entries = entries.map(|entry| entry.path());
        let partial =
            entries.find(|path| path.extension().is_some_and(|end| end == "incomplete"))?;
        Some(partial.metadata().ok()?.len()).filter(|size| *size > 300_000)
    };
    let began = Instant::now();
    while partial().is_none() {
        assert!(began.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(20));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let asked = Instant::now();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(asked.elapsed() < Duration::from_secs(3));
    let have = partial().unwrap();
    hub.server.heal();
    hub.requests();
    hub.run(&[&words[..], &SHORT].concat());
    let requests = hub.requests().into_iter();
    let ranges: Vec<_> = requests
        .filter(|request| request.host == "storage" && request.method == "GET")
        .collect();
    assert_eq!(ranges[0].range, Some(format!("bytes={have}-")));
}

#[test]
fn what_cannot_be_had_is_one_message() {
    let hub = Hub::new();
    let train = |name: &'static str| {
        [
            "train",
            "--task",
            "mrpc",
            "--model",
            name,
            "--output-dir",
            "x",
        ]
    };
    hub.fails(
        &train("google-bert/bert-base-uncase"),
        &["there is no folder google-bert/bert-base-uncase, and 127.0.0.1 has no model"],
    );
    hub.fails(
        &train("google-bert/bert-base-uncased@v9"),
        &["no branch, tag or commit v9"],
    );
    hub.fails(
        &["predict", "--model", "a/b", "--offline"],
        &["no folder a/b", "offline", "home/hub"],
    );
    let glue = |data: &'static str| {
        [
            "train",
            "--task",
            "glue",
            "--dataset",
            data,
            "--output-dir",
            "x",
        ]
    };
    hub.fails(
        &glue("nyu-mll/glue:mnli"),
        &["has no part mnli; it has mrpc, rte"],
    );
    hub.fails(
        &[
            "train",
            "--task",
            "glue",
            "--glue-task",
            "rte",
            "--dataset",
            "nyu-mll/glue",
            "--output-dir",
            "x",
        ],
        &["no Parquet", "--train-file"],
    );
    hub.fails(
        &[
            "train",
            "--task",
            "squad",
            "--dataset",
            DATA,
            "--output-dir",
            "x",
        ],
        &["context"],
    );
    let wrong = [
        "train",
        "--task",
        "glue",
        "--glue-task",
        "cola",
        "--dataset",
        DATA,
        "--output-dir",
        "x",
    ];
    hub.fails(&wrong, &["sentence"]);
    hub.fails(
        &[
            "train",
            "--task",
            "mrpc",
            "--dataset",
            "nyu-mll/glu",
            "--output-dir",
            "x",
        ],
        &["no data set nyu-mll/glu"],
    );
    assert_eq!(files_with(hub.root.path(), TOKEN), Vec::<PathBuf>::new());
}

#[test]
fn a_run_goes_on_although_the_branch_has_moved() {
    let hub = Hub::new();
    let run = [
        "train",
        "--task",
        "mrpc",
        "--model",
        MODEL,
        "--dataset",
        DATA,
        "--output-dir",
        "out",
        "--max-steps",
        "4",
        "--save-steps",
        "2",
        "--max-seq-length",
        "64",
        "--dashboard",
        "plain",
    ];
    hub.run(&run);
    // The commit is another, the files are the same; the data is no longer there.
    let model = TestRepo::model(MODEL, &[("other.txt", b"new")]);
    let model = model.with_folder(&shipped("bert-nano")).unwrap();
    let server = TestServer::start(TestRepos::default().with(model)).unwrap();
    let mut command = hub.command(&[&run[..], &["--resume"]].concat());
    command.env("HF_ENDPOINT", server.endpoint());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.contains("going on with what the cache has"), "{said}");
    let commits = said
        .lines()
        .filter(|line| line.starts_with("model: "))
        .count();
    assert_eq!(commits, 1, "{said}");
}
