//! The cache of `huggingface_hub` on disk.
//!
//! ```text
//! models--google-bert--bert-base-uncased/
//!   refs/main                      the commit that the branch was at
//!   blobs/ETAG                     content, by checksum; ETAG.incomplete while it comes
//!   snapshots/COMMIT/config.json   a link to its blob
//!   .no_exist/COMMIT/some.json     what this commit does not have
//! .locks/models--.../ETAG.lock     held by whoever fetches the blob
//! ```
//!
//! What is under its final name is whole: it was renamed or linked there. A ref is written once
//! the folder of its commit is there, as `scan_cache_dir` wants it.

mod lock;
mod place;

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) use lock::BlobLock;

use crate::error::HubError;
use crate::repo::{Repo, is_commit, is_path_trick};
use crate::settings::HubSettings;

/// A repository's part of the cache.
pub(crate) struct RepoCache {
    cache: PathBuf,
    folder: PathBuf,
    locks: PathBuf,
    symlinks: bool,
}

impl RepoCache {
    /// Touches nothing.
    pub fn new(settings: &HubSettings, repo: &Repo) -> Self {
        let name = repo.folder_name();
        Self {
            folder: settings.cache.join(&name),
            locks: settings.cache.join(".locks").join(&name),
            cache: settings.cache.clone(),
            symlinks: settings.symlinks,
        }
    }

    /// The folder of all repositories.
    pub fn root(&self) -> &Path {
        &self.cache
    }

    /// The folder of a commit's files.
    pub fn snapshot(&self, commit: &str) -> PathBuf {
        self.folder.join("snapshots").join(commit)
    }

    /// Where content of this etag is.
    pub fn blob(&self, etag: &str) -> PathBuf {
        self.folder.join("blobs").join(etag)
    }

    /// The commit that a revision was at when it was asked for last.
    pub fn commit_of(&self, revision: &str) -> Option<String> {
        if is_commit(revision) {
            return Some(revision.to_owned());
        }
        let commit = fs::read_to_string(self.folder.join("refs").join(revision)).ok()?;
        let commit = commit.trim();
        is_commit(commit).then(|| commit.to_owned())
    }

    /// A file of a commit, if it is there.
    pub fn file(&self, commit: &str, file: &str) -> Option<PathBuf> {
        let path = self.snapshot(commit).join(file);
        path.is_file().then_some(path)
    }

    /// All files of a commit that are there, as the repository calls them.
    pub fn files(&self, commit: &str) -> Vec<String> {
        let mut found = Vec::new();
        walk(&self.snapshot(commit), "", &mut found);
        found.sort();
        found
    }

    /// Whether a commit is known not to have a file.
    pub fn is_absent(&self, commit: &str, file: &str) -> bool {
        self.folder
            .join(".no_exist")
            .join(commit)
            .join(file)
            .is_file()
    }

    /// Remembers that a commit does not have a file. A cache that cannot be written to forgets it.
    pub fn mark_absent(&self, commit: &str, file: &str) {
        let path = self.folder.join(".no_exist").join(commit).join(file);
        if !path.exists() {
            let parent = path.parent().map_or(Ok(()), fs::create_dir_all);
            let _ = parent.and_then(|()| fs::write(&path, ""));
        }
    }

    /// Remembers which commit a revision is at, as far as the cache can be written to.
    pub fn keep_ref(&self, revision: &str, commit: &str) {
        let path = self.folder.join("refs").join(revision);
        if revision == commit || self.commit_of(revision).as_deref() == Some(commit) {
            return;
        }
        let write = || {
            fs::create_dir_all(self.snapshot(commit))?;
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            // Not among the refs, where half of one would be taken for a commit.
            let staged = self.folder.join(place::staged_name("ref"));
            fs::write(&staged, commit)?;
            fs::rename(&staged, &path)
        };
        let _: std::io::Result<()> = write();
    }

    /// Waits until nobody else fetches content of this etag, and keeps others waiting.
    pub fn lock(
        &self,
        etag: &str,
        wait: &dyn Fn(bool) -> Result<(), HubError>,
    ) -> Result<BlobLock, HubError> {
        BlobLock::take(&self.locks.join(format!("{etag}.lock")), wait)
    }

    /// Makes the folders that a blob and a file of a commit are put into.
    pub fn make_folders(&self, commit: &str, file: &str) -> Result<(), HubError> {
        let parent = self.snapshot(commit).join(file);
        for folder in [Some(self.folder.join("blobs").as_path()), parent.parent()] {
            let folder = folder.unwrap_or(&self.folder);
            fs::create_dir_all(folder).map_err(HubError::disk("make", folder))?;
        }
        Ok(())
    }

    /// Where content is while it comes: a name that the next process goes on with, where no other
    /// one can be at it.
    pub fn incomplete(&self, etag: &str, is_alone: bool) -> PathBuf {
        match is_alone {
            true => self.blob(&format!("{etag}.incomplete")),
            false => self.blob(&place::staged_name(etag)),
        }
    }

    /// Makes a file of a commit from a blob that is there; `is_new` says that nothing else is made
    /// of that yet.
    pub fn link(
        &self,
        etag: &str,
        commit: &str,
        file: &str,
        is_new: bool,
    ) -> Result<PathBuf, HubError> {
        let target = self.snapshot(commit).join(file);
        let place = place::Place {
            blob: &self.blob(etag),
            target: &target,
            up: file.split('/').count() + 1,
        };
        place.link(self.symlinks, is_new)?;
        Ok(target)
    }
}

/// What a file in a repository can be called without leading out of its folder.
pub(crate) fn is_file_name(name: &str) -> bool {
    let is_odd = |c: char| c.is_control() || c == '\\';
    let is_drive = cfg!(windows) && name.contains(':');
    !name.contains(is_odd) && !is_drive && !name.split('/').any(is_path_trick)
}

fn walk(folder: &Path, before: &str, found: &mut Vec<String>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let (name, path) = (format!("{before}{name}"), entry.path());
        match path.is_dir() {
            true => walk(&path, &format!("{name}/"), found),
            false => found.push(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "0123456789012345678901234567890123456789";

    fn cache(folder: &Path) -> RepoCache {
        let repo = Repo::model("org/name").unwrap();
        RepoCache::new(&HubSettings::at(folder), &repo)
    }

    #[test]
    fn refs_are_whole_and_lead_to_folders() {
        let root = tempfile::tempdir().unwrap();
        let cache = cache(root.path());
        assert_eq!(cache.commit_of("main"), None);
        assert_eq!(cache.commit_of(COMMIT).as_deref(), Some(COMMIT));
        cache.keep_ref("refs/pr/1", COMMIT);
        assert_eq!(cache.commit_of("refs/pr/1").as_deref(), Some(COMMIT));
        assert!(cache.snapshot(COMMIT).is_dir());
        let refs = root.path().join("models--org--name/refs");
        // Half of one is none.
        fs::write(refs.join("main"), &COMMIT[..20]).unwrap();
        assert_eq!(cache.commit_of("main"), None);
        fs::write(refs.join("main"), "../../../etc").unwrap();
        assert_eq!(cache.commit_of("main"), None);
    }

    #[test]
    fn what_is_not_there_is_remembered() {
        let root = tempfile::tempdir().unwrap();
        let cache = cache(root.path());
        assert!(!cache.is_absent(COMMIT, "a/b.json"));
        cache.mark_absent(COMMIT, "a/b.json");
        assert!(cache.is_absent(COMMIT, "a/b.json"));
        assert!(!cache.is_absent(COMMIT, "a"));
    }

    #[test]
    fn files_stay_in_their_folder() {
        for name in ["config.json", "a/b.c", ".gitattributes"] {
            assert!(is_file_name(name), "{name}");
        }
        for name in ["", "/a", "../a", "a/../b", "a//b", "a\\b", "a\0", "a/."] {
            assert!(!is_file_name(name), "{name}");
        }
    }
}
