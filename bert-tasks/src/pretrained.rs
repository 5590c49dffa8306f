//! A model by its name: a folder, or what the Hugging Face Hub calls so.

use std::path::{Path, PathBuf};

use bert_data::Casing;
#[cfg(feature = "hub")]
use bert_hub::FetchedModel;
use serde_json::Value;

use crate::folder::{FolderError, ModelFolder};

/// Where `config.json` says what a model began as.
const ORIGIN: &str = "_name_or_path";

/// Where the files of a model are.
#[derive(Clone, Debug, PartialEq)]
pub struct Pretrained {
    /// The folder with its files.
    pub folder: PathBuf,
    /// `NAME@COMMIT`, of a model of the hub.
    pub origin: Option<String>,
}

impl Pretrained {
    /// Finds a model by its folder, or, where there is none, by its name on the hub:
    /// `NAME[@REVISION]`, in the cache or from where the environment says (feature `hub`).
    ///
    /// # Errors
    /// When a name cannot be had from the hub. A folder is not looked into.
    pub fn find(name: &Path) -> Result<Self, FolderError> {
        match hub_name(name) {
            None => Ok(Self::of_folder(name)),
            Some(name) => Self::of_environment(name),
        }
    }

    /// The same of a hub that is there, without the weights where they are not needed.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    #[cfg(feature = "hub")]
    pub fn find_at(
        name: &Path,
        hub: impl FnOnce() -> Result<bert_hub::Hub, bert_hub::HubError>,
        with_weights: bool,
    ) -> Result<Self, FolderError> {
        match with_weights {
            true => Self::fetch(name, hub, bert_hub::fetch_model),
            false => Self::fetch(name, hub, bert_hub::fetch_model_without_weights),
        }
    }

    #[cfg(feature = "hub")]
    fn fetch(
        name: &Path,
        hub: impl FnOnce() -> Result<bert_hub::Hub, bert_hub::HubError>,
        fetch: fn(&bert_hub::Hub, &bert_hub::Repo) -> Result<FetchedModel, bert_hub::HubError>,
    ) -> Result<Self, FolderError> {
        let Some(name) = hub_name(name) else {
            return Ok(Self::of_folder(name));
        };
        let repo = bert_hub::Repo::model(name);
        let fetched = repo.and_then(|repo| fetch(&hub()?, &repo));
        match fetched {
            Ok(fetched) => Ok(Self {
                origin: Some(fetched.origin()),
                folder: fetched.folder,
            }),
            Err(error) => Err(FolderError::Hub {
                name: name.to_owned(),
                error: Box::new(error),
            }),
        }
    }

    #[cfg(feature = "hub")]
    fn of_environment(name: &str) -> Result<Self, FolderError> {
        let hub = || bert_hub::Hub::new(bert_hub::HubSettings::from_env()?);
        Self::find_at(name.as_ref(), hub, true)
    }

    #[cfg(not(feature = "hub"))]
    fn of_environment(name: &str) -> Result<Self, FolderError> {
        Err(FolderError::NoHub {
            name: name.to_owned(),
        })
    }

    /// [`find`](Self::find), with what sentence-transformers has beside a model's own files.
    ///
    /// # Errors
    /// As `find`.
    pub fn find_embedder(name: &Path) -> Result<Self, FolderError> {
        match hub_name(name) {
            None => Ok(Self::of_folder(name)),
            #[cfg(feature = "hub")]
            Some(_) => {
                let hub = || bert_hub::Hub::new(bert_hub::HubSettings::from_env()?);
                Self::find_embedder_at(name, hub)
            }
            #[cfg(not(feature = "hub"))]
            Some(name) => Self::of_environment(name),
        }
    }

    /// The same of a hub that is there.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    #[cfg(feature = "hub")]
    pub fn find_embedder_at(
        name: &Path,
        hub: impl FnOnce() -> Result<bert_hub::Hub, bert_hub::HubError>,
    ) -> Result<Self, FolderError> {
        Self::fetch(name, hub, bert_hub::fetch_embedder)
    }

    /// The files in a folder within this one.
    #[must_use]
    pub fn within(&self, folder: &Path) -> Self {
        let inner = match folder.as_os_str().is_empty() {
            true => self.folder.clone(),
            false => self.folder.join(folder),
        };
        Self {
            folder: inner,
            origin: self.origin.clone(),
        }
    }

    /// A folder, whatever its name.
    pub fn of_folder(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            origin: None,
        }
    }

    /// Reads configuration and tokenizer. The configuration says where a model of the hub is from
    /// (`_name_or_path`), and so does every model that comes of it.
    ///
    /// # Errors
    /// See [`ModelFolder::open_as`].
    pub fn open(&self, casing: Option<Casing>) -> Result<ModelFolder, FolderError> {
        let mut opened = ModelFolder::open_as(&self.folder, casing)?;
        if let Some(origin) = &self.origin {
            let origin = Value::from(origin.as_str());
            opened.config.extra.insert(ORIGIN.to_owned(), origin);
        }
        Ok(opened)
    }
}

impl ModelFolder {
    /// Opens a model by its folder or its name ([`Pretrained::find`]), and says where its files
    /// are.
    ///
    /// # Errors
    /// See [`Pretrained::find`] and [`open`](Self::open).
    pub fn from_pretrained(name: impl AsRef<Path>) -> Result<(Self, PathBuf), FolderError> {
        let found = Pretrained::find(name.as_ref())?;
        Ok((found.open(None)?, found.folder))
    }
}

/// What could be a name on the hub, where nothing on this disk is called so: `NAME` or `ORG/NAME`,
/// perhaps with `@REVISION`.
pub fn hub_name(name: &Path) -> Option<&str> {
    let text = name.to_str()?;
    let id = text.split('@').next().unwrap_or(text);
    let parts: Vec<&str> = id.split('/').collect();
    let is_part = |part: &&str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    let is_name = parts.len() <= 2 && parts.iter().all(is_part);
    (is_name && name.symlink_metadata().is_err()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_no_path_is() {
        for name in [
            "bert-base-uncased",
            "google-bert/bert-base-uncased",
            "a/b@refs/pr/1",
        ] {
            assert_eq!(hub_name(name.as_ref()), Some(name));
        }
        let here = env!("CARGO_MANIFEST_DIR");
        for path in [
            here, "/no/such", "./model", "../a", "a/b/c", "a/", "a\\b", "C:a", "", "src",
        ] {
            assert_eq!(hub_name(path.as_ref()), None, "{path}");
        }
    }

    #[test]
    fn a_folder_goes_first_and_is_opened_as_it_is() {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../bert-core/tests/fixtures/tiny-bert"
        );
        let (opened, found) = ModelFolder::from_pretrained(folder).unwrap();
        assert_eq!(found, Path::new(folder));
        let named = Pretrained {
            origin: Some("a/b@c".to_owned()),
            ..Pretrained::of_folder(&found)
        };
        let named = named.open(None).unwrap();
        assert_eq!(named.config.extra[ORIGIN], "a/b@c");
        assert_ne!(
            opened.config.extra.get(ORIGIN),
            named.config.extra.get(ORIGIN)
        );
    }

    #[test]
    #[cfg(not(feature = "hub"))]
    fn without_the_feature_a_name_says_what_to_build() {
        let error = Pretrained::find("no-org/no-model".as_ref()).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("no folder no-org/no-model"), "{message}");
        assert!(message.contains("feature hub"), "{message}");
    }
}
