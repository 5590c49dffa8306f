//! What goes wrong on the way, and how it ends.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bert_hub::test_server::{Fault, Rule, TestServer};
use bert_hub::{Hub, HubError, HubEvent};
use common::*;

const FILE: &str = "model.safetensors";

fn fetch(hub: &Hub) -> Result<PathBuf, HubError> {
    hub.snapshot(&repo()).file(FILE)
}

fn blobs(cache: &Path) -> Vec<String> {
    let blobs = cache.join("models--google-bert--bert-base-uncased/blobs");
    let entries = fs::read_dir(blobs).into_iter().flatten();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// Ranges of the requests to the storage.
fn ranges(server: &TestServer) -> Vec<Option<String>> {
    let requests = server.take_requests().into_iter();
    let requests = requests.filter(|request| request.host == "storage" && request.method == "GET");
    requests.map(|request| request.range).collect()
}

#[test]
fn a_download_that_is_cut_at_any_tenth_goes_on_where_it_was() {
    for tenth in 0..10 {
        let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
        let cut = weights().len() * tenth / 10;
        server.fail(
            Rule::always("", Fault::CutAfter(cut))
                .at("storage")
                .times(1),
        );
        let path = fetch(&hub(&server, cache.path())).unwrap();
        assert_eq!(fs::read(path).unwrap(), weights());
        let range = (cut > 0).then(|| format!("bytes={cut}-"));
        assert_eq!(ranges(&server), [None, range]);
        assert_eq!(blobs(cache.path()).len(), 1);
    }
}

#[test]
fn what_one_process_has_left_the_next_one_goes_on_with() {
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    server.fail(Rule::always("", Fault::CutAfter(100_000)).at("storage"));
    let mut settings = settings(&server, cache.path());
    settings.retries = 0;
    let error = fetch(&Hub::new(settings).unwrap()).unwrap_err();
    assert!(
        matches!(error, HubError::Broken { have: 100_000, .. }),
        "{error}"
    );
    assert!(blobs(cache.path())[0].ends_with(".incomplete"));
    server.heal();
    server.take_requests();
    let path = fetch(&hub(&server, cache.path())).unwrap();
    assert_eq!(fs::read(path).unwrap(), weights());
    assert_eq!(ranges(&server), [Some("bytes=100000-".to_owned())]);
}

#[test]
fn something_always_comes_so_it_is_never_given_up() {
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    server.fail(Rule::always("", Fault::CutAfter(30_000)).at("storage"));
    let path = fetch(&hub(&server, cache.path())).unwrap();
    assert_eq!(fs::read(path).unwrap(), weights());
    assert_eq!(ranges(&server).len(), weights().len().div_ceil(30_000));
}

#[test]
fn a_wrong_beginning_is_thrown_away() {
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    let online = hub(&server, cache.path());
    let path = fetch(&online).unwrap();
    let blob = fs::canonicalize(&path).unwrap();
    fs::remove_file(&path).unwrap();
    for wrong in [
        vec![7; 1000],
        vec![7; weights().len()],
        vec![7; weights().len() + 1],
    ] {
        fs::rename(&blob, blob.with_extension("old")).unwrap();
        fs::write(blob.with_extension("incomplete"), wrong).unwrap();
        assert_eq!(fs::read(fetch(&online).unwrap()).unwrap(), weights());
        fs::remove_file(&path).unwrap();
    }
    // A blob of another size is none.
    fs::write(&blob, "short").unwrap();
    assert_eq!(fs::read(fetch(&online).unwrap()).unwrap(), weights());
}

#[test]
fn other_bytes_than_promised_are_not_kept() {
    for fault in [
        Fault::OtherBytes,
        Fault::Header("X-Linked-Etag", format!("\"{}\"", "ab".repeat(32))),
        Fault::Header("X-Linked-Size", "399999".to_owned()),
    ] {
        let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
        server.fail(Rule::always("", fault));
        let error = fetch(&hub(&server, cache.path())).unwrap_err();
        assert!(matches!(error, HubError::Damaged { .. }), "{error}");
        assert_eq!(blobs(cache.path()), Vec::<String>::new());
        server.heal();
        assert_eq!(
            fs::read(fetch(&hub(&server, cache.path())).unwrap()).unwrap(),
            weights()
        );
    }
    // Once is chance.
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    server.fail(Rule::always("", Fault::OtherBytes).at("storage").times(1));
    fetch(&hub(&server, cache.path())).unwrap();
}

#[test]
fn a_small_file_is_checked_by_gits_name_of_it() {
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    server.fail(Rule::always("", Fault::OtherBytes));
    let error = hub(&server, cache.path())
        .snapshot(&repo())
        .file("vocab.txt")
        .unwrap_err();
    assert!(
        matches!(
            error,
            HubError::Damaged {
                what: "checksum",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_server_without_ranges_sends_it_all() {
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    server.fail(Rule::always("", Fault::IgnoreRange));
    server.fail(
        Rule::always("", Fault::CutAfter(1000))
            .at("storage")
            .times(1),
    );
    assert_eq!(
        fs::read(fetch(&hub(&server, cache.path())).unwrap()).unwrap(),
        weights()
    );
    // At once, and not after a checksum that fails.
    assert_eq!(ranges(&server).len(), 2);
}

#[test]
fn what_may_pass_is_tried_again() {
    for status in [429, 500, 502, 503, 504, 408] {
        let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
        let after = vec![("Retry-After", "0".to_owned())];
        server.fail(
            Rule::always("", Fault::Status(status, after.clone()))
                .of("HEAD")
                .times(2),
        );
        server.fail(
            Rule::always("", Fault::Status(status, after))
                .of("GET")
                .times(3),
        );
        fetch(&hub(&server, cache.path())).unwrap();
    }
    // An address of the storage that is no longer good is asked for anew.
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    server.fail(
        Rule::always("", Fault::Status(403, Vec::new()))
            .at("storage")
            .times(1),
    );
    fetch(&hub(&server, cache.path())).unwrap();
}

/// Where it fails, how, and a word of the message.
type Case<'a> = (&'a str, &'a dyn Fn(&TestServer) -> Fault, &'a str);

#[test]
fn what_does_not_pass_ends_with_a_word() {
    let loops = |server: &TestServer| vec![("Location", format!("{}/x", server.endpoint()))];
    let cases: [Case<'_>; 9] = [
        (
            "",
            &|_| Fault::Status(500, Vec::new()),
            "answers 500, 6 times",
        ),
        (
            "",
            &|_| Fault::Status(429, vec![("Retry-After", "0".to_owned())]),
            "no more requests",
        ),
        (
            "",
            &|_| Fault::Status(429, vec![("Retry-After", "9999".to_owned())]),
            "9999 seconds",
        ),
        ("", &|server| Fault::Status(302, loops(server)), "redirects"),
        (
            "",
            &|_| Fault::Status(302, vec![("Location", "ftp://x".to_owned())]),
            "an address that is none",
        ),
        ("", &|_| Fault::Page, "HTML"),
        ("", &|_| Fault::NoMetadata, "X-Repo-Commit"),
        ("storage", &|_| Fault::Page, "HTML"),
        (
            "storage",
            &|_| Fault::Status(404, Vec::new()),
            "answers 404",
        ),
    ];
    for (host, fault, word) in cases {
        let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
        let rule = Rule::always("", fault(&server));
        server.fail(match host {
            "" => rule,
            _ => rule.at("storage"),
        });
        let message = fetch(&hub(&server, cache.path())).unwrap_err().to_string();
        assert!(message.contains(word), "{word:?} is not in {message:?}");
        assert!(!message.contains("Signature"), "{message}");
        assert!(
            blobs(cache.path())
                .iter()
                .all(|name| name.ends_with(".incomplete"))
        );
    }
}

#[test]
fn slow_is_not_broken_and_nothing_for_too_long_is() {
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    // Longer in all than the timeout.
    server.fail(Rule::always("", Fault::Slow(50_000, Duration::from_millis(150))).at("storage"));
    let began = Instant::now();
    fetch(&hub(&server, cache.path())).unwrap();
    assert!(began.elapsed() > Duration::from_secs(1));
    assert_eq!(ranges(&server).len(), 1);

    let cache = tempfile::tempdir().unwrap();
    server.heal();
    server.fail(
        Rule::always("", Fault::Hang(Duration::from_secs(3)))
            .at("storage")
            .times(1),
    );
    let began = Instant::now();
    fetch(&hub(&server, cache.path())).unwrap();
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[test]
fn whoever_wants_it_to_end_does_not_wait_for_the_network() {
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    server.fail(Rule::always("", Fault::Slow(40_000, Duration::from_millis(300))).at("storage"));
    let mut settings = settings(&server, cache.path());
    settings.download_timeout = Duration::from_secs(60);
    let (wanted, have) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let (stop, told, kept) = (wanted.clone(), wanted.clone(), have.clone());
    let slow = Hub::new(settings).unwrap();
    let slow = slow
        .with_stop(move || stop.load(Ordering::Acquire))
        .with_observer(move |event| {
            if let HubEvent::Downloading { done, total, .. } = event {
                assert_eq!(*total, Some(weights().len() as u64));
                kept.store(*done, Ordering::Release);
                told.store(true, Ordering::Release);
            }
        });
    let began = Instant::now();
    let error = fetch(&slow).unwrap_err();
    assert!(matches!(error, HubError::Stopped), "{error}");
    assert!(began.elapsed() < Duration::from_secs(2));
    server.heal();
    server.take_requests();
    fetch(&hub(&server, cache.path())).unwrap();
    let have = have.load(Ordering::Acquire);
    assert_eq!(ranges(&server), [Some(format!("bytes={have}-"))]);
}

#[test]
fn a_hub_that_is_out_of_order_is_done_without() {
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    let path = fetch(&hub(&server, cache.path())).unwrap();
    for fault in [
        Fault::Status(503, Vec::new()),
        Fault::Page,
        Fault::Hang(Duration::from_secs(2)),
    ] {
        server.heal();
        server.fail(Rule::always("", fault).of("HEAD"));
        assert_eq!(fetch(&hub(&server, cache.path())).unwrap(), path);
    }
}
