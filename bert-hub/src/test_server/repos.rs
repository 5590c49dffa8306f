//! What a server has.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use sha1::{Digest, Sha1};
use sha2::Sha256;

use crate::checksum::hex;

/// Files from this size on are in the other storage, as large files of the hub are.
const LARGE: usize = 8 << 10;

/// A repository at one revision.
#[derive(Clone, Debug, Default)]
pub struct TestRepo {
    /// `models` or `datasets`.
    pub kind: String,
    /// `org/name`.
    pub id: String,
    /// `main`, or another.
    pub revision: String,
    /// Its files.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The token that may read it, where not everybody may.
    pub token: Option<String>,
    /// Access has to be asked for.
    pub is_gated: bool,
}

impl TestRepo {
    /// A model with these files.
    pub fn model(id: &str, files: &[(&str, &[u8])]) -> Self {
        Self::new("models", id, files)
    }

    /// A data set with these files.
    pub fn dataset(id: &str, files: &[(&str, &[u8])]) -> Self {
        Self::new("datasets", id, files)
    }

    fn new(kind: &str, id: &str, files: &[(&str, &[u8])]) -> Self {
        let files = files.iter();
        Self {
            kind: kind.to_owned(),
            id: id.to_owned(),
            revision: "main".to_owned(),
            files: files
                .map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()))
                .collect(),
            ..Self::default()
        }
    }

    /// With all files of a folder.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn with_folder(mut self, folder: &Path) -> io::Result<Self> {
        add_files(folder, "", &mut self.files)?;
        Ok(self)
    }

    /// The commit: another one for other content.
    pub fn commit(&self) -> String {
        let mut sum = Sha1::new();
        for part in [&self.kind, &self.id, &self.revision] {
            sum.update(part);
        }
        for (name, bytes) in &self.files {
            sum.update(name);
            sum.update(Sha256::digest(bytes));
        }
        hex(&sum.finalize())
    }
}

/// Whether a file is in the other storage.
pub(super) fn is_large(bytes: &[u8]) -> bool {
    bytes.len() >= LARGE
}

/// The etag of a file: its SHA-256, or Git's name for small ones.
pub(super) fn etag(bytes: &[u8]) -> String {
    match is_large(bytes) {
        true => hex(&Sha256::digest(bytes)),
        false => blob_id(bytes),
    }
}

/// Git's name of a file.
pub(super) fn blob_id(bytes: &[u8]) -> String {
    let mut sum = Sha1::new();
    sum.update(format!("blob {}\0", bytes.len()));
    sum.update(bytes);
    hex(&sum.finalize())
}

/// All repositories, and the old names of some.
#[derive(Clone, Debug, Default)]
pub struct TestRepos {
    pub(super) repos: Vec<TestRepo>,
    pub(super) renamed: BTreeMap<String, String>,
}

impl TestRepos {
    /// With one more.
    #[must_use]
    pub fn with(mut self, repo: TestRepo) -> Self {
        self.repos.push(repo);
        self
    }

    /// With an old name of one: `bert-base-uncased` of `google-bert/bert-base-uncased`.
    #[must_use]
    pub fn renamed(mut self, old: &str, new: &str) -> Self {
        self.renamed.insert(old.to_owned(), new.to_owned());
        self
    }

    /// Those in a folder; see [`TestServer::of_folder`](super::TestServer::of_folder). A model
    /// `google-bert/x` is also called `x`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of_folder(folder: &Path) -> io::Result<Self> {
        let mut all = Self::default();
        for kind in ["models", "datasets"] {
            for org in folders(&folder.join(kind))? {
                for name in folders(&folder.join(kind).join(&org))? {
                    let path = folder.join(kind).join(&org).join(&name);
                    let (bare, revision) = name.split_once('@').unwrap_or((&name, "main"));
                    let mut repo = TestRepo::new(kind, &format!("{org}/{bare}"), &[]);
                    repo.revision = revision.replace("%2F", "/");
                    if org == "google-bert" {
                        all = all.renamed(bare, &repo.id);
                    }
                    all = all.with(repo.with_folder(&path)?);
                }
            }
        }
        Ok(all)
    }

    /// The repository, and whether it has the revision.
    pub(super) fn find(&self, kind: &str, id: &str, revision: &str) -> Option<Option<&TestRepo>> {
        let mut own = self
            .repos
            .iter()
            .filter(|repo| repo.kind == kind && repo.id == id)
            .peekable();
        own.peek()?;
        Some(own.find(|repo| {
            repo.revision == revision
                || repo.commit() == revision
                || (revision.len() >= 7 && repo.commit().starts_with(revision))
        }))
    }
}

fn folders(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.path().is_dir() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
    }
    names.sort();
    Ok(names)
}

fn add_files(folder: &Path, before: &str, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{before}{}", entry.file_name().to_string_lossy());
        match entry.path().is_dir() {
            true => add_files(&entry.path(), &format!("{name}/"), files)?,
            false => {
                files.insert(name, std::fs::read(entry.path())?);
            }
        }
    }
    Ok(())
}
