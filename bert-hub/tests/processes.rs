//! Many processes with one cache, and processes that are killed.

mod common;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs};

use bert_hub::test_server::{Fault, Rule};
use bert_hub::{Hub, fetch_model};
use common::*;

const CACHE: &str = "BERT_HUB_TEST_CACHE";

/// A process of this program that fetches the model.
fn child(endpoint: &str, cache: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "fetches_in_a_process_of_its_own", "--ignored"])
        .env(CACHE, cache)
        .env("HF_ENDPOINT", endpoint)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "what the other tests start"]
fn fetches_in_a_process_of_its_own() {
    let cache = env::var(CACHE).unwrap();
    let mut settings = bert_hub::HubSettings::at(cache);
    settings.endpoint = env::var("HF_ENDPOINT").unwrap();
    let hub = Hub::new(settings).unwrap();
    let fetched = fetch_model(&hub, &repo()).unwrap();
    assert_eq!(
        fs::read(fetched.folder.join("model.safetensors")).unwrap(),
        weights()
    );
}

/// Every file that is in its place is whole, and every ref leads to a folder.
fn assert_whole(cache: &Path) {
    let folder = cache.join("models--google-bert--bert-base-uncased");
    let entries = |name: &str| {
        let entries = fs::read_dir(folder.join(name)).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path())
    };
    for snapshot in entries("snapshots") {
        for file in fs::read_dir(snapshot).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            assert_eq!(
                fs::read(file.path()).unwrap(),
                model().files[&name],
                "{name}"
            );
        }
    }
    for path in entries("refs") {
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            model().commit(),
            "{path:?}"
        );
        assert!(folder.join("snapshots").join(model().commit()).is_dir());
    }
}

#[test]
fn of_twenty_processes_one_fetches_and_all_have_it() {
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    server.fail(Rule::always("", Fault::Slow(40_000, Duration::from_millis(50))).at("storage"));
    let children: Vec<Child> = (0..20)
        .map(|_| child(&server.endpoint(), cache.path()))
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_whole(cache.path());
    let requests = server.take_requests();
    let sent = requests
        .iter()
        .filter(|request| request.host == "storage" && request.method == "GET");
    assert_eq!(sent.count(), 1);
}

#[test]
fn fifty_kills_leave_a_whole_cache() {
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    server.fail(Rule::always("", Fault::Slow(8_000, Duration::from_millis(4))).at("storage"));
    let mut random = bytes(100).into_iter();
    let mut kill = |cache: &Path| {
        let mut child = child(&server.endpoint(), cache);
        let wait = u64::from(random.next().unwrap()) + 10;
        std::thread::sleep(Duration::from_millis(wait));
        let _ = child.kill();
        child.wait().unwrap();
        assert_whole(cache);
    };
    // In one cache, which gets further each time, and in fresh ones.
    (0..25).for_each(|_| kill(cache.path()));
    for _ in 0..25 {
        let fresh = tempfile::tempdir().unwrap();
        kill(fresh.path());
    }
    assert!(
        child(&server.endpoint(), cache.path())
            .wait()
            .unwrap()
            .success()
    );
    assert_whole(cache.path());
}
