//! The files of a model, and no others.

use std::path::{Path, PathBuf};

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

/// What sentence-transformers lists a model's modules in.
const MODULES: &str = "modules.json";

/// What it says of the encoder, and of the whole.
const TRANSFORMER: &str = "sentence_bert_config.json";
const WHOLE: &str = "config_sentence_transformers.json";

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

/// [`fetch_model`] with what sentence-transformers has besides: the list of a model's modules, where
/// there is one, and the settings and weights of each.
///
/// # Errors
/// As `fetch_model`.
pub fn fetch_embedder(hub: &Hub, repo: &Repo) -> Result<FetchedModel, HubError> {
    let mut files = hub.snapshot(repo);
    // Before the list, whose absence could be that of the whole model.
    fetch_config(&mut files, "")?;
    let mut encoder = String::new();
    let modules = match find(&mut files, MODULES)? {
        Some(list) => modules(&list)?,
        None => Vec::new(),
    };
    if !modules.is_empty() {
        find(&mut files, WHOLE)?;
    }
    for module in modules {
        let is_encoder = module.kind.ends_with(".Transformer");
        let names: &[&str] = match is_encoder {
            true => &[TRANSFORMER],
            false => &["config.json", "model.safetensors", "pytorch_model.bin"],
        };
        let folder = match module.path.trim_matches('/') {
            "" => String::new(),
            path => format!("{path}/"),
        };
        for name in names {
            let found = find(&mut files, &format!("{folder}{name}"))?.is_some();
            // Of the two files of weights one is enough.
            if found && *name == "model.safetensors" {
                break;
            }
        }
        if is_encoder {
            encoder = folder;
        }
    }
    fetch_files(&mut files, &encoder, true)?;
    fetched(files)
}

/// A module of `modules.json`.
struct Module {
    path: String,
    kind: String,
}

/// The modules that a list names; what is wrong with it is told by whoever opens the model.
fn modules(list: &Path) -> Result<Vec<Module>, HubError> {
    let text = std::fs::read(list).map_err(HubError::disk("read", list))?;
    let list: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    let text = |module: &serde_json::Value, key: &str| {
        let text = module.get(key).and_then(serde_json::Value::as_str);
        text.map(str::to_owned)
    };
    let modules = list.as_array().into_iter().flatten();
    let module = |module| {
        Some(Module {
            path: text(module, "path")?,
            kind: text(module, "type")?,
        })
    };
    Ok(modules.filter_map(module).collect())
}

fn fetch(hub: &Hub, repo: &Repo, with_weights: bool) -> Result<FetchedModel, HubError> {
    let mut files = hub.snapshot(repo);
    fetch_files(&mut files, "", with_weights)?;
    fetched(files)
}

/// Whether there is a configuration in a folder, which is fetched.
fn fetch_config(files: &mut Snapshot<'_>, folder: &str) -> Result<bool, HubError> {
    for name in CONFIGS {
        if find(files, &format!("{folder}{name}"))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A model's own files, in a folder of the repository or, without one, at its top.
fn fetch_files(files: &mut Snapshot<'_>, folder: &str, with_weights: bool) -> Result<(), HubError> {
    if !fetch_config(files, folder)? {
        return Err(no_model(files, "configuration (config.json)"));
    }
    let mut has_tokenizer = false;
    for name in TOKENIZER {
        let found = find(files, &format!("{folder}{name}"))?.is_some();
        has_tokenizer |= found && matches!(name, "tokenizer.json" | "vocab.txt");
    }
    if !has_tokenizer {
        return Err(no_model(files, "vocabulary (tokenizer.json or vocab.txt)"));
    }
    find(files, CARD)?;
    if with_weights && !has_weights(files, folder)? {
        let missing = "weights (model.safetensors, pytorch_model.bin, a TensorFlow checkpoint)";
        return Err(no_model(files, missing));
    }
    Ok(())
}

fn fetched(mut files: Snapshot<'_>) -> Result<FetchedModel, HubError> {
    let (Some(folder), Some(commit)) = (files.folder(), files.commit()) else {
        return Err(no_model(&mut files, "files"));
    };
    Ok(FetchedModel {
        id: files.repo().id().to_owned(),
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

fn has_weights(files: &mut Snapshot<'_>, folder: &str) -> Result<bool, HubError> {
    for name in WEIGHTS {
        let Some(path) = find(files, &format!("{folder}{name}"))? else {
            continue;
        };
        if name.ends_with(".index.json") {
            for shard in shards(&path)? {
                files.file(&format!("{folder}{shard}"))?;
            }
        }
        return Ok(true);
    }
    match folder {
        "" => has_checkpoint(files),
        _ => Ok(false),
    }
}

/// The files that an index of weights names.
fn shards(index: &Path) -> Result<Vec<String>, HubError> {
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
