//! A hub on loopback, for tests: it speaks the protocol that `huggingface_hub` speaks, and fails
//! as it is told to.
//!
//! Two ports are two hosts: the hub, and the storage that it redirects to for large files. What
//! both are asked is written down.

mod fault;
mod http;
mod protocol;
mod repos;

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use fault::{Fault, Rule};
pub use repos::{TestRepo, TestRepos};
use serde::Serialize;

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Request {
    /// `hub` or `storage`.
    pub host: &'static str,
    /// `HEAD` or `GET`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The header `Range`.
    pub range: Option<String>,
    /// The header `Authorization`.
    pub authorization: Option<String>,
    /// What was answered.
    pub status: u16,
}

/// What the threads of a server share.
struct Shared {
    repos: TestRepos,
    hub: SocketAddr,
    storage: SocketAddr,
    rules: Mutex<Vec<Rule>>,
    requests: Mutex<Vec<Request>>,
    is_done: AtomicBool,
}

/// A server that runs until it is dropped.
pub struct TestServer(Arc<Shared>);

impl TestServer {
    /// Serves these repositories.
    ///
    /// # Errors
    /// When loopback has no port left.
    pub fn start(repos: TestRepos) -> io::Result<Self> {
        Self::start_at(repos, 0)
    }

    /// The same, with the hub at this port.
    ///
    /// # Errors
    /// When it is taken.
    pub fn start_at(repos: TestRepos, port: u16) -> io::Result<Self> {
        let hub = TcpListener::bind(("127.0.0.1", port))?;
        let storage = TcpListener::bind(("127.0.0.1", 0))?;
        let shared = Arc::new(Shared {
            repos,
            hub: hub.local_addr()?,
            storage: storage.local_addr()?,
            rules: Mutex::default(),
            requests: Mutex::default(),
            is_done: AtomicBool::new(false),
        });
        for (listener, host) in [(hub, "hub"), (storage, "storage")] {
            let shared = shared.clone();
            std::thread::spawn(move || {
                for stream in listener.incoming() {
                    if shared.is_done.load(Ordering::Acquire) {
                        return;
                    }
                    let Ok(stream) = stream else { continue };
                    let shared = shared.clone();
                    std::thread::spawn(move || serve(&shared, host, &stream));
                }
            });
        }
        Ok(Self(shared))
    }

    /// Serves a folder: `models/ORG/NAME/FILE`, `datasets/ORG/NAME/FILE`, and for another revision
    /// than main `NAME@refs%2Fconvert%2Fparquet`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of_folder(folder: &Path) -> io::Result<Self> {
        Self::start(TestRepos::of_folder(folder)?)
    }

    /// For `HF_ENDPOINT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.0.hub)
    }

    /// Fails from now on as `rule` says; the newest one that fits goes first.
    pub fn fail(&self, rule: Rule) {
        lock(&self.0.rules).insert(0, rule);
    }

    /// Fails no more.
    pub fn heal(&self) {
        lock(&self.0.rules).clear();
    }

    /// What was asked since the last time.
    pub fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut lock(&self.0.requests))
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.0.is_done.store(true, Ordering::Release);
        for address in [self.0.hub, self.0.storage] {
            let _ = TcpStream::connect_timeout(&address, Duration::from_secs(1));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers the requests of a connection, until one of both ends it.
fn serve(shared: &Shared, host: &'static str, stream: &TcpStream) {
    let mut reader = io::BufReader::new(stream);
    while let Ok(Some(asked)) = http::read(&mut reader) {
        let is_own = asked.path.starts_with("/_");
        let fault = (!is_own).then(|| take_rule(shared, host, &asked)).flatten();
        let answer = match is_own {
            true => protocol::own(shared, &asked),
            false => protocol::answer(shared, host, &asked),
        };
        let answer = match &fault {
            Some(fault) => fault.change(answer),
            None => answer,
        };
        if !is_own {
            lock(&shared.requests).push(Request {
                host,
                method: asked.method.clone(),
                path: asked.path.clone(),
                range: asked.header("range"),
                authorization: asked.header("authorization"),
                status: answer.status,
            });
        }
        if http::write(stream, &asked, &answer, fault.as_ref()).is_err() {
            return;
        }
    }
}

fn take_rule(shared: &Shared, host: &str, asked: &http::Asked) -> Option<Fault> {
    let mut rules = lock(&shared.rules);
    let rule = rules.iter_mut().find(|rule| rule.fits(host, asked))?;
    rule.times = rule.times.saturating_sub(1);
    Some(rule.fault.clone())
}
