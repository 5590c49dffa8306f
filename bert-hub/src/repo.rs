//! Names of repositories, as people type them.

use std::fmt;
use std::path::PathBuf;

use crate::error::HubError;
use crate::kind::RepoKind;

/// The branch that is meant where none is named.
pub(crate) const MAIN: &str = "main";

/// The longest name that the hub gives.
const LONGEST: usize = 96;

/// A repository at a revision: `google-bert/bert-base-uncased`, `bert-base-uncased@v1.0`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Repo {
    kind: RepoKind,
    id: String,
    revision: Option<String>,
}

impl Repo {
    /// A model by `NAME[@REVISION]`: a branch, a tag, a commit, or `refs/pr/1`.
    ///
    /// # Errors
    /// When no repository can be called so.
    pub fn model(name: &str) -> Result<Self, HubError> {
        Self::new(RepoKind::Model, name)
    }

    /// A data set by `NAME[@REVISION]`.
    ///
    /// # Errors
    /// As [`model`](Self::model).
    pub fn dataset(name: &str) -> Result<Self, HubError> {
        Self::new(RepoKind::Dataset, name)
    }

    /// Either by `NAME[@REVISION]`.
    ///
    /// # Errors
    /// As [`model`](Self::model).
    pub fn new(kind: RepoKind, name: &str) -> Result<Self, HubError> {
        let (id, revision) = match name.split_once('@') {
            Some((id, revision)) => (id, Some(revision)),
            None => (name, None),
        };
        let fault = fault_of_id(id).or_else(|| revision.and_then(fault_of_revision));
        match fault {
            Some(why) => Err(HubError::BadName {
                kind,
                name: name.to_owned(),
                why,
            }),
            None => Ok(Self {
                kind,
                id: id.to_owned(),
                revision: revision.map(str::to_owned),
            }),
        }
    }

    /// The same at another revision.
    #[must_use]
    pub(crate) fn at(&self, revision: &str) -> Self {
        Self {
            revision: Some(revision.to_owned()),
            ..self.clone()
        }
    }

    /// What it holds.
    pub fn kind(&self) -> RepoKind {
        self.kind
    }

    /// `google-bert/bert-base-uncased`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The revision that is meant: `main` where none was named.
    pub fn revision(&self) -> &str {
        self.revision.as_deref().unwrap_or(MAIN)
    }

    /// Its folder in the cache: `models--google-bert--bert-base-uncased`.
    pub(crate) fn folder_name(&self) -> PathBuf {
        let name = self.id.replace('/', "--");
        format!("{}--{name}", self.kind.plural()).into()
    }

    /// Its part of an address: `google-bert/bert-base-uncased`, `datasets/nyu-mll/glue`.
    pub(crate) fn url_path(&self) -> String {
        match self.kind {
            RepoKind::Model => self.id.clone(),
            RepoKind::Dataset => format!("datasets/{}", self.id),
        }
    }
}

/// As it was typed.
impl fmt::Display for Repo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)?;
        match &self.revision {
            Some(revision) => write!(f, "@{revision}"),
            None => Ok(()),
        }
    }
}

/// Whether a text is the whole name of a commit.
pub(crate) fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The rules of `validate_repo_id`.
fn fault_of_id(id: &str) -> Option<&'static str> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let parts: Vec<&str> = id.split('/').collect();
    let is_edge =
        |part: &&str| part.is_empty() || part.starts_with(['-', '.']) || part.ends_with(['-', '.']);
    if parts.len() > 2 {
        Some("it has more than one /")
    } else if parts.iter().any(is_edge) {
        Some("its parts may not be empty, nor begin or end with - or .")
    } else if !parts.iter().all(|part| part.chars().all(is_allowed)) {
        Some("it may have letters, digits, -, _ and . only")
    } else if id.contains("--") || id.contains("..") {
        Some("it may not have -- or ..")
    } else if id.len() > LONGEST {
        Some("it is longer than 96 characters")
    } else if id.ends_with(".git") {
        Some("it ends in .git; leave that out")
    } else {
        None
    }
}

/// What cannot be a revision, or would lead out of the cache's folder of revisions.
fn fault_of_revision(revision: &str) -> Option<&'static str> {
    let is_odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '\\' | ':' | '?');
    if revision.is_empty() {
        Some("nothing comes after @")
    } else if revision.contains(is_odd) || revision.split('/').any(is_path_trick) {
        Some("what comes after @ is no branch, tag or commit")
    } else {
        None
    }
}

/// Whether a part of a path is none that a file can be called.
pub(crate) fn is_path_trick(part: &str) -> bool {
    part.is_empty() || part == "." || part == ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_with_their_revision() {
        let repo = Repo::model("google-bert/bert-base-uncased").unwrap();
        assert_eq!(repo.revision(), "main");
        assert_eq!(repo.to_string(), "google-bert/bert-base-uncased");
        let folder = "models--google-bert--bert-base-uncased";
        assert_eq!(repo.folder_name(), PathBuf::from(folder));
        let old = Repo::model("bert-base-uncased@refs/pr/3").unwrap();
        assert_eq!(
            (old.id(), old.revision()),
            ("bert-base-uncased", "refs/pr/3")
        );
        assert_eq!(old.to_string(), "bert-base-uncased@refs/pr/3");
        let data = Repo::dataset("nyu-mll/glue").unwrap();
        assert_eq!(data.url_path(), "datasets/nyu-mll/glue");
        assert_eq!(data.folder_name(), PathBuf::from("datasets--nyu-mll--glue"));
    }

    #[test]
    fn what_is_no_name_says_why() {
        let long = "a".repeat(97);
        for (name, why) in [
            ("", "empty"),
            ("a/b/c", "more than one /"),
            ("../x", "begin"),
            ("/etc", "empty"),
            ("a b", "letters"),
            ("a/b\\c", "letters"),
            ("C:model", "letters"),
            ("a--b", "--"),
            ("a..b", ".."),
            ("a.git", ".git"),
            ("-a", "begin"),
            (long.as_str(), "96"),
            ("a@", "after @"),
            ("a@../../x", "no branch"),
            ("a@/x", "no branch"),
            ("a@b c", "no branch"),
            ("a@x?y", "no branch"),
        ] {
            let message = Repo::model(name).unwrap_err().to_string();
            assert!(message.contains(why), "{name}: {message}");
        }
    }
}
