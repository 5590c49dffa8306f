//! Writing files so that a reader sees the old content or the new one, never half of it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

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
    replace_files(path.parent().unwrap_or(Path::new(".")), |staging| {
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
    let made_here = missing_ancestor(folder);
    let result = fs::create_dir_all(folder)
        .map_err(FileError::at("make", folder))
        .and_then(|()| staging_folder(folder).map(drop));
    if let Some(made) = made_here {
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
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let made_here = missing_ancestor(folder);
    let result = stage_and_move(folder, write);
    if result.is_err()
        && let Some(made) = made_here
    {
        // Only folders without files are left of a failed first write: take them back.
        remove_empty_folders(&made, folder);
    }
    result
}

/// Makes `folder` of what `write` puts into a staging folder beside it: synced, then renamed as one,
/// so that a folder of this name is always whole. What was there under the name is replaced.
///
/// # Errors
/// What `write` returns, or when making, syncing or renaming fails; nothing is left then.
pub fn write_folder<E: From<FileError>>(
    folder: &Path,
    write: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(FileError::at("make", parent))?;
    let staging = staging_folder(parent)?;
    write(staging.path())?;
    sync_files(staging.path())?;
    sync_folder(staging.path());
    if folder.is_dir() {
        fs::remove_dir_all(folder).map_err(FileError::at("replace", folder))?;
    }
    fs::rename(staging.path(), folder).map_err(FileError::at("rename to", folder))?;
    // There is nothing to remove under its old name.
    let _ = staging.keep();
    sync_folder(parent);
    Ok(())
}

/// Removes what a process that was killed while writing into `folder` has left.
pub fn remove_leftovers(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(STAGING) {
            // What cannot be removed is in nobody's way.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn stage_and_move<E: From<FileError>>(
    folder: &Path,
    write: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    fs::create_dir_all(folder).map_err(FileError::at("make", folder))?;
    let staging = staging_folder(folder)?;
    write(staging.path())?;

    for path in &sync_files(staging.path())? {
        let target = folder.join(path.file_name().unwrap_or_default());
        fs::rename(path, &target).map_err(FileError::at("rename to", &target))?;
    }
    sync_folder(folder);
    Ok(())
}

/// Syncs the files of a folder and lists them.
fn sync_files(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let entries = fs::read_dir(folder).map_err(FileError::at("list", folder))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in &paths {
        File::open(path)
            .and_then(|f| f.sync_all())
            .map_err(FileError::at("sync", path))?;
    }
    Ok(paths)
}

const STAGING: &str = ".staging-";

/// Inside `folder`, because a rename cannot cross file systems; removed when dropped.
fn staging_folder(folder: &Path) -> Result<tempfile::TempDir, FileError> {
    tempfile::Builder::new()
        .prefix(STAGING)
        .tempdir_in(folder)
        .map_err(FileError::at("make a file in", folder))
}

/// Makes renames durable where the system can sync a folder; elsewhere they are durable later.
fn sync_folder(folder: &Path) {
    if let Ok(handle) = File::open(folder) {
        let _ = handle.sync_all();
    }
}

fn missing_ancestor(folder: &Path) -> Option<PathBuf> {
    folder
        .ancestors()
        .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
        .last()
        .map(Path::to_path_buf)
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
        // As a process leaves it that is killed in the middle.
        fs::create_dir(root.path().join(".staging-x")).unwrap();
        remove_leftovers(root.path());
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
}
