//! What every kind of weights file looks like to the loader: named tensors that can be read as
//! f32, one at a time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{WeightsError, tensorflow};

/// Name, shape and element type of a stored tensor, known without reading its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorInfo {
    /// The sizes of the dimensions, outermost first, as the file has them.
    pub shape: Vec<usize>,
    /// How the elements are stored.
    pub dtype: StoredType,
}

impl TensorInfo {
    /// Number of elements.
    pub fn num_elements(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Element types that weights are found in. Everything is widened or narrowed to f32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredType {
    /// IEEE 754 double precision.
    F64,
    /// IEEE 754 single precision.
    F32,
    /// IEEE 754 half precision.
    F16,
    /// bfloat16, the upper half of an f32.
    BF16,
    /// Anything else (integers, booleans): listed, never loaded into a parameter.
    Other,
}

impl StoredType {
    /// Bytes per element; `None` for types that are never loaded.
    pub fn size(self) -> Option<usize> {
        match self {
            Self::F64 => Some(8),
            Self::F32 => Some(4),
            Self::F16 | Self::BF16 => Some(2),
            Self::Other => None,
        }
    }

    /// Little-endian bytes to f32. `bytes` holds whole elements; `None` for [`Self::Other`].
    pub fn to_f32(self, bytes: &[u8]) -> Option<Vec<f32>> {
        match self {
            Self::F64 => Some(elements(bytes, |b: [u8; 8]| f64::from_le_bytes(b) as f32)),
            Self::F32 => Some(elements(bytes, f32::from_le_bytes)),
            Self::F16 => Some(elements(bytes, |b: [u8; 2]| {
                half::f16::from_le_bytes(b).to_f32()
            })),
            Self::BF16 => Some(elements(bytes, |b: [u8; 2]| {
                half::bf16::from_le_bytes(b).to_f32()
            })),
            Self::Other => None,
        }
    }
}

/// The product of a shape. `None` if it overflows when taken in any order, so that nobody who
/// multiplies the sizes has to care about that, not even when one of them is zero.
pub(super) fn num_elements(shape: &[usize]) -> Option<usize> {
    let mut nonzero = shape.iter().filter(|&&len| len > 0);
    let product = nonzero.try_fold(1, |product: usize, &len| product.checked_mul(len))?;
    Some(if shape.contains(&0) { 0 } else { product })
}

fn elements<const N: usize>(bytes: &[u8], convert: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes
        .chunks_exact(N)
        .map(|chunk| convert(chunk.try_into().expect("chunks_exact gives chunks of N")))
        .collect()
}

/// A weights file, or a set of shards, opened for reading.
pub trait TensorSource {
    /// Every tensor in it by name.
    fn tensors(&self) -> &BTreeMap<String, TensorInfo>;

    /// The elements of one tensor in row-major order.
    ///
    /// # Errors
    /// When the name is not there, the type is not a float type, or the data cannot be read.
    fn read(&self, name: &str) -> Result<Vec<f32>, WeightsError>;

    /// Where it comes from, for messages.
    fn path(&self) -> &Path;

    /// What its names have in the file and not here: `module.` and the like, of what was around
    /// the model when it was saved.
    fn left_out_of_names(&self) -> &[String] {
        &[]
    }
}

/// The weights files that a model folder may hold, in the order in which they are looked for.
pub const WEIGHTS_FILES: [&str; 5] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    tensorflow::RELEASED,
];

/// The first of [`WEIGHTS_FILES`] that `folder` holds, else the index of another TensorFlow
/// checkpoint (see [`tensorflow::find`]).
///
/// # Errors
/// [`WeightsError::NoFolder`], [`WeightsError::NoWeights`] or
/// [`WeightsError::SeveralCheckpoints`].
pub fn find_weights(folder: &Path) -> Result<PathBuf, WeightsError> {
    if !folder.is_dir() {
        return Err(WeightsError::NoFolder {
            folder: folder.to_path_buf(),
        });
    }
    let usual = WEIGHTS_FILES
        .iter()
        .map(|name| folder.join(name))
        .find(|path| path.is_file());
    match usual {
        Some(path) => Ok(path),
        None => tensorflow::find(folder)?.ok_or_else(|| WeightsError::NoWeights {
            folder: folder.to_path_buf(),
        }),
    }
}
