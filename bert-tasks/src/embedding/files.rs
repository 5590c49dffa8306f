//! The files of sentence-transformers, written and listed.

use std::path::{Path, PathBuf};

use bert_core::backend::BertBackend;
use bert_core::files::{FileError, replace_files};
use serde_json::{Value, json};

use super::config::{EmbeddingModule, MODULES, SETTINGS, TRANSFORMER, WHOLE, entries, inside};
use super::dense::Dense;
use super::{EmbeddingConfig, EmbeddingError, ModulesError, Pooling, PoolingMode};

/// Where versions from 2 on find the classes; versions from 5 on, too, which have others.
const CLASSES: &str = "sentence_transformers.models";

/// The files of a folder, by their paths within it, that sentence-transformers needs beside those
/// of `transformers`: none where there is no `modules.json`.
///
/// # Errors
/// When `modules.json` is wrong, or a folder cannot be read.
pub fn module_files(folder: &Path) -> Result<Vec<PathBuf>, EmbeddingError> {
    let mut files = vec![PathBuf::from(MODULES), PathBuf::from(WHOLE)];
    for entry in entries(folder)?.unwrap_or_default() {
        let path = inside(&entry.path).ok_or_else(|| {
            let reason = format!("the path {:?} leads out of the folder", entry.path);
            ModulesError::unsupported(&folder.join(MODULES), reason)
        })?;
        let inner = folder.join(path);
        if path.as_os_str().is_empty() {
            files.push(PathBuf::from(TRANSFORMER));
        } else if inner.is_dir() {
            let listed = std::fs::read_dir(&inner).map_err(FileError::at("list", &inner))?;
            for file in listed {
                let file = file.map_err(FileError::at("list", &inner))?;
                files.push(path.join(file.file_name()));
            }
        }
    }
    files.sort();
    files.retain(|file| folder.join(file).is_file());
    match files.contains(&PathBuf::from(MODULES)) {
        true => Ok(files),
        false => Ok(Vec::new()),
    }
}

/// Writes the folders of the modules behind the encoder, and returns what `modules.json` says.
pub(super) fn write_modules<B: BertBackend>(
    folder: &Path,
    config: &EmbeddingConfig,
    dense: &[Dense<B>],
    hidden_size: usize,
) -> Result<Value, EmbeddingError> {
    let mut list = vec![entry(0, "", "Transformer")];
    let mut dense = dense.iter();
    let mut write =
        |number: usize, kind: &str, settings: Option<Value>, layer: Option<&Dense<B>>| {
            let name = format!("{number}_{kind}");
            list.push(entry(number, &name, kind));
            replace_files(
                &folder.join(&name),
                |staging| -> Result<(), EmbeddingError> {
                    if let Some(settings) = settings {
                        write_json(&staging.join(SETTINGS), &settings)?;
                    }
                    Ok(layer.map_or(Ok(()), |layer| layer.write(staging))?)
                },
            )
        };
    write(
        1,
        "Pooling",
        Some(pooling(&config.pooling, hidden_size)),
        None,
    )?;
    for (module, number) in config.modules.iter().zip(2..) {
        match module {
            EmbeddingModule::Normalize => write(number, "Normalize", None, None)?,
            EmbeddingModule::Dense(settings, _) => {
                write(number, "Dense", Some(json!(settings)), dense.next())?;
            }
        }
    }
    Ok(Value::from(list))
}

/// Writes `modules.json` and what is said of the encoder and of the whole into a folder that nobody
/// reads yet.
pub(super) fn write_root(
    folder: &Path,
    config: &EmbeddingConfig,
    max_seq_length: usize,
    modules: &Value,
) -> Result<(), EmbeddingError> {
    let transformer = json!({
        "max_seq_length": max_seq_length,
        "do_lower_case": config.do_lower_case,
    });
    write_json(&folder.join(TRANSFORMER), &transformer)?;
    let whole = json!({
        "prompts": config.prompts,
        "default_prompt_name": config.default_prompt_name,
        "similarity_fn_name": config.similarity,
    });
    write_json(&folder.join(WHOLE), &whole)?;
    write_json(&folder.join(MODULES), modules)
}

fn entry(number: usize, path: &str, kind: &str) -> Value {
    json!({
        "idx": number,
        "name": number.to_string(),
        "path": path,
        "type": format!("{CLASSES}.{kind}"),
    })
}

/// The switches, which all versions know; several modes in an order that switches do not have are
/// `pooling_mode`, which newer ones know.
fn pooling(pooling: &Pooling, hidden_size: usize) -> Value {
    let place = |mode: &PoolingMode| PoolingMode::ALL.iter().position(|other| other == mode);
    let mut settings = serde_json::Map::new();
    if pooling.modes.is_sorted_by(|a, b| place(a) < place(b)) {
        settings.insert("word_embedding_dimension".to_owned(), hidden_size.into());
        for mode in PoolingMode::ALL {
            let is_on = pooling.modes.contains(&mode);
            settings.insert(mode.switch().to_owned(), is_on.into());
        }
    } else {
        settings.insert("embedding_dimension".to_owned(), hidden_size.into());
        settings.insert("pooling_mode".to_owned(), json!(pooling.modes));
    }
    settings.insert("include_prompt".to_owned(), pooling.include_prompt.into());
    Value::Object(settings)
}

fn write_json(path: &Path, value: &Value) -> Result<(), EmbeddingError> {
    let text = format!("{value:#}\n");
    Ok(std::fs::write(path, text).map_err(FileError::at("write", path))?)
}
