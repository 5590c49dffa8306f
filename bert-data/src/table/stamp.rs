//! Whether a file changes while it is read.

use std::fs::File;
use std::io;
use std::time::SystemTime;

/// How long a file is and when it was last written to.
#[derive(PartialEq)]
pub(crate) struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    /// Of a pipe or a terminal, which have neither, `None`.
    pub fn of(file: &File) -> io::Result<Option<Self>> {
        let metadata = file.metadata()?;
        Ok(metadata.is_file().then(|| Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
        }))
    }
}
