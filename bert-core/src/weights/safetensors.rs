//! The safetensors format, memory-mapped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use safetensors::{Dtype, SafeTensors};

use super::map::map_file;
use super::{StoredType, TensorInfo, TensorSource, WeightsError};

/// One `.safetensors` file.
pub struct SafetensorsSource {
    path: PathBuf,
    map: Mmap,
    tensors: BTreeMap<String, TensorInfo>,
}

impl SafetensorsSource {
    /// Maps the file and reads its header.
    ///
    /// # Errors
    /// When it cannot be opened, or its header and length do not fit together.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        let map = map_file(path)?;
        let header = SafeTensors::deserialize(&map).map_err(|e| damaged(path, e))?;
        let tensors = header
            .iter()
            .map(|(name, view)| {
                let info = TensorInfo {
                    shape: view.shape().to_vec(),
                    dtype: stored_type(view.dtype()),
                };
                (name.to_owned(), info)
            })
            .collect();
        Ok(Self {
            path: path.to_path_buf(),
            map,
            tensors,
        })
    }
}

impl TensorSource for SafetensorsSource {
    fn tensors(&self) -> &BTreeMap<String, TensorInfo> {
        &self.tensors
    }

    fn read(&self, name: &str) -> Result<Vec<f32>, WeightsError> {
        let header = SafeTensors::deserialize(&self.map).map_err(|e| damaged(&self.path, e))?;
        let view = header.tensor(name).map_err(|_| WeightsError::NoTensor {
            path: self.path.clone(),
            name: name.to_owned(),
        })?;
        stored_type(view.dtype())
            .to_f32(view.data())
            .ok_or_else(|| WeightsError::NotFloat {
                path: self.path.clone(),
                name: name.to_owned(),
            })
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

fn stored_type(dtype: Dtype) -> StoredType {
    match dtype {
        Dtype::F64 => StoredType::F64,
        Dtype::F32 => StoredType::F32,
        Dtype::F16 => StoredType::F16,
        Dtype::BF16 => StoredType::BF16,
        _ => StoredType::Other,
    }
}

fn damaged(path: &Path, error: safetensors::SafeTensorError) -> WeightsError {
    WeightsError::Damaged {
        path: path.to_path_buf(),
        reason: error.to_string(),
    }
}
