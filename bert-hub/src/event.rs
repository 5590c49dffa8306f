//! What happens on the way, for whoever shows it.

use std::time::Duration;

/// How a fetch goes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum HubEvent {
    /// The hub is asked for a file.
    Asking {
        /// The file, as in the repository.
        file: String,
    },
    /// So much of a file is there; often.
    Downloading {
        /// The file.
        file: String,
        /// Bytes on disk.
        done: u64,
        /// Bytes of the whole file, where the hub says it.
        total: Option<u64>,
    },
    /// A file is whole, checked and in its place.
    Downloaded {
        /// The file.
        file: String,
        /// Bytes.
        size: u64,
    },
    /// Another process fetches the file, and is waited for.
    Waiting {
        /// The file.
        file: String,
    },
    /// Something failed that may pass.
    Retrying {
        /// What failed.
        why: String,
        /// Until it is tried again.
        after: Duration,
    },
    /// The hub cannot be reached; what the cache has is taken.
    FromCache {
        /// Why it cannot.
        why: String,
    },
}
