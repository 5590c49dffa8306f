//! Writing files so that a reader sees the old content or the new one, never half of it; and one
//! process at a time in a folder.
//!
//! Everything is written under another name, synced, and renamed. Where a process is killed, what
//! it had begun stays under that name until [`recover`] tidies up, which is for whoever holds the
//! folder's [`FolderLock`]. All files have the permissions that the user's umask gives.

mod disk;
#[cfg(any(test, feature = "fault-injection"))]
pub mod faults;
#[cfg(not(any(test, feature = "fault-injection")))]
mod faults;
mod lock;
mod place;
mod staging;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use lock::{FolderLock, Holder, LOCK, LockError, LockState, lock_state};
pub use place::{is_inside, is_same};
use staging::Staging;
pub use staging::recover;

/// What failed, and where.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}", path.display())]
pub struct FileError {
    /// What was tried, as a verb.
    pub action: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// The operating system's reason.
    pub source: io::Error,
}

impl FileError {
    /// For `map_err`: `fs::read(path).map_err(FileError::at("read", path))`.
    pub fn at(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self {
            action,
            path,
            source,
        }
    }
}

/// Replaces one file: written beside it, synced, renamed.
///
/// # Errors
/// When a step fails; the old file is then still there.
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let name = path.file_name().unwrap_or_default().to_owned();
    replace_files(parent(path), |staging| {
        let staged = staging.join(&name);
        fs::write(&staged, content).map_err(FileError::at("write", &staged))
    })
}

/// Finds out whether files can be put into `folder`, without leaving anything: for saying so before
/// hours of work rather than after.
///
/// # Errors
/// When the folder is missing and cannot be made, or is there and cannot be written to.
pub fn check_writable(folder: &Path) -> Result<(), FileError> {
    let made = make_folder(folder)?;
    let result = Staging::new(folder).map(drop);
    if let Some(made) = made {
        remove_empty_folders(&made, folder);
    }
    result
}

/// Puts all files that `write` makes in a staging folder into `folder`.
///
/// `folder` is made where it is missing. If `write` fails, nothing in it has changed. A crash
/// between two renames can leave some files new and some old, each of them whole.
///
/// # Errors
/// What `write` returns, or when making, syncing or renaming fails.
pub fn replace_files<E: From<FileError>>(
    folder: &Path,
    write: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    let made = make_folder(folder)?;
    let result = stage_and_move(folder, write);
    if result.is_err()
        && let Some(made) = made
    {
        // Only folders without files are left of a failed first write: take them back.
        remove_empty_folders(&made, folder);
    }
    result
}

fn stage_and_move<E: From<FileError>>(
    folder: &Path,
    write: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    let staging = Staging::new(folder)?;
    write(staging.path())?;
    for path in &sync_files(staging.path())? {
        let target = folder.join(path.file_name().unwrap_or_default());
        disk::rename(path, &target).map_err(FileError::at("rename to", &target))?;
    }
    disk::sync_folder(folder).map_err(FileError::at("sync", folder))?;
    Ok(())
}

/// Makes `folder` of what `write` puts into a staging folder beside it: synced, then put in its
/// place as one, so that what is under this name is whole, the old or the new.
///
/// Linux swaps the two in one step. Where that cannot be done, a process that is killed between two
/// renames leaves the old one under another name, from which [`recover`] brings it back.
///
/// # Errors
/// What `write` returns, or when making, syncing or renaming fails; the old folder is then still
/// there, except where the last sync fails: then the new one is, but may not outlive a power cut.
pub fn write_folder<E: From<FileError>>(
    folder: &Path,
    write: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    let parent = parent(folder);
    make_folder(parent)?;
    let staging = Staging::new(parent)?;
    write(staging.path())?;
    sync_files(staging.path())?;
    disk::sync_folder(staging.path()).map_err(FileError::at("sync", staging.path()))?;
    staging.put(folder)?;
    Ok(())
}

/// Removes a folder with everything in it, so that none of this name is ever half there.
///
/// # Errors
/// When it is not there or cannot be renamed. What cannot be removed after that is left to
/// [`recover`].
pub fn remove_folder(folder: &Path) -> Result<(), FileError> {
    Staging::new(parent(folder))?.take(folder)
}

/// Syncs the files of a folder and lists what is in it.
fn sync_files(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let entries = fs::read_dir(folder).map_err(FileError::at("list", folder))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(FileError::at("list", folder))?.path());
    }
    paths.sort();
    for path in &paths {
        match path.is_dir() {
            true => {
                sync_files(path)?;
                disk::sync_folder(path)
            }
            false => disk::sync_file(path),
        }
        .map_err(FileError::at("sync", path))?;
    }
    Ok(paths)
}

/// Where a file or folder is, or is going to be.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Makes a folder where it is missing, and gives the first one on the way that was made.
fn make_folder(folder: &Path) -> Result<Option<PathBuf>, FileError> {
    let missing = folder
        .ancestors()
        .take_while(|path| !path.as_os_str().is_empty() && !path.exists());
    let missing: Vec<&Path> = missing.collect();
    if let Err(error) = disk::make_folders(folder) {
        if let Some(made) = missing.last() {
            remove_empty_folders(made, folder);
        }
        return Err(FileError::at("make", folder)(error));
    }
    for path in &missing {
        let parent = parent(path);
        disk::sync_folder(parent).map_err(FileError::at("sync", parent))?;
    }
    Ok(missing.last().map(|path| path.to_path_buf()))
}

fn remove_empty_folders(top: &Path, bottom: &Path) {
    for path in bottom.ancestors() {
        if fs::remove_dir(path).is_err() || path == top {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_no_trace() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("a/b");
        let result: Result<(), FileError> = replace_files(&target, |staging| {
            fs::write(staging.join("half"), "x").unwrap();
            Err(FileError::at("write", staging)(io::Error::other(
                "disk full",
            )))
        });
        assert!(result.unwrap_err().to_string().contains("disk full"));
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[test]
    fn looking_whether_a_folder_is_writable_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        check_writable(&root.path().join("a/b")).unwrap();
        check_writable(root.path()).unwrap();
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
        fs::write(root.path().join("file"), "").unwrap();
        let message = check_writable(&root.path().join("file"))
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("cannot make") && message.contains("file"),
            "{message}"
        );
    }

    #[test]
    fn a_folder_is_whole_or_not_there() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("checkpoint-1");
        let write = |content: &'static str| {
            move |staging: &Path| -> Result<(), FileError> {
                fs::write(staging.join("file"), content).unwrap();
                match content {
                    "bad" => Err(FileError::at("write", staging)(io::Error::other("full"))),
                    _ => Ok(()),
                }
            }
        };
        write_folder(&folder, write("old")).unwrap();
        write_folder(&folder, write("bad")).unwrap_err();
        assert_eq!(fs::read(folder.join("file")).unwrap(), b"old");
        write_folder(&folder, write("new")).unwrap();
        assert_eq!(fs::read(folder.join("file")).unwrap(), b"new");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_replacement_keeps_the_old_content() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("weights");
        write_atomically(&file, b"old").unwrap();
        let result: Result<(), FileError> = replace_files(root.path(), |staging| {
            fs::write(staging.join("weights"), "new").unwrap();
            Err(FileError::at("write", staging)(io::Error::other(
                "disk full",
            )))
        });
        assert!(result.is_err());
        assert_eq!(fs::read(&file).unwrap(), b"old");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }

    #[test]
    fn files_are_replaced_and_others_kept() {
        let root = tempfile::tempdir().unwrap();
        write_atomically(&root.path().join("kept"), b"kept").unwrap();
        write_atomically(&root.path().join("file"), b"old").unwrap();
        write_atomically(&root.path().join("file"), b"new").unwrap();
        assert_eq!(fs::read(root.path().join("file")).unwrap(), b"new");
        assert_eq!(fs::read(root.path().join("kept")).unwrap(), b"kept");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_written_has_the_permissions_of_the_umask() {
        use std::os::unix::fs::PermissionsExt;

        let root = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        // What the system makes by itself here.
        fs::create_dir(root.path().join("plain")).unwrap();
        fs::write(root.path().join("plain/file"), "").unwrap();
        let write = |staging: &Path| -> Result<(), FileError> {
            fs::write(staging.join("file"), "").unwrap();
            Ok(())
        };
        write_folder(&root.path().join("made/folder"), write).unwrap();
        replace_files(&root.path().join("made"), write).unwrap();
        for (path, like) in [
            ("made", "plain"),
            ("made/folder", "plain"),
            ("made/folder/file", "plain/file"),
            ("made/file", "plain/file"),
        ] {
            let (found, expected) = (mode(&root.path().join(path)), mode(&root.path().join(like)));
            assert_eq!(found, expected, "{path}: {found:o} and {expected:o}");
        }
    }

    /// A folder with two files of this content, in two of them to see a mixture.
    fn write_both(folder: &Path, content: &str) -> Result<(), FileError> {
        write_folder(folder, |staging| {
            fs::write(staging.join("one"), content).unwrap();
            fs::write(staging.join("two"), content).unwrap();
            Ok(())
        })
    }

    fn read_both(folder: &Path) -> Option<String> {
        let [one, two] = ["one", "two"].map(|name| fs::read_to_string(folder.join(name)).ok());
        assert_eq!(one, two);
        one
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().flatten();
        let names = entries.map(|entry| entry.file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// `work` is killed after each number of steps until it gets through; after each, what is there
    /// is looked at, and then tidied.
    fn killed_everywhere(begin: impl Fn(&Path), work: impl Fn(&Path), whole: impl Fn(&Path)) {
        let mut kills = 0;
        loop {
            let root = tempfile::tempdir().unwrap();
            begin(root.path());
            let was_killed = faults::killed_after(kills, || work(root.path()));
            recover(root.path()).unwrap();
            whole(root.path());
            for name in names(root.path()) {
                assert!(!name.starts_with('.'), "killed after {kills} steps: {name}");
            }
            if !was_killed {
                break;
            }
            kills += 1;
        }
        assert!(kills > 5, "{kills}");
    }

    #[test]
    fn a_folder_that_is_replaced_is_the_old_or_the_new_wherever_the_process_is_killed() {
        let replace = || {
            let folder = |root: &Path| root.join("folder");
            killed_everywhere(
                |root| write_both(&folder(root), "old").unwrap(),
                |root| drop(write_both(&folder(root), "new")),
                |root| {
                    let found = read_both(&folder(root)).expect("never neither");
                    assert!(["old", "new"].contains(&found.as_str()), "{found}");
                    // And goes on.
                    write_both(&folder(root), "newer").unwrap();
                    assert_eq!(read_both(&folder(root)).as_deref(), Some("newer"));
                },
            );
        };
        replace();
        faults::without_exchange(replace);
    }

    #[test]
    fn a_folder_that_is_removed_is_whole_or_gone_wherever_the_process_is_killed() {
        let folder = |root: &Path| root.join("folder");
        killed_everywhere(
            |root| write_both(&folder(root), "old").unwrap(),
            |root| drop(remove_folder(&folder(root))),
            |root| assert_eq!(read_both(&folder(root)).is_some(), folder(root).exists()),
        );
    }

    #[test]
    fn each_file_is_the_old_or_the_new_wherever_the_process_is_killed() {
        let write = |root: &Path, content: &'static str| {
            replace_files(root, |staging| -> Result<(), FileError> {
                for name in ["one", "two"] {
                    fs::write(staging.join(name), content).unwrap();
                }
                Ok(())
            })
        };
        killed_everywhere(
            |root| write(root, "old").unwrap(),
            |root| drop(write(root, "new")),
            |root| {
                for name in ["one", "two"] {
                    let found = fs::read_to_string(root.join(name)).unwrap();
                    assert!(["old", "new"].contains(&found.as_str()), "{found}");
                }
            },
        );
    }
}
