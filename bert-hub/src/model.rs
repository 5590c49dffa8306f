//! The files of a model, and no others.

use std::path::PathBuf;

use crate::error::HubError;
use crate::hub::Hub;
use crate::repo::Repo;
use crate::snapshot::Snapshot;

/// Configurations, of which the first that there is is meant.
const CONFIGS: [&str; 2] = ["config.json", "bert_config.json"];

/// What a tokenizer can be made of, each needed as far as it is there.
const TOKENIZER: [&str; 5] = [
    "tokenizer.json",
    "vocab.txt",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
];

/// Weights, of which the first that there are are meant: a file, or an index that names shards.
const WEIGHTS: [&str; 4] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
];

/// What is said of it: its licence and its languages, which the cards of its children repeat.
const CARD: &str = "README.md";

/// A model in the cache.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchedModel {
    /// Its name, as it was asked for.
    pub id: String,
    /// Its commit.
    pub commit: String,
    /// The folder with its files.
    pub folder: PathBuf,
}

impl FetchedModel {
    /// `NAME@COMMIT`: what the same files can be had by again.
    pub fn origin(&self) -> String {
        format!("{}@{}", self.id, self.commit)
    }
}

/// Brings the files of a model into the cache: its configuration, what its tokenizer is made of,
/// its card, and its weights, safetensors before PyTorch's before TensorFlow's.
///
/// # Errors
/// When one that is needed cannot be had.
pub fn fetch_model(hub: &Hub, repo: &Repo) -> Result<FetchedModel, HubError> {
    fetch(hub, repo, true)
}

/// [`fetch_model`] without its weights: for whoever cuts texts, or begins with fresh ones.
///
/// # Errors
/// As `fetch_model`.
pub fn fetch_model_without_weights(hub: &Hub, repo: &Repo) -> Result<FetchedModel, HubError> {
    fetch(hub, repo, false)
}

fn fetch(hub: &Hub, repo: &Repo, with_weights: bool) -> Result<FetchedModel, HubError> {
    let mut files = hub.snapshot(repo);
    let mut configs = CONFIGS.iter();
    let has_config = configs.try_fold(false, |found, name| match found {
        true => Ok(true),
        false => Ok(find(&mut files, name)?.is_some()),
    });
    if !has_config? {
        return Err(no_model(&mut files, "configuration (config.json)"));
    }
    let mut has_tokenizer = false;
    for name in TOKENIZER {
        let found = find(&mut files, name)?.is_some();
        has_tokenizer |= found && matches!(name, "tokenizer.json" | "vocab.txt");
    }
    if !has_tokenizer {
        return Err(no_model(
            &mut files,
            "vocabulary (tokenizer.json or vocab.txt)",
        ));
    }
    find(&mut files, CARD)?;
    if with_weights && !has_weights(&mut files)? {
        let missing = "weights (model.safetensors, pytorch_model.bin, a TensorFlow checkpoint)";
        return Err(no_model(&mut files, missing));
    }
    let (Some(folder), Some(commit)) = (files.folder(), files.commit()) else {
        return Err(no_model(&mut files, "files"));
    };
    Ok(FetchedModel {
        id: repo.id().to_owned(),
        commit: commit.to_owned(),
        folder,
    })
}

/// A file that may be missing. What the cache says nothing about is missing where nobody is asked:
/// Python fetches other files of the same model.
fn find(files: &mut Snapshot<'_>, name: &str) -> Result<Option<PathBuf>, HubError> {
    match files.find(name) {
        Err(HubError::Offline { .. }) if files.commit().is_some() && !CONFIGS.contains(&name) => {
            Ok(None)
        }
        found => found,
    }
}

fn has_weights(files: &mut Snapshot<'_>) -> Result<bool, HubError> {
    for name in WEIGHTS {
        let Some(path) = find(files, name)? else {
            continue;
        };
        if name.ends_with(".index.json") {
            for shard in shards(&path)? {
                files.file(&shard)?;
            }
        }
        return Ok(true);
    }
    has_checkpoint(files)
}

/// The files that an index of weights names.
fn shards(index: &std::path::Path) -> Result<Vec<String>, HubError> {
    let text = std::fs::read(index).map_err(HubError::disk("read", index))?;
    let index: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    let map = index
        .get("weight_map")
        .and_then(serde_json::Value::as_object);
    let names = map.into_iter().flat_map(|map| map.values());
    let mut names: Vec<String> = names
        .filter_map(|name| Some(name.as_str()?.to_owned()))
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// The files of a TensorFlow checkpoint: one that is called as Google's are, or the only one.
fn has_checkpoint(files: &mut Snapshot<'_>) -> Result<bool, HubError> {
    let all = files.files()?;
    let mut found = all
        .iter()
        .filter(|name| name.ends_with(".index") && !name.contains('/'));
    let released = all.iter().find(|name| *name == "bert_model.ckpt.index");
    let Some(index) = released.or_else(|| found.next()) else {
        return Ok(false);
    };
    let stem = index.trim_end_matches("index");
    for name in all.iter().filter(|name| name.starts_with(stem)) {
        files.file(name)?;
    }
    Ok(true)
}

fn no_model(files: &mut Snapshot<'_>, missing: &'static str) -> HubError {
    let found = match files.files() {
        Ok(found) if found.is_empty() => "no files".to_owned(),
        Ok(found) => found.join(", "),
        Err(error) => return error,
    };
    HubError::NoModel {
        id: files.repo().id().to_owned(),
        missing,
        found,
    }
}
