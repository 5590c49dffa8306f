//! The values of the index: where each variable is, as protocol buffers.
//!
//! The messages are those of TensorFlow's `tensor_bundle.proto`, `tensor_shape.proto` and
//! `versions.proto`, without the fields that are not needed here.

use std::ops::Range;

use prost::Message;

use super::super::source::num_elements;
use super::super::{StoredType, TensorInfo};

/// The format that is written and read; TensorFlow's `kTensorBundleVersion`.
pub(super) const VERSION: i32 = 1;

/// TensorFlow's own limit.
const MAX_DIMS: usize = 254;

/// The longest message. Those of whole variables are below 100 bytes; a variable that is saved in
/// slices has some 20 bytes for each.
const MAX_MESSAGE_BYTES: usize = 1 << 16;

/// The value of the empty key.
#[derive(Clone, PartialEq, Message)]
pub(super) struct BundleHeader {
    #[prost(int32, tag = "1")]
    pub(super) num_shards: i32,
    /// 0 is little, 1 is big.
    #[prost(int32, tag = "2")]
    pub(super) endianness: i32,
    #[prost(message, optional, tag = "3")]
    pub(super) version: Option<VersionDef>,
}

/// Which version wrote the file, and which can read it.
#[derive(Clone, PartialEq, Message)]
pub(super) struct VersionDef {
    #[prost(int32, tag = "1")]
    pub(super) producer: i32,
    #[prost(int32, tag = "2")]
    pub(super) min_consumer: i32,
}

/// The value of a variable's name.
#[derive(Clone, PartialEq, Message)]
pub(super) struct BundleEntry {
    /// A number of TensorFlow's `types.proto`.
    #[prost(int32, tag = "1")]
    pub(super) dtype: i32,
    #[prost(message, optional, tag = "2")]
    pub(super) shape: Option<TensorShape>,
    #[prost(int32, tag = "3")]
    pub(super) shard_id: i32,
    #[prost(int64, tag = "4")]
    pub(super) offset: i64,
    #[prost(int64, tag = "5")]
    pub(super) size: i64,
    /// Masked.
    #[prost(fixed32, tag = "6")]
    pub(super) crc32c: u32,
    #[prost(message, repeated, tag = "7")]
    pub(super) slices: Vec<TensorSlice>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorShape {
    #[prost(message, repeated, tag = "2")]
    pub(super) dims: Vec<Dim>,
    #[prost(bool, tag = "3")]
    pub(super) unknown_rank: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Dim {
    #[prost(int64, tag = "1")]
    pub(super) size: i64,
}

/// A part of a variable that has its own entry.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorSlice {}

/// Why the header cannot be honoured.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum HeaderError {
    #[error("it does not begin with the header of a TensorFlow checkpoint")]
    Missing,
    #[error("its header is no valid message: {0}")]
    Message(String),
    #[error("its header says that there are {0} data files")]
    Shards(i32),
    #[error("it was written on a big-endian machine; save it again on a little-endian one")]
    BigEndian,
    #[error("it needs version {0} of TensorFlow's format, and only {VERSION} is known")]
    Version(i32),
}

/// Why a variable cannot be read. Worded to follow its name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum EntryError {
    #[error("is no valid message: {0}")]
    Message(String),
    #[error("has an entry of {0} bytes")]
    LongMessage(usize),
    #[error("has the unknown element type {0}")]
    Dtype(i32),
    #[error("has a shape that no memory can hold")]
    Shape,
    #[error("is in data file {shard} of {num_shards}")]
    Shard { shard: i32, num_shards: usize },
    #[error("has {found} bytes, but its shape needs {expected}")]
    Size { expected: usize, found: i64 },
    #[error("should be {size} bytes from byte {offset} of the file, which has {len}")]
    Beyond { offset: i64, size: i64, len: usize },
}

impl BundleHeader {
    /// Reads the header and gives the number of data files.
    pub(super) fn num_shards(message: &[u8]) -> Result<usize, HeaderError> {
        let header = decode::<Self>(message).map_err(HeaderError::Message)?;
        if header.endianness != 0 {
            return Err(HeaderError::BigEndian);
        }
        let min_consumer = header.version.map_or(0, |version| version.min_consumer);
        if min_consumer > VERSION {
            return Err(HeaderError::Version(min_consumer));
        }
        match usize::try_from(header.num_shards) {
            Ok(shards @ 1..) => Ok(shards),
            _ => Err(HeaderError::Shards(header.num_shards)),
        }
    }
}

/// A variable of the index, checked against itself but not yet against the data file.
#[derive(Debug)]
pub(super) struct Variable {
    /// Shape and element type.
    pub(super) info: TensorInfo,
    /// The number of its data file.
    pub(super) shard: usize,
    offset: i64,
    size: i64,
    /// The masked checksum of its bytes; of strings it is not one of the bytes alone.
    pub(super) checksum: Option<u32>,
    /// Whether its elements are in the entries of its slices.
    pub(super) is_sliced: bool,
}

impl Variable {
    /// Reads an entry.
    pub(super) fn decode(message: &[u8], num_shards: usize) -> Result<Self, EntryError> {
        if message.len() > MAX_MESSAGE_BYTES {
            return Err(EntryError::LongMessage(message.len()));
        }
        let entry = decode::<BundleEntry>(message).map_err(EntryError::Message)?;
        let (dtype, element_size) = element(entry.dtype).ok_or(EntryError::Dtype(entry.dtype))?;
        let shape = entry.shape.unwrap_or_default();
        if shape.unknown_rank || shape.dims.len() > MAX_DIMS {
            return Err(EntryError::Shape);
        }
        let shape = shape.dims.iter().map(|dim| usize::try_from(dim.size));
        let shape: Vec<usize> = shape
            .collect::<Result<_, _>>()
            .map_err(|_| EntryError::Shape)?;
        let elements = num_elements(&shape).ok_or(EntryError::Shape)?;
        let shard = usize::try_from(entry.shard_id)
            .ok()
            .filter(|&shard| shard < num_shards)
            .ok_or(EntryError::Shard {
                shard: entry.shard_id,
                num_shards,
            })?;
        let is_sliced = !entry.slices.is_empty();
        if let Some(element_size) = element_size
            && !is_sliced
        {
            let expected = elements
                .checked_mul(element_size)
                .ok_or(EntryError::Shape)?;
            if usize::try_from(entry.size) != Ok(expected) {
                return Err(EntryError::Size {
                    expected,
                    found: entry.size,
                });
            }
        }
        Ok(Self {
            info: TensorInfo { shape, dtype },
            shard,
            offset: entry.offset,
            size: entry.size,
            checksum: element_size.map(|_| entry.crc32c),
            is_sliced,
        })
    }

    /// Where its bytes are in its data file of `len` bytes.
    pub(super) fn range(&self, len: usize) -> Result<Range<usize>, EntryError> {
        let range = || {
            let start = usize::try_from(self.offset).ok()?;
            let end = start.checked_add(usize::try_from(self.size).ok()?)?;
            (end <= len).then_some(start..end)
        };
        range().ok_or(EntryError::Beyond {
            offset: self.offset,
            size: self.size,
            len,
        })
    }
}

fn decode<M: Message + Default>(message: &[u8]) -> Result<M, String> {
    M::decode(message).map_err(|error| error.to_string())
}

/// What a number of `types.proto` is to the loader, and the bytes of an element where every
/// element has as many.
fn element(dtype: i32) -> Option<(StoredType, Option<usize>)> {
    const STRING: i32 = 7;
    const RESOURCE: i32 = 20;
    const VARIANT: i32 = 21;
    Some(match dtype {
        1 => (StoredType::F32, Some(4)),
        2 => (StoredType::F64, Some(8)),
        14 => (StoredType::BF16, Some(2)),
        19 => (StoredType::F16, Some(2)),
        STRING | RESOURCE | VARIANT => (StoredType::Other, None),
        4 | 6 | 10 | 11 | 12 => (StoredType::Other, Some(1)),
        5 | 15 | 16 | 17 => (StoredType::Other, Some(2)),
        3 | 13 | 22 => (StoredType::Other, Some(4)),
        8 | 9 | 23 => (StoredType::Other, Some(8)),
        18 => (StoredType::Other, Some(16)),
        // Floats of 8 bits and integers of 2 and 4.
        24..=33 => (StoredType::Other, None),
        _ => return None,
    })
}

/// The number that TensorFlow has for f32.
pub(super) const DT_FLOAT: i32 = 1;
