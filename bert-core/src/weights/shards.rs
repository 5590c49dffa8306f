//! Weights in one file or in several that an index ties together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::pytorch::PytorchSource;
use super::tensorflow::TensorflowSource;
use super::wrapped::unwrap;
use super::{SafetensorsSource, TensorInfo, TensorSource, WeightsError};

/// Opens a weights file of any kind in [`WEIGHTS_FILES`](super::WEIGHTS_FILES), by its name:
/// `.safetensors`, `.bin`, an index (`.index.json`) of either, or the `.index` of a TensorFlow
/// checkpoint.
///
/// Names that were saved with `module.`, `_orig_mod.`, `model.` or the like before all of them are
/// without it here; see [`TensorSource::left_out_of_names`].
///
/// # Errors
/// When it cannot be read, or is not what its name says.
pub fn open(path: &Path) -> Result<Box<dyn TensorSource>, WeightsError> {
    open_as_stored(path).map(unwrap)
}

/// The same, with the names that are in the file.
fn open_as_stored(path: &Path) -> Result<Box<dyn TensorSource>, WeightsError> {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    if name.ends_with(".index.json") {
        Ok(Box::new(ShardedSource::open(path)?))
    } else if name.ends_with(".safetensors") {
        Ok(Box::new(SafetensorsSource::open(path)?))
    } else if name.ends_with(".index") {
        Ok(Box::new(TensorflowSource::open(path)?))
    } else {
        Ok(Box::new(PytorchSource::open(path)?))
    }
}

/// The files that an index names, as one source.
pub struct ShardedSource {
    path: PathBuf,
    shards: Vec<Box<dyn TensorSource>>,
    tensors: BTreeMap<String, TensorInfo>,
    shard_of: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl ShardedSource {
    /// Reads the index and opens every shard that it names.
    ///
    /// # Errors
    /// When the index is not one, a shard is missing or damaged, or lacks a tensor that the index
    /// says it has.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        let damaged = |reason| WeightsError::Damaged {
            path: path.to_path_buf(),
            reason,
        };
        let index: Index =
            crate::json::read(path).map_err(|error| WeightsError::no_json(path, error))?;

        let folder = path.parent().unwrap_or(Path::new("."));
        let mut number_of = BTreeMap::new();
        let mut shards: Vec<Box<dyn TensorSource>> = Vec::new();
        let mut tensors = BTreeMap::new();
        let mut shard_of = BTreeMap::new();
        for (tensor, file) in index.weight_map {
            if Path::new(&file).components().count() != 1 || file.ends_with(".index.json") {
                return Err(damaged(format!(
                    "shard `{file}` is not the name of a weights file"
                )));
            }
            let number = match number_of.get(&file) {
                Some(&number) => number,
                None => {
                    shards.push(open_as_stored(&folder.join(&file))?);
                    number_of.insert(file.clone(), shards.len() - 1);
                    shards.len() - 1
                }
            };
            let info = shards[number].tensors().get(&tensor).cloned();
            let info = info.ok_or_else(|| damaged(format!("`{tensor}` is not in {file}")))?;
            tensors.insert(tensor.clone(), info);
            shard_of.insert(tensor, number);
        }
        Ok(Self {
            path: path.to_path_buf(),
            shards,
            tensors,
            shard_of,
        })
    }
}

impl TensorSource for ShardedSource {
    fn tensors(&self) -> &BTreeMap<String, TensorInfo> {
        &self.tensors
    }

    fn read(&self, name: &str) -> Result<Vec<f32>, WeightsError> {
        match self.shard_of.get(name) {
            Some(&number) => self.shards[number].read(name),
            None => Err(WeightsError::NoTensor {
                path: self.path.clone(),
                name: name.to_owned(),
            }),
        }
    }

    fn path(&self) -> &Path {
        &self.path
    }
}
