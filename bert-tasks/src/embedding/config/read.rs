//! The files that modules have, one by one.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use bert_core::json;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::MODULES;
use crate::embedding::{ModulesError, Pooling, PoolingMode};

/// An entry of `modules.json`.
#[derive(Debug, Deserialize)]
pub(in crate::embedding) struct Entry {
    pub(in crate::embedding) path: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
}

#[derive(Debug, Default, Deserialize)]
struct Names {
    module_input_name: Option<String>,
    module_output_name: Option<String>,
}

/// The list of a folder's modules, if there is one.
pub(in crate::embedding) fn entries(folder: &Path) -> Result<Option<Vec<Entry>>, ModulesError> {
    let list = folder.join(MODULES);
    match list.exists() {
        true => read(&list).map(Some),
        false => Ok(None),
    }
}

/// A path that stays within the folder.
pub(in crate::embedding) fn inside(path: &str) -> Option<&Path> {
    let path = Path::new(path);
    let mut parts = path.components();
    let is_inside = parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    (is_inside && !path.to_string_lossy().contains('\\')).then_some(path)
}

/// The class of a module of sentence-transformers, wherever a version has it; of another package
/// nothing that is known.
pub(super) fn kind(name: &str) -> &str {
    match name.starts_with("sentence_transformers.") {
        true => name.rsplit('.').next().unwrap_or(name),
        false => "",
    }
}

pub(super) fn named(kind: &str, name: &str) -> String {
    match kind {
        "" => format!("{name}, which is not of sentence-transformers,"),
        kind => format!("a {kind}"),
    }
}

pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, ModulesError> {
    json::read(path).map_err(|error| ModulesError::Json {
        path: path.to_owned(),
        error,
    })
}

/// The same of a file that need not be there.
pub(super) fn read_optional<T: DeserializeOwned + Default>(path: &Path) -> Result<T, ModulesError> {
    match path.exists() {
        true => read(path),
        false => Ok(T::default()),
    }
}

/// Modules can be told to look at something else than the vectors of texts.
pub(super) fn check_names(path: &Path) -> Result<(), ModulesError> {
    const VECTORS: &str = "sentence_embedding";
    let names: Names = read_optional(path)?;
    let input = names.module_input_name;
    let output = names.module_output_name;
    match input.iter().chain(&output).find(|name| *name != VECTORS) {
        None => Ok(()),
        Some(other) => {
            let reason = format!("it is on {other:?}; only {VECTORS:?} is computed here");
            Err(ModulesError::unsupported(path, reason))
        }
    }
}

/// `pooling_mode` of newer files, a name or a list of them, or the switches of older ones.
pub(super) fn read_pooling(path: &Path) -> Result<Pooling, ModulesError> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "expected one of cls, max, mean, mean_sqrt_len_tokens, weightedmean and lasttoken, \
                     or a list of them"
    )]
    enum Modes {
        One(PoolingMode),
        Several(Vec<PoolingMode>),
    }
    #[derive(Deserialize)]
    struct Settings {
        pooling_mode: Option<Modes>,
        include_prompt: Option<bool>,
        #[serde(flatten)]
        switches: BTreeMap<String, Value>,
    }
    let settings: Settings = read(path)?;
    let is_on = |mode: &PoolingMode| {
        let switch = settings.switches.get(mode.switch());
        switch.and_then(Value::as_bool).unwrap_or(false)
    };
    let modes = match settings.pooling_mode {
        Some(Modes::One(mode)) => vec![mode],
        Some(Modes::Several(modes)) => modes,
        None => {
            let modes: Vec<PoolingMode> = PoolingMode::ALL.into_iter().filter(is_on).collect();
            match modes.is_empty() {
                true => Pooling::default().modes,
                false => modes,
            }
        }
    };
    if modes.is_empty() {
        return Err(ModulesError::unsupported(
            path,
            "pooling_mode is an empty list",
        ));
    }
    Ok(Pooling {
        modes,
        include_prompt: settings.include_prompt.unwrap_or(true),
    })
}
