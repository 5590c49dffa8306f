//! Why something cannot be had by its name.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::kind::RepoKind;

/// What went wrong, where, and what to do. No message has a token, nor an address's query.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// Nothing can be called so.
    #[error("{name:?} is no name of a {kind} on the hub: {why}")]
    BadName {
        /// What it should name.
        kind: RepoKind,
        /// What was given.
        name: String,
        /// The rule that it breaks.
        why: &'static str,
    },
    /// A variable of the environment with a value that cannot be meant.
    #[error("{name} is {value:?}; it must be {expected}")]
    Variable {
        /// The variable.
        name: &'static str,
        /// What it says.
        value: String,
        /// What it could say.
        expected: &'static str,
    },
    /// Nothing says where a cache could be.
    #[error(
        "there is no place for a cache: none of HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME and HOME is set"
    )]
    NoHome,
    /// Not in the cache, and nothing is asked.
    #[error(
        "offline, and {what} is not in the cache folder {}; fetch it once without `offline` and \
         HF_HUB_OFFLINE",
        cache.display()
    )]
    Offline {
        /// A file of a repository.
        what: String,
        /// The folder that was searched.
        cache: PathBuf,
    },
    /// No connection, and not in the cache.
    #[error(
        "cannot reach {host}: {why}; {what} is not in the cache folder {} either. Check the \
         network, HTTPS_PROXY if you have a proxy, or HF_ENDPOINT for a mirror",
        cache.display()
    )]
    Unreachable {
        /// Who was asked.
        host: String,
        /// What the system said.
        why: String,
        /// A file of a repository.
        what: String,
        /// The folder that was searched.
        cache: PathBuf,
    },
    /// No such repository, or none that is shown to who asks.
    #[error("{host} has no {kind} {id}, or it is private; {hint}")]
    NoRepo {
        /// Who was asked.
        host: String,
        /// What was asked for.
        kind: RepoKind,
        /// Its name.
        id: String,
        /// What to look at.
        hint: &'static str,
    },
    /// No such branch, tag or commit.
    #[error("the {kind} {id} has no branch, tag or commit {revision}; its page is {page}")]
    NoRevision {
        /// What it is.
        kind: RepoKind,
        /// Its name.
        id: String,
        /// What was asked for.
        revision: String,
        /// Where its revisions can be seen.
        page: String,
    },
    /// No such file.
    #[error("the {kind} {id} has no file {file}{}", nearest_in_words(nearest))]
    NoFile {
        /// What it is.
        kind: RepoKind,
        /// Its name.
        id: String,
        /// What was asked for.
        file: String,
        /// Those of a similar name.
        nearest: Vec<String>,
    },
    /// A model without the files that make one.
    #[error("{id} has no {missing} that can be read; it has {found}")]
    NoModel {
        /// Its name.
        id: String,
        /// Kind of file.
        missing: &'static str,
        /// What it has instead.
        found: String,
    },
    /// Access has to be asked for.
    #[error("{id} is gated: ask for access at {page}{hint}")]
    Gated {
        /// Its name.
        id: String,
        /// Where to ask.
        page: String,
        /// What to do about the token.
        hint: &'static str,
    },
    /// The token is not taken.
    #[error(
        "{host} does not take the token (status {status}): it is wrong, has expired or may not \
         read {id}; see HF_TOKEN, or the file of `hf auth login`"
    )]
    Token {
        /// Who was asked.
        host: String,
        /// 401 or 403.
        status: u16,
        /// What was asked for.
        id: String,
    },
    /// No token, and one is needed.
    #[error(
        "{host} does not give {id} to everybody (status {status}); set HF_TOKEN to a token that may read it"
    )]
    Forbidden {
        /// Who was asked.
        host: String,
        /// 401 or 403.
        status: u16,
        /// What was asked for.
        id: String,
    },
    /// Too many requests.
    #[error("{host} takes no more requests for {} seconds (status 429); wait, or set HF_TOKEN, which gives more of them", after.as_secs())]
    TooMany {
        /// Who was asked.
        host: String,
        /// Until it takes some again.
        after: Duration,
    },
    /// The other side is out of order.
    #[error("{url} answers {status}{}", match tries { 1 => String::new(), n => format!(", {n} times") })]
    Status {
        /// What was asked for, without its query.
        url: String,
        /// Its status.
        status: u16,
        /// How often.
        tries: u32,
    },
    /// An answer that no hub gives.
    #[error(
        "{url} is not answered by a hub: {what}. A proxy or a login page may be in between, or HF_ENDPOINT is wrong"
    )]
    NotTheHub {
        /// What was asked for, without its query.
        url: String,
        /// What came.
        what: String,
    },
    /// An address that leads nowhere.
    #[error("{url} leads to {why}")]
    Redirect {
        /// What was asked for, without its query.
        url: String,
        /// Why that is not gone on with.
        why: String,
    },
    /// A connection that broke, again and again. What had come is kept.
    #[error(
        "the download of {file} broke off {tries} times: {why}; {have} bytes are kept and the next try goes on from there"
    )]
    Broken {
        /// The file.
        file: String,
        /// What the system said.
        why: String,
        /// How often.
        tries: u32,
        /// What is there.
        have: u64,
    },
    /// Something else was sent than was promised.
    #[error(
        "{file} is damaged: its {what} is {found} and should be {expected}; nothing of it was kept"
    )]
    Damaged {
        /// The file.
        file: String,
        /// Size or checksum.
        what: &'static str,
        /// What it is.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// The disk has no room.
    #[error("the disk of {} is full: {needed} bytes are needed{}; set HF_HUB_CACHE to a folder on another one", path.display(), match free { Some(free) => format!(", {free} are free"), None => String::new() })]
    Full {
        /// The file that could not be written.
        path: PathBuf,
        /// Its whole size.
        needed: u64,
        /// What is left.
        free: Option<u64>,
    },
    /// The cache cannot be written to.
    #[error("cannot write {} into the cache ({source}); set HF_HUB_CACHE to a folder that you can write to", path.display())]
    ReadOnly {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// Another fault of the disk.
    #[error("cannot {action} {}: {source}", path.display())]
    Disk {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// Somebody has ended it.
    #[error("stopped; what has come is kept, and the next try goes on from there")]
    Stopped,
    /// A data set's description that cannot be read.
    #[error("cannot read what {id} says of itself in its README.md: {why}")]
    Card {
        /// Its name.
        id: String,
        /// Where and what.
        why: String,
    },
    /// A data set in several parts, of which none or another is named.
    #[error("{id} {}; it has {}. Write {id}:{}", match given { Some(name) => format!("has no part {name}"), None => "has several parts".to_owned() }, known.join(", "), known.first().map_or("NAME", String::as_str))]
    Part {
        /// Its name.
        id: String,
        /// What was asked for.
        given: Option<String>,
        /// What there is.
        known: Vec<String>,
    },
    /// A data set without a split.
    #[error("{of} has no split {split}; it has {}", known.join(", "))]
    NoSplit {
        /// Its name and part.
        of: String,
        /// What was asked for.
        split: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A data set whose files are of another kind.
    #[error(
        "{id} has no Parquet files, neither of its own nor of the hub's conversion (refs/convert/parquet); download its files and give them to `train_file`"
    )]
    NoParquet {
        /// Its name.
        id: String,
    },
}

/// The end of a message on a name that is not known.
fn nearest_in_words(names: &[String]) -> String {
    match names {
        [] => String::new(),
        names => format!("; the nearest are {}", names.join(", ")),
    }
}

impl HubError {
    /// For `map_err`: a fault of the disk, told apart by what to do about it.
    pub(crate) fn disk(
        action: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full {
                path,
                needed: 0,
                free: None,
            },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
                if action != "read" =>
            {
                Self::ReadOnly { path, source }
            }
            _ => Self::Disk {
                action,
                path,
                source,
            },
        }
    }

    /// Whether the hub has told nothing, so that the cache may do.
    pub(crate) fn is_silence(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::NoRepo { .. }
                | Self::Gated { .. }
                | Self::Token { .. }
                | Self::Forbidden { .. }
                | Self::TooMany { .. }
                | Self::Status { .. }
                | Self::NotTheHub { .. }
                | Self::Redirect { .. }
        )
    }

    /// Whether a file is simply not in its repository.
    pub fn is_no_file(&self) -> bool {
        matches!(self, Self::NoFile { .. })
    }
}
