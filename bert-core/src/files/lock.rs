//! One process at a time in a folder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{FileError, make_folder, remove_empty_folders};

/// The file in a folder that its process has locked.
pub const LOCK: &str = "run.lock";

/// Whoever only looks holds the lock for a moment, too: so many times, and so long between them,
/// is tried before somebody is said to have it.
const TRIES: usize = 10;
const BETWEEN: Duration = Duration::from_millis(50);

/// Who has a folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process, by the number that it has on its machine.
    pub pid: u32,
    /// The machine's name.
    pub host: String,
    /// When it began, in seconds since 1970.
    pub since: f64,
}

/// How a file that is ours begins, whole or not.
const BEGINNING: &str = "{\"pid\":";

/// Why a folder cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it: which one, where it says.
    #[error("{} is in use", folder.display())]
    Held {
        /// The folder.
        folder: PathBuf,
        /// Who has it.
        by: Option<Holder>,
    },
    /// See [`FileError`].
    #[error(transparent)]
    File(#[from] FileError),
}

/// A folder that no other process has as long as this lives. The system gives it back when the
/// process dies, however it does.
///
/// Where the file system has no locks (some network drives), it is had without one;
/// [`unenforced`](Self::unenforced) says why.
#[derive(Debug)]
pub struct FolderLock {
    folder: PathBuf,
    file: Option<File>,
    /// The first of the folders that were made for it.
    made: Option<PathBuf>,
    unenforced: Option<io::Error>,
}

impl FolderLock {
    /// Takes `folder`, which is made where it is missing, and says in [`LOCK`] who has it.
    ///
    /// # Errors
    /// When another process has it, or this one already does; when it cannot be written to.
    pub fn take(folder: &Path, holder: &Holder) -> Result<Self, LockError> {
        let made = make_folder(folder)?;
        // From here on dropped, which takes back what was made.
        let mut lock = Self {
            folder: folder.to_path_buf(),
            file: None,
            made,
            unenforced: None,
        };
        let path = folder.join(LOCK);
        let mut tries = 0;
        loop {
            check_ours(&path)?;
            let mut options = OpenOptions::new();
            let file = match options.read(true).write(true).create(true).open(&path) {
                // Whoever had it has taken the empty folder back, too.
                Err(error) if error.kind() == io::ErrorKind::NotFound && tries < TRIES => {
                    tries += 1;
                    lock.made = make_folder(folder)?;
                    continue;
                }
                file => file.map_err(FileError::at("lock", &path))?,
            };
            match file.try_lock() {
                // Whoever had it has removed the file since it was opened.
                Ok(()) if !is_at(&file, &path) => continue,
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if tries < TRIES => {
                    tries += 1;
                    std::thread::sleep(BETWEEN);
                    continue;
                }
                Err(TryLockError::WouldBlock) => {
                    let folder = folder.to_path_buf();
                    let by = read_holder(&path);
                    return Err(LockError::Held { folder, by });
                }
                Err(TryLockError::Error(error)) => lock.unenforced = Some(error),
            }
            let text = serde_json::to_string(holder).expect("numbers and a name");
            write(&file, &text).map_err(FileError::at("lock", &path))?;
            lock.file = Some(file);
            return Ok(lock);
        }
    }

    /// Which one.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Why nobody else is kept out, where that is so.
    pub fn unenforced(&self) -> Option<&io::Error> {
        self.unenforced.as_ref()
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // Before it is given back: then nobody else can have locked this file. On Windows an
            // open file would keep its name, so there it stays.
            let path = self.folder.join(LOCK);
            if cfg!(unix) && is_at(&file, &path) {
                let _ = fs::remove_file(path);
            }
        }
        if let Some(made) = &self.made {
            remove_empty_folders(made, &self.folder);
        }
    }
}

/// Whether somebody has a folder.
#[derive(Clone, Debug, PartialEq)]
pub enum LockState {
    /// Nobody.
    Free,
    /// A process that lives: which one, where it says.
    Held(Option<Holder>),
    /// The file system has no locks.
    Unknown,
}

/// Looks whether somebody has `folder`, without taking it.
pub fn lock_state(folder: &Path) -> LockState {
    let path = folder.join(LOCK);
    let Ok(file) = File::open(&path) else {
        return LockState::Free;
    };
    match file.try_lock_shared() {
        Ok(()) => LockState::Free,
        Err(TryLockError::WouldBlock) => LockState::Held(read_holder(&path)),
        Err(TryLockError::Error(_)) => LockState::Unknown,
    }
}

/// A file of that name which somebody else has written is not to be touched.
fn check_ours(path: &Path) -> Result<(), FileError> {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    let is_ours = metadata.is_file()
        && (metadata.len() == 0
            // Windows lets nobody read what another process has locked.
            || begins_as(path, BEGINNING).unwrap_or(cfg!(windows)));
    match is_ours {
        true => Ok(()),
        false => Err(FileError::at("lock", path)(io::Error::other(
            "there is a file of this name that is not this program's",
        ))),
    }
}

fn begins_as(path: &Path, beginning: &str) -> io::Result<bool> {
    let mut found = Vec::new();
    let limit = beginning.len() as u64;
    File::open(path)?.take(limit).read_to_end(&mut found)?;
    // A shorter one was being written.
    Ok(beginning.as_bytes().starts_with(&found))
}

fn write(mut file: &File, text: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text.as_bytes())
}

/// Nothing where it is being written, or on Windows, where a file that is locked cannot be read.
fn read_holder(path: &Path) -> Option<Holder> {
    (0..3).find_map(|_| {
        let text = fs::read_to_string(path).ok()?;
        let holder = serde_json::from_str(&text).ok();
        if holder.is_none() {
            std::thread::sleep(BETWEEN);
        }
        holder
    })
}

/// Whether the open file is the one that the path leads to.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(open), Ok(there)) => super::place::is_one_file(&open, &there),
        _ => false,
    }
}

/// Files of locks are never removed here.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(pid: u32) -> Holder {
        Holder {
            pid,
            host: "here".to_owned(),
            since: 1.5,
        }
    }

    #[test]
    fn a_folder_is_had_by_one_and_given_back_without_a_trace() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/b");
        assert_eq!(lock_state(&folder), LockState::Free);
        let lock = FolderLock::take(&folder, &holder(7)).unwrap();
        assert!(lock.unenforced().is_none());
        assert_eq!(lock_state(&folder), LockState::Held(Some(holder(7))));
        match FolderLock::take(&folder, &holder(8)) {
            Err(LockError::Held { by, .. }) => assert_eq!(by, Some(holder(7))),
            other => panic!("{other:?}"),
        }
        // Whoever was refused has changed nothing.
        assert_eq!(lock_state(&folder), LockState::Held(Some(holder(7))));
        drop(lock);
        assert_eq!(lock_state(&folder), LockState::Free);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_dead_process_has_left_is_taken_and_a_strangers_file_is_not() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(LOCK);
        for left in ["", "{\"pi", "{\"pid\":7,\"host\":\"here\",\"since\":1.5}"] {
            fs::write(&path, left).unwrap();
            assert_eq!(lock_state(root.path()), LockState::Free);
            drop(FolderLock::take(root.path(), &holder(8)).unwrap());
        }
        fs::write(&path, "apples, pears").unwrap();
        let message = FolderLock::take(root.path(), &holder(8))
            .unwrap_err()
            .to_string();
        assert!(message.contains("not this program's"), "{message}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "apples, pears");
        #[cfg(unix)]
        {
            fs::rename(&path, root.path().join("list")).unwrap();
            std::os::unix::fs::symlink(root.path().join("list"), &path).unwrap();
            FolderLock::take(root.path(), &holder(8)).unwrap_err();
            assert!(root.path().join("list").exists());
        }
    }

    #[test]
    fn of_many_at_once_one_has_it() {
        let root = tempfile::tempdir().unwrap();
        let counts = std::sync::Mutex::new((0, 0));
        std::thread::scope(|scope| {
            for pid in 0..4 {
                let (root, counts) = (root.path(), &counts);
                scope.spawn(move || {
                    for _ in 0..20 {
                        let Ok(_lock) = FolderLock::take(root, &holder(pid)) else {
                            continue;
                        };
                        let mut held = counts.lock().unwrap();
                        held.0 += 1;
                        assert_eq!(held.0, 1);
                        drop(held);
                        std::thread::yield_now();
                        let mut held = counts.lock().unwrap();
                        (held.0, held.1) = (held.0 - 1, held.1 + 1);
                    }
                });
            }
        });
        assert!(counts.lock().unwrap().1 > 20);
    }
}
