//! Models from a server that speaks the hub's protocol, and from the cache.

mod common;

use std::fs;
use std::path::Path;

use bert_hub::test_server::{Fault, Rule, TestRepo, TestRepos, TestServer};
use bert_hub::{Hub, HubError, Repo, fetch_embedder, fetch_model};
use common::*;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_model_is_fetched_once_and_opened_offline() {
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    let fetched = fetch_model(&hub(&server, cache.path()), &repo()).unwrap();
    assert_eq!(fetched.commit, model().commit());
    assert_eq!(fetched.origin(), format!("{MODEL}@{}", model().commit()));
    let expected = [
        "README.md",
        "config.json",
        "model.safetensors",
        "tokenizer_config.json",
        "vocab.txt",
    ];
    assert_eq!(names(&fetched.folder), expected);
    assert_eq!(
        fs::read(fetched.folder.join("model.safetensors")).unwrap(),
        weights()
    );
    let folder = cache.path().join("models--google-bert--bert-base-uncased");
    assert_eq!(names(&folder), [".no_exist", "blobs", "refs", "snapshots"]);
    assert_eq!(
        fs::read_to_string(folder.join("refs/main")).unwrap(),
        fetched.commit
    );
    let absent = folder.join(".no_exist").join(&fetched.commit);
    assert_eq!(
        names(&absent),
        [
            "added_tokens.json",
            "special_tokens_map.json",
            "tokenizer.json"
        ]
    );
    let link = fs::read_link(fetched.folder.join("config.json")).unwrap();
    assert!(link.starts_with("../../blobs"), "{link:?}");

    server.take_requests();
    let again = fetch_model(&offline(&server, cache.path()), &repo()).unwrap();
    assert_eq!(again, fetched);
    assert_eq!(server.take_requests(), []);
    // Online the branch is asked for once, and nothing is downloaded.
    assert_eq!(
        fetch_model(&hub(&server, cache.path()), &repo()).unwrap(),
        fetched
    );
    let requests = server.take_requests();
    assert!(
        requests.iter().all(|request| request.method == "HEAD"),
        "{requests:?}"
    );
    assert!(
        requests
            .iter()
            .all(|request| request.path.ends_with("/config.json")),
        "{requests:?}"
    );
}

#[test]
fn a_commit_in_the_cache_is_not_asked_for() {
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    let fetched = fetch_model(&hub(&server, cache.path()), &repo()).unwrap();
    server.take_requests();
    let pinned = Repo::model(&fetched.origin()).unwrap();
    let again = fetch_model(&hub(&server, cache.path()), &pinned).unwrap();
    assert_eq!(again.folder, fetched.folder);
    assert_eq!(server.take_requests(), []);
}

#[test]
fn an_old_name_leads_to_the_new_one() {
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    let old = Repo::model("bert-base-uncased").unwrap();
    let fetched = fetch_model(&hub(&server, cache.path()), &old).unwrap();
    assert_eq!(fetched.commit, model().commit());
    assert!(cache.path().join("models--bert-base-uncased").is_dir());
    fetch_model(&offline(&server, cache.path()), &old).unwrap();
}

#[test]
fn shards_and_checkpoints_of_tensorflow_are_fetched_whole() {
    let index = br#"{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors", "c": "model-1.safetensors"}}"#;
    let (a, b) = (bytes(20_000), bytes(9_000));
    let common: [(&str, &[u8]); 2] = [("config.json", b"{}"), ("vocab.txt", b"a\n")];
    let sharded: [(&str, &[u8]); 3] = [
        ("model.safetensors.index.json", index),
        ("model-1.safetensors", &a),
        ("model-2.safetensors", &b),
    ];
    let google: [(&str, &[u8]); 4] = [
        ("bert_config.json", b"{}"),
        ("vocab.txt", b"a\n"),
        ("bert_model.ckpt.index", b"index"),
        ("bert_model.ckpt.data-00000-of-00001", &b),
    ];
    for (files, expected) in [([&common[..], &sharded].concat(), 5), (google.to_vec(), 4)] {
        let (server, cache) = (
            server(TestRepo::model(MODEL, &files)),
            tempfile::tempdir().unwrap(),
        );
        let fetched = fetch_model(&hub(&server, cache.path()), &repo()).unwrap();
        assert_eq!(names(&fetched.folder).len(), expected);
        fetch_model(&offline(&server, cache.path()), &repo()).unwrap();
    }
}

/// Names and contents.
type Files<'a> = &'a [(&'a str, &'a [u8])];

#[test]
fn what_makes_no_model_says_what_there_is() {
    let cases: [(Files<'_>, &str); 3] = [
        (&[("model.onnx", b"")], "configuration"),
        (
            &[("config.json", b"{}"), ("spiece.model", b"x")],
            "vocabulary",
        ),
        (
            &[
                ("config.json", b"{}"),
                ("vocab.txt", b"a"),
                ("model.onnx", b""),
            ],
            "weights",
        ),
    ];
    for (files, missing) in cases {
        let (server, cache) = (
            server(TestRepo::model(MODEL, files)),
            tempfile::tempdir().unwrap(),
        );
        let error = fetch_model(&hub(&server, cache.path()), &repo()).unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains(missing) && message.contains(files.last().unwrap().0),
            "{message}"
        );
    }
}

#[test]
fn a_token_goes_to_the_endpoint_and_nowhere_else() {
    let mut private = model();
    private.token = Some("hf_secret".to_owned());
    let server = server(private);
    let cache = tempfile::tempdir().unwrap();
    let hub = hub_of(&server, cache.path(), "hf_secret");
    fetch_model(&hub, &Repo::model("bert-base-uncased").unwrap()).unwrap();
    let requests = server.take_requests();
    for request in &requests {
        let expected = (request.host == "hub").then(|| "Bearer hf_secret".to_owned());
        assert_eq!(request.authorization, expected, "{request:?}");
    }
    assert!(requests.iter().any(|request| request.host == "storage"));
    let shown = format!("{:?}", hub.settings());
    assert!(!shown.contains("hf_secret"), "{shown}");
    for entry in walk(cache.path()) {
        let content = fs::read(&entry).unwrap();
        assert!(
            !content.windows(9).any(|part| part == b"hf_secret"),
            "{entry:?}"
        );
    }
}

#[test]
fn a_redirect_of_the_endpoint_to_another_host_gets_no_token() {
    let other = server(model());
    let mirror = server(TestRepo::model("a/b", &[]));
    let cache = tempfile::tempdir().unwrap();
    let location = format!("{}/{MODEL}/resolve/main/config.json", other.endpoint());
    mirror.fail(Rule::always(
        "",
        Fault::Status(302, vec![("Location", location)]),
    ));
    let hub = hub_of(&mirror, cache.path(), "hf_secret");
    hub.snapshot(&repo()).file("config.json").unwrap();
    let requests = other.take_requests();
    assert!(!requests.is_empty());
    assert!(
        requests
            .iter()
            .all(|request| request.authorization.is_none()),
        "{requests:?}"
    );
    assert!(mirror.take_requests()[0].authorization.is_some());
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => walk(&path),
            false => vec![path],
        })
        .collect()
}

#[test]
fn each_refusal_has_its_message() {
    let cache = tempfile::tempdir().unwrap();
    let message = |hub: &Hub, name: &str, file: &str| {
        let error = hub
            .snapshot(&Repo::model(name).unwrap())
            .file(file)
            .unwrap_err();
        let message = error.to_string();
        assert!(!message.contains("hf_"), "{message}");
        message
    };
    #[track_caller]
    fn has(message: &str, parts: &[&str]) {
        for part in parts {
            assert!(message.contains(part), "{part:?} is not in {message:?}");
        }
    }
    let open = server(model());
    let anyone = hub(&open, cache.path());
    has(
        &message(&anyone, "google-bert/bert-base-uncase", "config.json"),
        &["no model", "HF_TOKEN", "127.0.0.1"],
    );
    has(
        &message(&anyone, &format!("{MODEL}@v9"), "config.json"),
        &["branch, tag or commit v9", "http://127"],
    );
    has(
        &message(&anyone, MODEL, "model.safetensor"),
        &["no file model.safetensor;", "model.safetensors"],
    );
    has(
        &message(&hub_of(&open, cache.path(), "hf_x"), "a/b", "c"),
        &["your token"],
    );

    let mut gated = model();
    (gated.token, gated.is_gated) = (Some("hf_right".to_owned()), true);
    let gated = server(gated);
    let page = format!("{}/{MODEL}", gated.endpoint());
    has(
        &message(&hub(&gated, cache.path()), MODEL, "x.json"),
        &["gated", &page, "HF_TOKEN"],
    );
    has(
        &message(&hub_of(&gated, cache.path(), "hf_wrong"), MODEL, "x.json"),
        &["gated", &page, "account"],
    );
    let mut private = model();
    private.token = Some("hf_right".to_owned());
    let private = server(private);
    has(
        &message(&hub_of(&private, cache.path(), "hf_wrong"), MODEL, "x.json"),
        &["does not take the token", "401"],
    );
    has(
        &message(&hub(&private, cache.path()), MODEL, "x.json"),
        &["private", "HF_TOKEN"],
    );

    let folder = cache.path().display().to_string();
    has(
        &message(&offline(&open, cache.path()), "x/y", "config.json"),
        &["offline", "config.json of x/y", &folder],
    );
}

#[test]
fn no_network_is_said_with_the_folder_and_the_cache_does_where_it_can() {
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    let mut settings = settings(&server, cache.path());
    let fetched = fetch_model(&Hub::new(settings.clone()).unwrap(), &repo()).unwrap();
    // Nobody listens at port 9 of loopback.
    settings.endpoint = "http://127.0.0.1:9".to_owned();
    let events = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let (told, hub) = (events.clone(), Hub::new(settings).unwrap());
    let hub = hub.with_observer(move |event| told.lock().unwrap().push(event.clone()));
    assert_eq!(fetch_model(&hub, &repo()).unwrap(), fetched);
    let events = format!("{:?}", events.lock().unwrap());
    assert!(
        events.contains("FromCache") && !events.contains("Retrying"),
        "{events}"
    );
    let error = hub
        .snapshot(&Repo::model("x/y").unwrap())
        .file("config.json")
        .unwrap_err();
    let HubError::Unreachable {
        host,
        cache: searched,
        ..
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!(
        (host.as_str(), searched.as_path()),
        ("127.0.0.1", cache.path())
    );
}

#[test]
fn a_branch_that_moves_brings_new_files_and_keeps_the_old() {
    let cache = tempfile::tempdir().unwrap();
    let first = {
        let server = server(model());
        fetch_model(&hub(&server, cache.path()), &repo()).unwrap()
    };
    let mut moved = model();
    moved
        .files
        .insert("vocab.txt".to_owned(), b"other\n".to_vec());
    let server = server(moved);
    let second = fetch_model(&hub(&server, cache.path()), &repo()).unwrap();
    assert_ne!(first.commit, second.commit);
    assert_eq!(
        fs::read(second.folder.join("vocab.txt")).unwrap(),
        b"other\n"
    );
    assert_ne!(
        fs::read(first.folder.join("vocab.txt")).unwrap(),
        b"other\n"
    );
    // What is the same is there once, and was not sent again.
    let blob = |folder: &Path| fs::read_link(folder.join("model.safetensors")).unwrap();
    assert_eq!(blob(&first.folder), blob(&second.folder));
    assert!(
        server
            .take_requests()
            .iter()
            .all(|request| request.host == "hub")
    );
}

#[test]
fn without_links_there_are_files() {
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    let mut settings = settings(&server, cache.path());
    settings.symlinks = false;
    let fetched = fetch_model(&Hub::new(settings.clone()).unwrap(), &repo()).unwrap();
    for name in names(&fetched.folder) {
        assert!(!fetched.folder.join(name).is_symlink());
    }
    settings.offline = true;
    fetch_model(&Hub::new(settings).unwrap(), &repo()).unwrap();
}

#[test]
#[cfg(unix)]
fn a_cache_that_cannot_be_written_is_read_and_else_said() {
    use std::os::unix::fs::PermissionsExt;
    let (server, root) = (server(model()), tempfile::tempdir().unwrap());
    let cache = root.path().join("cache");
    let fetched = fetch_model(&hub(&server, &cache), &repo()).unwrap();
    let set =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let folder = cache.join("models--google-bert--bert-base-uncased");
    let all = [
        &cache,
        &folder,
        &folder.join("blobs"),
        &fetched.folder,
        &cache.join(".locks"),
    ];
    all.iter().for_each(|path| set(path, 0o555));
    let again = fetch_model(&hub(&server, &cache), &repo());
    let other = hub(&server, &cache).snapshot(&repo()).file("README.md");
    all.iter().for_each(|path| set(path, 0o755));
    assert_eq!(again.unwrap(), fetched);
    match other {
        Err(error) => {
            let message = error.to_string();
            assert!(message.contains("HF_HUB_CACHE"), "{message}");
        }
        // Nothing is forbidden to root.
        Ok(_) => assert!(rustix::process::geteuid().is_root()),
    }
    let file = root.path().join("file");
    fs::write(&file, "").unwrap();
    let error = hub(&server, &file)
        .snapshot(&repo())
        .file("config.json")
        .unwrap_err();
    assert!(error.to_string().contains("file"), "{error}");
}

#[test]
fn other_revisions_are_refs_of_their_own() {
    let mut convert = TestRepo::dataset("a/b", &[("d/train/0000.parquet", b"PAR1")]);
    convert.revision = "refs/convert/parquet".to_owned();
    let main = TestRepo::dataset("a/b", &[("README.md", b"#")]);
    let repos = TestRepos::default().with(main).with(convert.clone());
    let (server, cache) = (
        TestServer::start(repos).unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let repo = Repo::dataset("a/b@refs/convert/parquet").unwrap();
    let (online, silent) = (hub(&server, cache.path()), offline(&server, cache.path()));
    for hub in [&online, &silent] {
        let mut files = hub.snapshot(&repo);
        assert!(
            files
                .file("d/train/0000.parquet")
                .unwrap()
                .ends_with("d/train/0000.parquet")
        );
        assert_eq!(files.commit(), Some(convert.commit().as_str()));
        assert_eq!(files.files().unwrap(), ["d/train/0000.parquet"]);
    }
    assert!(
        cache
            .path()
            .join("datasets--a--b/refs/refs/convert/parquet")
            .is_file()
    );
}

/// A model of sentence-transformers whose encoder is in this folder of it.
fn sentence_model(encoder: &str) -> TestRepo {
    let list = format!(
        r#"[{{"path": "{encoder}", "type": "sentence_transformers.models.Transformer"}},
            {{"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}},
            {{"path": "2_Dense", "type": "sentence_transformers.models.Dense"}},
            {{"path": "../../etc", "type": "sentence_transformers.models.Normalize"}}]"#
    );
    let folder = match encoder {
        "" => String::new(),
        folder => format!("{folder}/"),
    };
    let own = [
        "config.json",
        "vocab.txt",
        "model.safetensors",
        "sentence_bert_config.json",
    ];
    let own = own.map(|name| format!("{folder}{name}"));
    let others = [
        "modules.json",
        "config_sentence_transformers.json",
        "1_Pooling/config.json",
        "2_Dense/config.json",
        "2_Dense/model.safetensors",
        "2_Dense/pytorch_model.bin",
        "onnx/model.onnx",
    ];
    let files: Vec<(&str, &[u8])> = own
        .iter()
        .map(String::as_str)
        .chain(others)
        .map(|name| match name {
            "modules.json" => (name, list.as_bytes()),
            _ => (name, &b"{}"[..]),
        })
        .collect();
    TestRepo::model(MODEL, &files)
}

fn files_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        match entry.path().is_dir() {
            true => found.extend(
                files_below(&entry.path())
                    .iter()
                    .map(|file| format!("{name}/{file}")),
            ),
            false => found.push(name),
        }
    }
    found.sort();
    found
}

#[test]
fn a_model_of_sentence_transformers_comes_with_its_modules() {
    for (encoder, prefix) in [("", ""), ("0_Transformer", "0_Transformer/")] {
        let (server, cache) = (
            server(sentence_model(encoder)),
            tempfile::tempdir().unwrap(),
        );
        let fetched = fetch_embedder(&hub(&server, cache.path()), &repo()).unwrap();
        let own = [
            "config.json",
            "model.safetensors",
            "sentence_bert_config.json",
            "vocab.txt",
        ];
        let own = own.map(|name| format!("{prefix}{name}"));
        let others = [
            "1_Pooling/config.json",
            "2_Dense/config.json",
            "2_Dense/model.safetensors",
            "config_sentence_transformers.json",
            "modules.json",
        ];
        let mut expected: Vec<String> = own.into_iter().chain(others.map(str::to_owned)).collect();
        expected.sort();
        assert_eq!(files_below(&fetched.folder), expected);
        let again = fetch_embedder(&offline(&server, cache.path()), &repo()).unwrap();
        assert_eq!(again, fetched);
    }
}

#[test]
fn a_plain_model_is_an_embedder_without_modules() {
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    let fetched = fetch_embedder(&hub(&server, cache.path()), &repo()).unwrap();
    let plain = tempfile::tempdir().unwrap();
    let other = fetch_model(&hub(&server, plain.path()), &repo()).unwrap();
    assert_eq!(names(&fetched.folder), names(&other.folder));
    // From what was fetched as a plain model, too.
    let again = fetch_embedder(&offline(&server, plain.path()), &repo()).unwrap();
    assert_eq!(again.folder, other.folder);
}
