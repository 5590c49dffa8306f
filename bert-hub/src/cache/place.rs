//! A file of a commit, made from its blob.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::HubError;

/// A name that no other process or thread gives.
pub(super) fn staged_name(of: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{of}.{:x}-{count:x}.incomplete", std::process::id())
}

/// What is made of what.
pub(super) struct Place<'a> {
    /// Content.
    pub blob: &'a Path,
    /// Where it is to be seen.
    pub target: &'a Path,
    /// How many folders up from there both have one in common.
    pub up: usize,
}

impl Place<'_> {
    /// A link, where there can be one; else the blob itself if it `is_new`, or a copy.
    pub fn link(&self, symlinks: bool, is_new: bool) -> Result<(), HubError> {
        // Another process may have been faster; what is whole stays.
        if self.target.is_file() {
            return Ok(());
        }
        if symlinks
            && self
                .symlink()
                .map_err(HubError::disk("link", self.target))?
        {
            return Ok(());
        }
        let staged = match is_new {
            true => self.blob.to_path_buf(),
            false => {
                let name = self.blob.file_name().unwrap_or_default().to_string_lossy();
                let staged = self.blob.with_file_name(staged_name(&name));
                fs::copy(self.blob, &staged).map_err(HubError::disk("copy to", &staged))?;
                staged
            }
        };
        fs::rename(&staged, self.target).map_err(HubError::disk("rename to", self.target))
    }

    /// Whether the file system has links.
    fn symlink(&self) -> io::Result<bool> {
        let name = self.blob.file_name().unwrap_or_default();
        let up = std::iter::repeat_n("..", self.up);
        let source = up.collect::<PathBuf>().join("blobs").join(name);
        for _ in 0..3 {
            match make_link(&source, self.target) {
                Ok(()) => return Ok(true),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    if self.target.is_file() {
                        return Ok(true);
                    }
                    // It leads to a blob that is gone.
                    match fs::remove_file(self.target) {
                        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                        _ => {}
                    }
                }
                Err(error)
                    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::StorageFull) =>
                {
                    return Err(error);
                }
                Err(_) => return Ok(false),
            }
        }
        Ok(self.target.is_file())
    }
}

#[cfg(unix)]
fn make_link(source: &Path, target: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(source, target)
}

#[cfg(windows)]
fn make_link(source: &Path, target: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(source, target)
}

#[cfg(not(any(unix, windows)))]
fn make_link(_source: &Path, _target: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(root: &Path) -> (PathBuf, PathBuf) {
        let (blob, target) = (root.join("blobs/ab"), root.join("snapshots/c/d/e.json"));
        for path in [&blob, &target] {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
        }
        fs::write(&blob, "{}").unwrap();
        (blob, target)
    }

    #[test]
    #[cfg(unix)]
    fn a_link_is_relative_and_replaces_one_that_leads_nowhere() {
        let root = tempfile::tempdir().unwrap();
        let (blob, target) = folders(root.path());
        let place = Place {
            blob: &blob,
            target: &target,
            up: 3,
        };
        place.link(true, true).unwrap();
        assert_eq!(
            fs::read_link(&target).unwrap(),
            Path::new("../../../blobs/ab")
        );
        place.link(true, true).unwrap();
        fs::remove_file(&target).unwrap();
        std::os::unix::fs::symlink("nowhere", &target).unwrap();
        place.link(true, true).unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "{}");
    }

    #[test]
    fn without_links_a_new_blob_is_moved_and_an_old_one_copied() {
        let root = tempfile::tempdir().unwrap();
        let (blob, target) = folders(root.path());
        Place {
            blob: &blob,
            target: &target,
            up: 3,
        }
        .link(false, false)
        .unwrap();
        assert!(blob.is_file() && target.is_file());
        let other = root.path().join("snapshots/c/other.json");
        Place {
            blob: &blob,
            target: &other,
            up: 2,
        }
        .link(false, true)
        .unwrap();
        assert!(!blob.exists() && other.is_file());
        assert_eq!(fs::read_dir(root.path().join("blobs")).unwrap().count(), 0);
    }
}
