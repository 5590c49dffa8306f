//! The safetensors format, memory-mapped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use safetensors::{Dtype, SafeTensorError, SafeTensors};

use super::map::map_file;
use super::{StoredType, TensorInfo, TensorSource, WeightsError};
use crate::foreign::Foreign;

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
        let header = SafeTensors::deserialize(&map).map_err(|e| unreadable(path, &map, &e))?;
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
        let header = SafeTensors::deserialize(&self.map)
            .map_err(|e| unreadable(&self.path, &self.map, &e))?;
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

/// The most bytes that the format allows for a header.
const MAX_HEADER_BYTES: u64 = 100_000_000;

fn unreadable(path: &Path, bytes: &[u8], error: &SafeTensorError) -> WeightsError {
    let len = bytes.len() as u64;
    let needed = needed_bytes(bytes).unwrap_or(len);
    let reason = match needed {
        _ if needed > len => format!("it should have {needed} bytes and has {len}"),
        _ if needed < len && matches!(error, SafeTensorError::MetadataIncompleteBuffer) => {
            format!("its header tells of {needed} bytes and it has {len}")
        }
        _ => error.to_string(),
    };
    WeightsError::unreadable(path, Some(Foreign::Safetensors), needed > len, reason)
}

/// How long a file should be, by as much of its beginning as there is; `None` where it is not one
/// of safetensors. At least so long, where its header is not whole.
fn needed_bytes(bytes: &[u8]) -> Option<u64> {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else {
        return Some(8);
    };
    let header_len = u64::from_le_bytes(*length);
    if header_len > MAX_HEADER_BYTES || rest.first().is_some_and(|&first| first != b'{') {
        return None;
    }
    let Some(header) = rest.get(..header_len as usize) else {
        return Some(8 + header_len);
    };
    let header: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(header).ok()?;
    let ends = header
        .values()
        .filter_map(|tensor| tensor["data_offsets"][1].as_u64());
    (8 + header_len).checked_add(ends.max().unwrap_or(0))
}
