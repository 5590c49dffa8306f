//! The files of a repository at one commit.

use std::path::PathBuf;

use crate::cache::{RepoCache, is_file_name};
use crate::client::{Url, Wanted, quoted};
use crate::error::HubError;
use crate::event::HubEvent;
use crate::hub::Hub;
use crate::listing::{Listing, nearest};
use crate::metadata::{FileMetadata, head};
use crate::repo::{Repo, is_commit};

/// The files of a repository at one commit, each fetched when it is asked for.
pub struct Snapshot<'a> {
    pub(crate) hub: &'a Hub,
    pub(crate) repo: Repo,
    pub(crate) cache: RepoCache,
    commit: Option<String>,
    /// The hub is not asked, or does not answer.
    is_silent: bool,
}

impl Snapshot<'_> {
    /// Which repository.
    pub fn repo(&self) -> &Repo {
        &self.repo
    }

    /// Which commit, once a file was asked for.
    pub fn commit(&self) -> Option<&str> {
        self.commit.as_deref()
    }

    /// The folder of its files, once one was asked for.
    pub fn folder(&self) -> Option<PathBuf> {
        Some(self.cache.snapshot(self.commit()?))
    }

    /// The path of a file, which is fetched where the cache does not have it.
    ///
    /// # Errors
    /// When it cannot be had; [`HubError::is_no_file`] tells that the repository has none.
    pub fn file(&mut self, name: &str) -> Result<PathBuf, HubError> {
        match self.find(name)? {
            Some(path) => Ok(path),
            None => Err(HubError::NoFile {
                kind: self.repo.kind(),
                id: self.repo.id().to_owned(),
                file: name.to_owned(),
                nearest: match self.files() {
                    Ok(files) => nearest(name, &files),
                    Err(_) => Vec::new(),
                },
            }),
        }
    }

    /// The path of a file that the repository may not have.
    ///
    /// # Errors
    /// When it cannot be known whether it has, or the file cannot be had.
    pub fn find(&mut self, name: &str) -> Result<Option<PathBuf>, HubError> {
        self.hub.check_stop()?;
        if !is_file_name(name) {
            return Ok(None);
        }
        if self.is_silent {
            return self.find_in_cache(name);
        }
        if let Some(commit) = &self.commit {
            if let Some(path) = self.cache.file(commit, name) {
                return Ok(Some(path));
            }
            if self.cache.is_absent(commit, name) {
                return Ok(None);
            }
        }
        match self.ask(name)? {
            Some(metadata) => self.fetch(name, &metadata).map(Some),
            None => Ok(None),
        }
    }

    /// The names of all files of the commit; of those in the cache where the hub is not asked.
    ///
    /// # Errors
    /// When the hub does not list them.
    pub fn files(&mut self) -> Result<Vec<String>, HubError> {
        if !self.is_silent {
            let (hub, repo) = (self.hub, self.at_commit());
            let wait = |why: &str, after| hub.wait(why, after);
            let wanted = self.wanted(None);
            let fetch = || Listing::fetch(&hub.client, &repo, &wanted, &wait);
            match hub.watched(fetch) {
                Ok(listing) => {
                    self.cache.keep_ref(self.repo.revision(), &listing.commit);
                    self.commit = Some(listing.commit);
                    return Ok(listing.files);
                }
                // What was fetched once may be enough.
                Err(error) if error.is_silence() && self.cached_commit().is_some() => {
                    self.fall_silent(error.to_string());
                }
                Err(error) => return Err(error),
            }
        }
        let Some(commit) = self.cached_commit() else {
            return Err(self.offline(None));
        };
        let files = self.cache.files(&commit);
        self.commit = Some(commit);
        Ok(files)
    }

    fn find_in_cache(&mut self, name: &str) -> Result<Option<PathBuf>, HubError> {
        let Some(commit) = self.cached_commit() else {
            return Err(self.offline(Some(name)));
        };
        let found = self.cache.file(&commit, name);
        let is_known = found.is_some() || self.cache.is_absent(&commit, name);
        self.commit = Some(commit);
        match is_known {
            true => Ok(found),
            false => Err(self.offline(Some(name))),
        }
    }

    fn cached_commit(&self) -> Option<String> {
        let known = self.commit.clone();
        known.or_else(|| self.cache.commit_of(self.repo.revision()))
    }

    fn offline(&self, name: Option<&str>) -> HubError {
        HubError::Offline {
            what: name.map_or_else(
                || self.repo.to_string(),
                |name| format!("{name} of {}", self.repo),
            ),
            cache: self.cache.root().to_path_buf(),
        }
    }

    fn fall_silent(&mut self, why: String) {
        self.is_silent = true;
        self.hub.tell(&HubEvent::FromCache { why });
    }

    /// The repository at its commit, where that is known.
    pub(crate) fn at_commit(&self) -> Repo {
        match &self.commit {
            Some(commit) => self.repo.at(commit),
            None => self.repo.clone(),
        }
    }

    /// Where a file is asked for.
    pub(crate) fn resolve_url(&self, name: &str) -> Result<Url, HubError> {
        let repo = self.at_commit();
        let path = format!(
            "{}/resolve/{}/{}",
            repo.url_path(),
            quoted(repo.revision(), false),
            quoted(name, true)
        );
        self.hub.client.url(&path)
    }

    pub(crate) fn wanted<'b>(&'b self, file: Option<&'b str>) -> Wanted<'b> {
        Wanted {
            repo: &self.repo,
            file,
            cache: self.cache.root().to_path_buf(),
            endpoint: self.hub.client.endpoint(),
            has_token: self.hub.client.has_token(),
        }
    }

    /// What the hub says of a file; nothing where the commit has none, and what the cache has
    /// where the hub says nothing.
    fn ask(&mut self, name: &str) -> Result<Option<FileMetadata>, HubError> {
        let hub = self.hub;
        let event = HubEvent::Asking {
            file: name.to_owned(),
        };
        hub.tell(&event);
        let url = self.resolve_url(name)?;
        let cached = self.cached_commit();
        let cached = cached.filter(|commit| self.cache.file(commit, name).is_some());
        let mut silence = None;
        let mut absent = None;
        let result = hub.watched(|| {
            let wait = |why: &str, after| hub.wait(why, after);
            hub.client.again(&self.wanted(Some(name)), &wait, || {
                match head(&hub.client, &url) {
                    Ok(metadata) => Ok(Some(metadata)),
                    Err(fault) if fault.absent_in().is_some_and(is_commit) => {
                        absent = fault.absent_in().map(str::to_owned);
                        Ok(None)
                    }
                    // Nobody waits for what is there.
                    Err(fault) if cached.is_some() && fault.is_silence() => {
                        silence = Some(fault.in_words());
                        Ok(None)
                    }
                    Err(fault) => Err(fault),
                }
            })
        });
        let metadata = result?;
        let commit = match (&metadata, absent, silence) {
            (Some(metadata), _, _) => metadata.commit.clone(),
            (None, Some(commit), _) => {
                self.cache.mark_absent(&commit, name);
                commit
            }
            (None, None, why) => {
                self.commit = cached;
                self.fall_silent(why.unwrap_or_default());
                return self.cached_metadata(name, url).map(Some);
            }
        };
        self.cache.keep_ref(self.repo.revision(), &commit);
        self.commit = Some(commit);
        Ok(metadata)
    }

    /// For a file that is in the cache already.
    fn cached_metadata(&self, name: &str, location: Url) -> Result<FileMetadata, HubError> {
        match &self.commit {
            Some(commit) => Ok(FileMetadata {
                commit: commit.clone(),
                etag: String::new(),
                size: None,
                location,
            }),
            None => Err(self.offline(Some(name))),
        }
    }
}

impl Hub {
    /// The files of a repository at one commit, which the first file that is asked for decides.
    pub fn snapshot(&self, repo: &Repo) -> Snapshot<'_> {
        let commit = Some(repo.revision()).filter(|revision| is_commit(revision));
        Snapshot {
            hub: self,
            cache: RepoCache::new(&self.settings, repo),
            repo: repo.clone(),
            commit: commit.map(str::to_owned),
            is_silent: self.settings.offline,
        }
    }
}
