//! One process at a time fetches a blob.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::HubError;

/// Between two tries.
const BETWEEN: Duration = Duration::from_millis(50);

/// After so long somebody is told that another process is waited for.
const TOLD_AFTER: Duration = Duration::from_millis(500);

/// A lock that Python's `filelock` respects, too: `flock` on a file that stays. The system gives it
/// back when the process dies.
pub(crate) struct BlobLock {
    /// None where the file system has no locks.
    file: Option<File>,
}

impl BlobLock {
    /// Takes the lock of `path`. `wait` is called between two tries, and told once it takes long;
    /// what it returns ends the waiting.
    pub fn take(
        path: &Path,
        wait: &dyn Fn(bool) -> Result<(), HubError>,
    ) -> Result<Self, HubError> {
        let began = Instant::now();
        let mut told = false;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(HubError::disk("make", folder))?;
        }
        loop {
            let file = open(path).map_err(HubError::disk("lock", path))?;
            match file.try_lock() {
                // Whoever had it has removed the file since it was opened.
                Ok(()) if !is_at(&file, path) => {}
                Ok(()) => return Ok(Self { file: Some(file) }),
                Err(TryLockError::WouldBlock) => {
                    let is_long = !told && began.elapsed() >= TOLD_AFTER;
                    told |= is_long;
                    wait(is_long)?;
                    std::thread::sleep(BETWEEN);
                }
                Err(TryLockError::Error(_)) => return Ok(Self { file: None }),
            }
        }
    }

    /// Whether others are kept out.
    pub fn is_enforced(&self) -> bool {
        self.file.is_some()
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    // Users of one group may share a cache.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o664);
    options.open(path)
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(open), Ok(there)) => (open.dev(), open.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// An open file keeps its name there.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn one_has_it_and_the_others_wait_or_give_up() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a/b.lock");
        let lock = BlobLock::take(&path, &|_| panic!("it is free")).unwrap();
        assert!(lock.is_enforced());
        let (tries, told) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let given_up = BlobLock::take(&path, &|is_long| {
            told.fetch_add(usize::from(is_long), Ordering::Relaxed);
            match tries.fetch_add(1, Ordering::Relaxed) {
                14 => Err(HubError::Stopped),
                _ => Ok(()),
            }
        });
        assert!(matches!(given_up, Err(HubError::Stopped)));
        assert_eq!(told.into_inner(), 1);
        std::thread::scope(|scope| {
            let other = scope.spawn(|| BlobLock::take(&path, &|_| Ok(())).unwrap());
            std::thread::sleep(BETWEEN);
            assert!(!other.is_finished());
            drop(lock);
            assert!(other.join().unwrap().is_enforced());
        });
    }
}
