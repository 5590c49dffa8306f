//! Models by their names on the hub, from a server that speaks its protocol.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use bert_hub::test_server::{TestRepo, TestRepos, TestServer};
use bert_hub::{Hub, HubSettings};
use bert_tasks::sequence::Classifier;
use bert_tasks::{FolderError, ModelFolder, Pretrained};
use burn::backend::Flex;

const NAME: &str = "google-bert/bert-base-uncased";

fn serve() -> (TestServer, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = folder.join("../bert-core/tests/fixtures/tiny-bert");
    let model = TestRepo::model(NAME, &[]).with_folder(&folder).unwrap();
    let commit = model.commit();
    let server = TestServer::start(TestRepos::default().with(model)).unwrap();
    (server, commit)
}

#[test]
fn a_model_of_the_hub_says_where_it_is_from_in_all_that_comes_of_it() {
    let ((server, commit), cache) = (serve(), tempfile::tempdir().unwrap());
    let hub = || {
        let mut settings = HubSettings::at(cache.path());
        settings.endpoint = server.endpoint();
        Hub::new(settings)
    };
    let found = Pretrained::find_at(NAME.as_ref(), hub, true).unwrap();
    let origin = format!("{NAME}@{commit}");
    assert_eq!(found.origin.as_ref(), Some(&origin));
    let opened = found.open(None).unwrap();
    let classifier = Classifier::<Flex>::of(opened, &found.folder, &Default::default());
    assert_eq!(
        classifier
            .unwrap()
            .classify(&[("a b", None)])
            .unwrap()
            .len(),
        1
    );

    // By its commit it is the same.
    let pinned = Pretrained::find_at(origin.as_ref(), hub, true).unwrap();
    assert_eq!(pinned.folder, found.folder);
    let error = Pretrained::find_at("no/model".as_ref(), hub, true).unwrap_err();
    assert!(matches!(error, FolderError::Hub { .. }));
    let message = error.to_string();
    assert!(
        message.contains("no folder no/model, and 127.0.0.1 has no model"),
        "{message}"
    );
}

#[test]
fn without_weights_none_are_fetched() {
    let ((server, _), cache) = (serve(), tempfile::tempdir().unwrap());
    let hub = || {
        let mut settings = HubSettings::at(cache.path());
        settings.endpoint = server.endpoint();
        Hub::new(settings)
    };
    let found = Pretrained::find_at(NAME.as_ref(), hub, false).unwrap();
    found.open(None).unwrap();
    assert!(!found.folder.join("model.safetensors").exists());
}

#[test]
#[ignore = "what the other test starts, with an environment of its own"]
fn opens_what_the_environment_says() {
    let (opened, folder) = ModelFolder::from_pretrained(NAME).unwrap();
    assert!(folder.join("model.safetensors").is_file());
    let origin = opened.config.extra["_name_or_path"].as_str().unwrap();
    assert!(origin.starts_with(NAME));
    Classifier::<Flex>::from_pretrained(NAME, &Default::default()).unwrap();
}

#[test]
fn from_pretrained_asks_where_the_environment_says() {
    let ((server, _), home) = (serve(), tempfile::tempdir().unwrap());
    for offline in ["0", "1"] {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "opens_what_the_environment_says", "--ignored"]);
        command.env("HF_HOME", home.path()).env("NO_PROXY", "*");
        command
            .env("HF_ENDPOINT", server.endpoint())
            .env("HF_HUB_OFFLINE", offline);
        command.env_remove("HF_HUB_CACHE");
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(server.take_requests().is_empty(), offline == "1");
    }
    assert!(fs::read_dir(home.path().join("hub")).unwrap().count() > 0);
}
