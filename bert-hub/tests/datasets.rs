//! Data sets from a server that speaks the hub's protocol, and from the cache.

mod common;

use bert_hub::test_server::{TestRepo, TestRepos, TestServer};
use bert_hub::{DatasetName, Hub, HubError, fetch_dataset};
use common::*;

const CARD: &[u8] = b"---
dataset_info:
- config_name: mrpc
  features:
  - name: label
    dtype:
      class_label:
        names:
          '0': different
          '1': same
  splits:
  - name: train
  - name: validation
- config_name: cola
configs:
- config_name: mrpc
  data_files:
  - split: train
    path: mrpc/train-*
  - split: validation
    path: mrpc/validation-*
- config_name: cola
  data_files:
  - split: train
    path: cola/train-*
---
";

fn name(text: &str) -> DatasetName {
    text.parse().unwrap()
}

fn glue() -> TestRepo {
    TestRepo::dataset(
        "nyu-mll/glue",
        &[
            ("README.md", CARD),
            ("mrpc/train-00000-of-00002.parquet", b"PAR1a"),
            ("mrpc/train-00001-of-00002.parquet", b"PAR1b"),
            ("mrpc/validation-00000-of-00001.parquet", b"PAR1c"),
            ("mrpc/other.txt", b"no"),
            ("cola/train-00000-of-00001.parquet", b"PAR1d"),
        ],
    )
}

fn serve(repos: &[TestRepo]) -> TestServer {
    let all = repos
        .iter()
        .cloned()
        .fold(TestRepos::default(), TestRepos::with);
    TestServer::start(all).unwrap()
}

/// The contents of a split.
fn read(hub: &Hub, of: &str, split: &str) -> Vec<String> {
    let mut data = fetch_dataset(hub, &name(of)).unwrap();
    let files = data.fetch(split).unwrap();
    files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect()
}

#[test]
fn a_part_is_fetched_split_by_split_and_read_offline() {
    let (server, cache) = (serve(&[glue()]), tempfile::tempdir().unwrap());
    let online = hub(&server, cache.path());
    let data = fetch_dataset(&online, &name("nyu-mll/glue:mrpc")).unwrap();
    assert_eq!(data.splits().collect::<Vec<_>>(), ["train", "validation"]);
    assert_eq!(data.labels[0].names, ["different", "same"]);
    assert_eq!(
        data.origin(),
        format!("nyu-mll/glue:mrpc@{}", glue().commit())
    );
    assert_eq!(
        read(&online, "nyu-mll/glue:mrpc", "train"),
        ["PAR1a", "PAR1b"]
    );
    assert!(
        server
            .take_requests()
            .iter()
            .all(|request| !request.path.contains("validation"))
    );
    let silent = offline(&server, cache.path());
    assert_eq!(
        read(&silent, "nyu-mll/glue:mrpc", "train"),
        ["PAR1a", "PAR1b"]
    );
    assert_eq!(
        read(&silent, "nyu-mll/glue:mrpc", "validation"),
        Vec::<String>::new()
    );
    assert_eq!(server.take_requests(), []);
}

#[test]
fn a_part_has_to_be_named_where_there_are_several() {
    let (server, cache) = (serve(&[glue()]), tempfile::tempdir().unwrap());
    let hub = hub(&server, cache.path());
    for (of, words) in [
        (
            "nyu-mll/glue",
            "has several parts; it has mrpc, cola. Write nyu-mll/glue:mrpc",
        ),
        ("nyu-mll/glue:mnli", "has no part mnli; it has mrpc, cola"),
    ] {
        let message = fetch_dataset(&hub, &name(of)).err().unwrap().to_string();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn the_conversion_of_the_hub_is_taken_where_there_is_no_parquet() {
    let main = TestRepo::dataset("a/b", &[("README.md", b"# Words"), ("b.py", b"")]);
    let files: [(&str, &[u8]); 2] = [
        ("plain_text/train/0000.parquet", b"PAR1t"),
        ("plain_text/validation/0000.parquet", b"PAR1v"),
    ];
    let mut converted = TestRepo::dataset("a/b", &files);
    converted.revision = "refs/convert/parquet".to_owned();
    let none = TestRepo::dataset("a/none", &[("data.csv", b"a,b")]);
    let server = serve(&[main, converted.clone(), none]);
    let cache = tempfile::tempdir().unwrap();
    let online = hub(&server, cache.path());
    let data = fetch_dataset(&online, &name("a/b")).unwrap();
    assert_eq!(
        (data.config.as_str(), data.origin()),
        (
            "plain_text",
            format!("a/b:plain_text@{}", converted.commit())
        )
    );
    assert_eq!(read(&online, "a/b", "validation"), ["PAR1v"]);
    assert_eq!(
        read(&offline(&server, cache.path()), "a/b", "validation"),
        ["PAR1v"]
    );
    let error = fetch_dataset(&online, &name("a/none")).err().unwrap();
    assert!(matches!(error, HubError::NoParquet { .. }), "{error}");
}

#[test]
fn without_a_card_files_are_known_by_their_names() {
    let files: [(&str, &[u8]); 2] = [
        ("data/train-00000-of-00001.parquet", b"PAR1t"),
        ("data/test-00000-of-00001.parquet", b"PAR1e"),
    ];
    let (server, cache) = (
        serve(&[TestRepo::dataset("a/b", &files)]),
        tempfile::tempdir().unwrap(),
    );
    assert_eq!(read(&hub(&server, cache.path()), "a/b", "test"), ["PAR1e"]);
    assert_eq!(
        read(&offline(&server, cache.path()), "a/b", "test"),
        ["PAR1e"]
    );
    let message = fetch_dataset(&offline(&server, cache.path()), &name("c/d"))
        .err()
        .unwrap();
    assert!(
        message.to_string().contains("README.md of c/d"),
        "{message}"
    );
}
