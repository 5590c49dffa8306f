//! A tensor as a view into its storage: checked once, then gathered.

use std::ops::Range;

use super::super::StoredType;
use super::super::source::num_elements;
use super::archive::Region;
use super::object::TensorRecord;

/// How many elements a tensor may have beyond those of its storage. Views made by `expand` repeat
/// elements, so a file of a few bytes can describe a tensor of any size. Those in checkpoints are
/// small, such as the position ids of a batch.
const MAX_REPEATED: usize = 1 << 22;

/// Why a tensor does not fit its storage. Worded to follow the tensor's name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum ViewError {
    #[error("lies in storage `{key}`, which the file does not hold")]
    NoStorage { key: String },
    #[error("lies in storage `{key}`, which should have {expected} bytes but has {found}")]
    StorageSize {
        key: String,
        expected: u128,
        found: u64,
    },
    #[error(
        "needs {expected} elements of storage `{key}` from element {offset}, \
         but that has only {found}"
    )]
    TooShort {
        key: String,
        expected: u128,
        offset: usize,
        found: usize,
    },
    #[error("has a shape that no memory can hold")]
    Shape,
    #[error("has {elements} elements, but its storage `{key}` only {stored}")]
    Repeats {
        key: String,
        elements: usize,
        stored: usize,
    },
}

impl ViewError {
    /// Whether the storage is not in the file, or not whole.
    pub(super) fn is_of_a_short_storage(&self) -> bool {
        match self {
            Self::NoStorage { .. } => true,
            Self::StorageSize {
                expected, found, ..
            } => u128::from(*found) < *expected,
            _ => false,
        }
    }
}

/// Where a tensor's elements are in the file. It is known to lie within its storage.
#[derive(Debug)]
pub(super) struct View {
    dtype: StoredType,
    shape: Vec<usize>,
    /// Zero for dimensions of fewer than two elements, where PyTorch may write anything.
    stride: Vec<usize>,
    /// From the first to the last element used, as positions in the file.
    bytes: Range<u64>,
}

impl View {
    /// Checks a tensor against the place of its storage in the file.
    pub(super) fn resolve(
        record: &TensorRecord,
        region: Option<Region>,
    ) -> Result<Self, ViewError> {
        let (storage, size) = (&record.storage, record.element.size);
        let key = || storage.key.to_string();
        let region = region.ok_or_else(|| ViewError::NoStorage { key: key() })?;
        if region.len / storage.element.size as u64 != storage.len as u64 {
            let expected = storage.len as u128 * storage.element.size as u128;
            return Err(ViewError::StorageSize {
                key: key(),
                expected,
                found: region.len,
            });
        }
        // From here on the storage's length in bytes is one that the file really has, so positions
        // within it cannot overflow. Products of shape and strides still can.
        let window_start = storage.window_start as u64 * storage.element.size as u64;
        let stored = storage.window_len * storage.element.size / size;

        let elements = num_elements(&record.shape).ok_or(ViewError::Shape)?;
        if elements > stored && elements > MAX_REPEATED {
            return Err(ViewError::Repeats {
                key: key(),
                elements,
                stored,
            });
        }
        let dims = || record.shape.iter().zip(&record.stride);
        let expected = match elements {
            0 => 0,
            _ => dims().fold(1, |sum: u128, (&len, &stride)| {
                sum.saturating_add((len - 1) as u128 * stride as u128)
            }),
        };
        if expected > 0 && record.offset as u128 + expected > stored as u128 {
            let found = stored.saturating_sub(record.offset);
            return Err(ViewError::TooShort {
                key: key(),
                expected,
                offset: record.offset,
                found,
            });
        }

        // An empty tensor may have any offset; it reads nothing.
        let offset = if expected == 0 { 0 } else { record.offset };
        let start = region.start + window_start + offset as u64 * size as u64;
        Ok(Self {
            dtype: record.element.dtype,
            shape: record.shape.clone(),
            stride: dims()
                .map(|(&len, &stride)| if len < 2 { 0 } else { stride })
                .collect(),
            bytes: start..start + expected as u64 * size as u64,
        })
    }

    /// The element type.
    pub(super) fn dtype(&self) -> StoredType {
        self.dtype
    }

    /// What to read for [`Self::gather`].
    pub(super) fn bytes(&self) -> Range<u64> {
        self.bytes.clone()
    }

    /// The elements in row-major order, from those in [`Self::bytes`].
    pub(super) fn gather(&self, span: Vec<f32>) -> Vec<f32> {
        let Some((&len, outer)) = self.shape.split_last() else {
            return span;
        };
        if self.is_contiguous() || span.is_empty() {
            return span;
        }
        let stride = self.stride[outer.len()];
        let mut gathered = Vec::with_capacity(self.shape.iter().product());
        let mut index = vec![0; outer.len()];
        let mut row = 0;
        loop {
            gathered.extend((0..len).map(|i| span[row + i * stride]));
            // To the next row: count up in the innermost dimension that has not ended.
            let mut dim = outer.len();
            loop {
                if dim == 0 {
                    return gathered;
                }
                dim -= 1;
                index[dim] += 1;
                row += self.stride[dim];
                if index[dim] < outer[dim] {
                    break;
                }
                row -= self.stride[dim] * outer[dim];
                index[dim] = 0;
            }
        }
    }

    fn is_contiguous(&self) -> bool {
        let mut expected = 1;
        self.shape
            .iter()
            .zip(&self.stride)
            .rev()
            .all(|(&len, &stride)| {
                let fits = len < 2 || stride == expected;
                expected *= len;
                fits
            })
    }
}
