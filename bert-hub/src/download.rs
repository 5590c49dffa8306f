//! A file's content, from the hub into the cache.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::checksum::Checksum;
use crate::client::{Fault, Method, Url};
use crate::error::HubError;
use crate::event::HubEvent;
use crate::metadata::FileMetadata;
use crate::snapshot::Snapshot;

/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

impl Snapshot<'_> {
    /// The path of a file, whose content is fetched where the cache has none.
    pub(crate) fn fetch(&self, name: &str, metadata: &FileMetadata) -> Result<PathBuf, HubError> {
        let FileMetadata { commit, etag, .. } = metadata;
        if let Some(path) = self.cache.file(commit, name) {
            return Ok(path);
        }
        self.cache.make_folders(commit, name)?;
        let lock = self.cache.lock(etag, &|is_long| {
            if is_long {
                let file = name.to_owned();
                self.hub.tell(&HubEvent::Waiting { file });
            }
            self.hub.check_stop()
        })?;
        let blob = self.cache.blob(etag);
        // Whoever was waited for may have fetched it.
        if let Some(path) = self.cache.file(commit, name) {
            return Ok(path);
        }
        let is_whole = blob.metadata().is_ok_and(|blob| {
            blob.is_file() && metadata.size.is_none_or(|size| size == blob.len())
        });
        if is_whole {
            return self.cache.link(etag, commit, name, false);
        }
        let partial = self.cache.incomplete(etag, lock.is_enforced());
        let download = Download {
            snapshot: self,
            name,
            metadata,
            partial: &partial,
        };
        let done = self.hub.watched(|| download.run());
        if done.is_err() && !lock.is_enforced() {
            // Nobody would find it again.
            let _ = std::fs::remove_file(&partial);
        }
        let size = done?;
        std::fs::rename(&partial, &blob).map_err(HubError::disk("rename to", &blob))?;
        let path = self.cache.link(etag, commit, name, true)?;
        let file = name.to_owned();
        self.hub.tell(&HubEvent::Downloaded { file, size });
        Ok(path)
    }
}

/// One that is going on.
struct Download<'a> {
    snapshot: &'a Snapshot<'a>,
    name: &'a str,
    metadata: &'a FileMetadata,
    partial: &'a Path,
}

/// What has come so far.
struct Partial {
    file: File,
    have: u64,
    sum: Checksum,
}

/// How a try ended before its end.
enum End {
    /// It may be otherwise in a moment.
    Fault(Fault),
    /// It will not.
    Error(HubError),
}

impl Download<'_> {
    /// Fetches what is missing, checks the whole, and says how large it is.
    fn run(&self) -> Result<u64, HubError> {
        let mut partial = self.open()?;
        let mut is_second = false;
        loop {
            self.complete(&mut partial)?;
            let (size, sum) = (
                partial.have,
                std::mem::replace(&mut partial.sum, Checksum::Unknown),
            );
            let fault = match (self.metadata.size, sum.finish()) {
                (Some(expected), _) if expected != size => {
                    Some(("size", size.to_string(), expected.to_string()))
                }
                (_, Some(found)) if !found.eq_ignore_ascii_case(&self.metadata.etag) => {
                    Some(("checksum", found, self.metadata.etag.clone()))
                }
                _ => None,
            };
            let Some((what, found, expected)) = fault else {
                partial.file.sync_all().map_err(self.disk())?;
                return Ok(size);
            };
            // What an earlier process has left may have been wrong from the start.
            self.restart(&mut partial)?;
            if is_second {
                let _ = std::fs::remove_file(self.partial);
                let file = self.name.to_owned();
                return Err(HubError::Damaged {
                    file,
                    what,
                    found,
                    expected,
                });
            }
            is_second = true;
        }
    }

    /// What an earlier process has left, or nothing.
    fn open(&self) -> Result<Partial, HubError> {
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut partial = Partial {
            file: options.open(self.partial).map_err(self.disk())?,
            have: 0,
            sum: self.checksum(),
        };
        let length = partial.file.metadata().map_err(self.disk())?.len();
        let fits = self.metadata.size.is_some_and(|size| length <= size);
        if !fits || matches!(partial.sum, Checksum::Unknown) {
            self.restart(&mut partial)?;
        } else {
            let mut chunk = vec![0; CHUNK];
            loop {
                match partial.file.read(&mut chunk).map_err(self.disk())? {
                    0 => break,
                    count => partial.take(&chunk[..count]),
                }
                self.snapshot.hub.check_stop()?;
            }
        }
        self.check_room(partial.have)?;
        Ok(partial)
    }

    fn checksum(&self) -> Checksum {
        Checksum::for_etag(&self.metadata.etag, self.metadata.size)
    }

    fn restart(&self, partial: &mut Partial) -> Result<(), HubError> {
        partial.file.set_len(0).map_err(self.disk())?;
        partial.file.seek(SeekFrom::Start(0)).map_err(self.disk())?;
        (partial.have, partial.sum) = (0, self.checksum());
        Ok(())
    }

    /// Asks again and again, as long as something comes.
    fn complete(&self, partial: &mut Partial) -> Result<(), HubError> {
        let hub = self.snapshot.hub;
        let (mut tries, mut url) = (0, self.metadata.location.clone());
        while self.metadata.size != Some(partial.have) || partial.have == 0 {
            let before = partial.have;
            let fault = match self.go_on(&url, partial) {
                Ok(()) => return Ok(()),
                Err(End::Error(error)) => return Err(error),
                Err(End::Fault(fault)) => fault,
            };
            hub.check_stop()?;
            if partial.have > before {
                tries = 0;
            }
            tries += 1;
            // The way from the hub: what it leads to is good for a while only, and may have expired
            // while it was used.
            let again = self.snapshot.resolve_url(self.name)?;
            let has_expired = matches!(fault.status(), Some(401 | 403 | 404)) && again != url;
            match hub.client.wait_before(tries, &fault) {
                Some(after) => hub.wait(&fault.in_words(), after)?,
                None if has_expired => {}
                None if fault.may_pass() && fault.status().is_none() => {
                    return Err(HubError::Broken {
                        file: self.name.to_owned(),
                        why: fault.in_words(),
                        tries,
                        have: partial.have,
                    });
                }
                None => return Err(fault.into_error(&self.snapshot.wanted(Some(self.name)), tries)),
            }
            url = again;
        }
        Ok(())
    }

    /// One request: all that comes of it goes into the file.
    fn go_on(&self, url: &Url, partial: &mut Partial) -> Result<(), End> {
        let hub = self.snapshot.hub;
        let from = partial.have;
        let answer = hub.client.follow(Method::Get { from }, url, |_, _| false);
        let answer = answer.map_err(End::Fault)?;
        // All of it is there, or more than there should be: it is looked at from the start.
        if answer.status() == 416 && from > 0 {
            self.restart(partial).map_err(End::Error)?;
            return Err(End::Fault(Fault::cut(url)));
        }
        let answer = answer.check().map_err(End::Fault)?;
        if answer.is_page() && !self.name.ends_with(".html") {
            let what = "a web page (HTML) came instead of a file".to_owned();
            return Err(End::Fault(Fault::not_the_hub(answer.url(), what)));
        }
        let begins_at = match answer.status() {
            206 => answer.header("Content-Range").and_then(range_start),
            _ => Some(0),
        };
        if begins_at != Some(from) {
            self.restart(partial).map_err(End::Error)?;
            if begins_at != Some(0) {
                return Err(End::Fault(Fault::cut(url)));
            }
        }
        let mut body = answer.into_body();
        let mut chunk = vec![0; CHUNK];
        loop {
            hub.check_stop().map_err(End::Error)?;
            let count = match body.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(End::Fault(Fault::broken(url, &error))),
            };
            let written = partial.file.write_all(&chunk[..count]).map_err(self.disk());
            written.map_err(End::Error)?;
            partial.take(&chunk[..count]);
            hub.tell(&HubEvent::Downloading {
                file: self.name.to_owned(),
                done: partial.have,
                total: self.metadata.size,
            });
            // More than there should be is seen at once.
            if self.metadata.size.is_some_and(|size| partial.have > size) {
                break;
            }
        }
        match self.metadata.size {
            Some(size) if partial.have < size => Err(End::Fault(Fault::cut(url))),
            _ => Ok(()),
        }
    }

    /// A fault of the disk, with how much room was needed.
    fn disk(&self) -> impl FnOnce(std::io::Error) -> HubError {
        let (size, path) = (
            self.metadata.size.unwrap_or_default(),
            self.partial.to_path_buf(),
        );
        let error = HubError::disk("write", self.partial);
        move |source| match error(source) {
            HubError::Full { path, .. } => HubError::Full {
                needed: size,
                free: free(&path),
                path,
            },
            HubError::Disk { action, source, .. } => HubError::Disk {
                action,
                path,
                source,
            },
            other => other,
        }
    }

    /// Fails before the first byte where the disk has no room for the last one.
    fn check_room(&self, have: u64) -> Result<(), HubError> {
        let missing = self.metadata.size.unwrap_or_default().saturating_sub(have);
        match free(self.partial) {
            Some(free) if free < missing => Err(HubError::Full {
                path: self.partial.to_path_buf(),
                needed: missing,
                free: Some(free),
            }),
            _ => Ok(()),
        }
    }
}

impl Partial {
    fn take(&mut self, bytes: &[u8]) {
        self.sum.update(bytes);
        self.have += bytes.len() as u64;
    }
}

/// The first byte of `bytes 10-99/100`.
fn range_start(range: &str) -> Option<u64> {
    let range = range.trim().strip_prefix("bytes")?.trim_start();
    range.split('-').next()?.parse().ok()
}

/// Bytes that this user may still write beside a file.
#[cfg(unix)]
fn free(path: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(path.parent()?).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

/// Not asked there.
#[cfg(not(unix))]
fn free(_path: &Path) -> Option<u64> {
    None
}
