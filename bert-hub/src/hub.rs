//! Files by the name of their repository.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cache::{RepoCache, is_file_name};
use crate::client::{Answer, Client, Fault, Method, Url, Wanted, quoted};
use crate::error::HubError;
use crate::event::HubEvent;
use crate::listing::{Listing, nearest};
use crate::repo::{Repo, is_commit};
use crate::settings::HubSettings;

/// Between two looks whether somebody wants it to end.
const GLANCE: Duration = Duration::from_millis(50);

/// The hub with its cache. It is asked from one thread at a time or from several.
pub struct Hub {
    pub(crate) settings: HubSettings,
    pub(crate) client: Client,
    stop: Arc<dyn Fn() -> bool + Send + Sync>,
    tell: Arc<dyn Fn(&HubEvent) + Send + Sync>,
}

impl Hub {
    /// Asks nobody yet.
    ///
    /// # Errors
    /// When the endpoint is no address.
    pub fn new(settings: HubSettings) -> Result<Self, HubError> {
        Ok(Self {
            client: Client::new(&settings)?,
            settings,
            stop: Arc::new(|| false),
            tell: Arc::new(|_| {}),
        })
    }

    /// With somebody who may end it: a download stops soon after `stop` returns true, and what has
    /// come is kept.
    #[must_use]
    pub fn with_stop(mut self, stop: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.stop = Arc::new(stop);
        self
    }

    /// With somebody who is told what happens.
    #[must_use]
    pub fn with_observer(mut self, tell: impl Fn(&HubEvent) + Send + Sync + 'static) -> Self {
        self.tell = Arc::new(tell);
        self
    }

    /// What it works by.
    pub fn settings(&self) -> &HubSettings {
        &self.settings
    }

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

    pub(crate) fn tell(&self, event: &HubEvent) {
        (self.tell)(event);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        (self.stop)()
    }

    pub(crate) fn check_stop(&self) -> Result<(), HubError> {
        match self.is_stopped() {
            true => Err(HubError::Stopped),
            false => Ok(()),
        }
    }

    /// Says that something is tried again, and waits for that.
    pub(crate) fn wait(&self, why: &str, after: Duration) -> Result<(), HubError> {
        self.check_stop()?;
        let why = why.to_owned();
        self.tell(&HubEvent::Retrying { why, after });
        let until = Instant::now() + after;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            std::thread::sleep(left.min(GLANCE));
            self.check_stop()?;
        }
        Ok(())
    }

    /// Does something that blocks; its connections are closed as soon as somebody wants it to end.
    pub(crate) fn watched<T>(
        &self,
        work: impl FnOnce() -> Result<T, HubError>,
    ) -> Result<T, HubError> {
        let done = std::sync::atomic::AtomicBool::new(false);
        let result = std::thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Acquire) {
                    if self.is_stopped() {
                        self.client.shut_down();
                        return;
                    }
                    std::thread::park_timeout(GLANCE);
                }
            });
            let result = work();
            done.store(true, std::sync::atomic::Ordering::Release);
            watcher.thread().unpark();
            result
        });
        match result {
            // What it ended with is what a closed connection looks like.
            Err(_) if self.is_stopped() => Err(HubError::Stopped),
            result => result,
        }
    }
}

/// What the hub says of a file.
pub(crate) struct FileMetadata {
    pub commit: String,
    pub etag: String,
    pub size: Option<u64>,
    /// Where its content is.
    pub location: Url,
}

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
        let (hub, repo) = (self.hub, self.at_commit());
        let event = HubEvent::Asking {
            file: name.to_owned(),
        };
        hub.tell(&event);
        let path = format!(
            "{}/resolve/{}/{}",
            repo.url_path(),
            quoted(repo.revision(), false),
            quoted(name, true)
        );
        let url = hub.client.url(&path)?;
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

/// Asks what a file is. A redirect to another host is the answer if it says which commit.
fn head(client: &Client, url: &Url) -> Result<FileMetadata, Fault> {
    let commit = |answer: &Answer| answer.header("X-Repo-Commit").map(str::to_owned);
    let answer = client.follow(Method::Head, url, |target, answer| {
        !target.is_same_origin(answer.url()) && commit(answer).is_some()
    })?;
    let answer = answer.check()?;
    let fault = |what: &str| Fault::not_the_hub(answer.url(), what.to_owned());
    let Some(commit) = commit(&answer) else {
        return Err(fault(match answer.is_page() {
            true => "a web page (HTML) came instead of a file",
            false => "it does not say which commit the file is of (X-Repo-Commit)",
        }));
    };
    let etag = answer
        .header("X-Linked-Etag")
        .or_else(|| answer.header("ETag"));
    let etag = etag.map(|etag| etag.trim().trim_start_matches("W/").trim_matches('"'));
    let Some(etag) = etag.filter(|etag| is_file_name(etag) && !etag.contains('/')) else {
        return Err(fault("it does not say what the file is (ETag)"));
    };
    if !is_commit(&commit) {
        return Err(fault("the commit that it names is none"));
    }
    let target = answer.leads_to();
    let own_size = || match target {
        None => answer.number("Content-Length"),
        Some(_) => None,
    };
    Ok(FileMetadata {
        etag: etag.to_owned(),
        size: answer.number("X-Linked-Size").or_else(own_size),
        location: match &target {
            Some(Some(target)) => target.clone(),
            _ => answer.url().clone(),
        },
        commit,
    })
}
