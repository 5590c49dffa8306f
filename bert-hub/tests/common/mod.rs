//! A server, a cache, and what is in them.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::path::Path;
use std::time::Duration;

use bert_hub::test_server::{TestRepo, TestRepos, TestServer};
use bert_hub::{Hub, HubSettings, Repo, Token};

pub const MODEL: &str = "google-bert/bert-base-uncased";

/// Bytes of no pattern that a compressor or an offset by a block would not notice.
pub fn bytes(count: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..count).map(|_| next()).collect()
}

pub fn weights() -> Vec<u8> {
    bytes(400_003)
}

/// The files of a model whose content is only counted here.
pub fn model() -> TestRepo {
    TestRepo::model(
        MODEL,
        &[
            ("config.json", b"{\"hidden_size\": 24}"),
            ("vocab.txt", b"[PAD]\n[UNK]\n"),
            ("tokenizer_config.json", b"{}"),
            ("model.safetensors", &weights()),
            ("pytorch_model.bin", b"should not be fetched"),
            ("README.md", b"# A small model"),
            ("tf_model.h5", b"Nobody asks for this"),
        ],
    )
}

pub fn server(repo: TestRepo) -> TestServer {
    let repos = TestRepos::default().with(repo);
    TestServer::start(repos.renamed("bert-base-uncased", MODEL)).unwrap()
}

pub fn settings(server: &TestServer, cache: &Path) -> HubSettings {
    let mut settings = HubSettings::at(cache);
    settings.endpoint = server.endpoint();
    settings.retry_wait = Duration::from_millis(5);
    settings.download_timeout = Duration::from_millis(500);
    settings.etag_timeout = Duration::from_millis(500);
    settings
}

pub fn hub(server: &TestServer, cache: &Path) -> Hub {
    Hub::new(settings(server, cache)).unwrap()
}

pub fn hub_of(server: &TestServer, cache: &Path, token: &str) -> Hub {
    let mut settings = settings(server, cache);
    settings.token = Token::new(token);
    Hub::new(settings).unwrap()
}

pub fn offline(server: &TestServer, cache: &Path) -> Hub {
    let mut settings = settings(server, cache);
    settings.offline = true;
    Hub::new(settings).unwrap()
}

pub fn repo() -> Repo {
    Repo::model(MODEL).unwrap()
}
