//! The steps on the disk that everything in `files` is made of: one change that others can see
//! each, so that a test can end a process between any two of them (see [`faults`](super::faults)).

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::faults::step;

pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    step()?;
    fs::create_dir(path)
}

pub(super) fn make_folders(path: &Path) -> io::Result<()> {
    step()?;
    fs::create_dir_all(path)
}

pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    step()?;
    fs::rename(from, to)
}

/// Swaps two names in one step; false where the system or the file system cannot.
#[cfg(target_os = "linux")]
pub(super) fn exchange(one: &Path, other: &Path) -> io::Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;

    if !super::faults::can_exchange() {
        return Ok(false);
    }
    step()?;
    match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Elsewhere there is no such step.
#[cfg(not(target_os = "linux"))]
pub(super) fn exchange(_one: &Path, _other: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Removes a file, a link, or a folder with everything in it; links are not followed.
pub(super) fn remove_all(path: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.is_dir() {
        step()?;
        return fs::remove_file(path);
    }
    for entry in fs::read_dir(path)? {
        remove_all(&entry?.path())?;
    }
    step()?;
    fs::remove_dir(path)
}

/// Puts a file's content onto the disk.
pub(super) fn sync_file(path: &Path) -> io::Result<()> {
    step()?;
    // Windows does it only for who may write; elsewhere a file that is read-only is synced, too.
    let file = match cfg!(windows) {
        true => fs::OpenOptions::new().write(true).open(path)?,
        false => File::open(path)?,
    };
    file.sync_all()
}

/// Puts a folder's names onto the disk.
#[cfg(unix)]
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    use std::io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};

    step()?;
    match File::open(path).and_then(|folder| folder.sync_all()) {
        // Some file systems cannot, and a folder that one may write to need not be readable.
        Err(error) if matches!(error.kind(), InvalidInput | PermissionDenied | Unsupported) => {
            Ok(())
        }
        done => done,
    }
}

/// Windows has no such call for folders; NTFS writes their names down in a journal by itself.
#[cfg(not(unix))]
pub(super) fn sync_folder(_path: &Path) -> io::Result<()> {
    step()
}
