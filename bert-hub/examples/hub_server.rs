//! Serves a folder as the hub would, for tests in other languages: prints the value for
//! `HF_ENDPOINT`, and runs until its standard input ends.
//!
//! `cargo run -p bert-hub --features test-server --example hub_server -- FOLDER [PORT]`

use std::io::Read;
use std::path::Path;

use bert_hub::test_server::{TestRepos, TestServer};

fn main() -> std::io::Result<()> {
    let mut words = std::env::args().skip(1);
    let folder = words.next().unwrap_or_else(|| ".".to_owned());
    let port = words.next().and_then(|port| port.parse().ok()).unwrap_or(0);
    let server = TestServer::start_at(TestRepos::of_folder(Path::new(&folder))?, port)?;
    println!("{}", server.endpoint());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
