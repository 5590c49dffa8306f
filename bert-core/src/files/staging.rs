//! What is written under a name of its own until it is whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{FileError, disk, parent};

/// Before a process' number and a count.
const STAGING: &str = ".bert-staging-";

/// Before the name of a folder that is being replaced, where two names cannot be swapped.
const REPLACED: &str = ".bert-replaced-";

/// A folder that is not there for anybody else yet, inside the one that its content is for: a
/// rename cannot cross file systems. Removed when dropped.
pub(super) struct Staging(PathBuf);

impl Staging {
    pub(super) fn new(folder: &Path) -> Result<Self, FileError> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        loop {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!("{STAGING}{}-{count}", std::process::id()));
            match disk::make_folder(&path) {
                Ok(()) => return Ok(Self(path)),
                // Left by a process of the same number, or that of another machine.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(FileError::at("make a file in", folder)(error)),
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Puts it in the place of `folder`, beside which it is, and removes what was there.
    pub(super) fn put(self, folder: &Path) -> Result<(), FileError> {
        let renaming = || FileError::at("rename to", folder);
        let parent = parent(folder);
        let sync = || disk::sync_folder(parent).map_err(FileError::at("sync", parent));
        if !folder.is_dir() {
            disk::rename(&self.0, folder).map_err(renaming())?;
            return sync();
        }
        if disk::exchange(&self.0, folder).map_err(renaming())? {
            // What goes now is the old one; not before the new name is on the disk.
            return sync();
        }
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let aside = parent.join(format!("{REPLACED}{name}"));
        if fs::symlink_metadata(&aside).is_ok() {
            disk::remove_all(&aside).map_err(FileError::at("remove", &aside))?;
        }
        disk::rename(folder, &aside).map_err(renaming())?;
        if let Err(error) = disk::rename(&self.0, folder) {
            // Nothing was replaced.
            let _ = disk::rename(&aside, folder);
            return Err(renaming()(error));
        }
        sync()?;
        // What cannot be removed is in nobody's way.
        let _ = disk::remove_all(&aside);
        Ok(())
    }

    /// Takes `folder` in, beside which it is, to be removed with it.
    pub(super) fn take(self, folder: &Path) -> Result<(), FileError> {
        let inside = self.0.join("removed");
        disk::rename(folder, &inside).map_err(FileError::at("remove", folder))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.0).is_ok() {
            let _ = disk::remove_all(&self.0);
        }
    }
}

/// Tidies up what a process that was killed while writing into `folder` has left: what it had begun
/// is removed, and what it was about to replace is back in its place. Only for whoever holds the
/// folder's lock: another process may be writing otherwise.
///
/// # Errors
/// When a folder cannot be put back in its place.
pub fn recover(folder: &Path) -> Result<(), FileError> {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(replaced) = name.strip_prefix(REPLACED) {
            let target = folder.join(replaced);
            if fs::symlink_metadata(&target).is_err() {
                disk::rename(&entry.path(), &target)
                    .map_err(FileError::at("rename to", &target))?;
                continue;
            }
        } else if !is_staging(&name) {
            continue;
        }
        // What cannot be removed is in nobody's way.
        let _ = disk::remove_all(&entry.path());
    }
    Ok(())
}

fn is_staging(name: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    name.strip_prefix(STAGING)
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(process, count)| is_number(process) && is_number(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_ours_is_tidied_up() {
        let root = tempfile::tempdir().unwrap();
        for (folder, stays) in [
            (".staging-photos", true),
            (".bert-staging-photos", true),
            (".bert-staging-12-", true),
            ("notes", true),
            (".bert-staging-12-0", false),
        ] {
            let path = root.path().join(folder);
            fs::create_dir(&path).unwrap();
            fs::write(path.join("file"), "x").unwrap();
            recover(root.path()).unwrap();
            assert_eq!(path.join("file").exists(), stays, "{folder}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_not_what_it_leads_to() {
        let root = tempfile::tempdir().unwrap();
        let (elsewhere, link) = (root.path().join("elsewhere"), root.path().join("link"));
        fs::create_dir(&elsewhere).unwrap();
        fs::write(elsewhere.join("file"), "x").unwrap();
        std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
        let write = |_: &Path| -> Result<(), FileError> { Ok(()) };
        super::super::write_folder(&link, write).unwrap();
        assert!(!link.is_symlink() && elsewhere.join("file").exists());
    }
}
