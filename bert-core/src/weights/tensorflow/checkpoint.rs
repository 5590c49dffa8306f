//! A checkpoint as TensorFlow sees it: its variables by their own names, in their own shapes.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;
use std::path::{Path, PathBuf};

use memmap2::Mmap;

use super::super::map::map_file;
use super::super::{StoredType, TensorInfo, TensorSource, WeightsError};
use super::bundle::{BundleHeader, EntryError, HeaderError, Variable};
use super::table::{self, TableError};

/// The files of a checkpoint, opened for reading.
///
/// Opening it reads the index and checks that every variable lies within its data file; the
/// checksum of a variable is verified when it is read.
#[derive(Debug)]
pub struct TensorflowCheckpoint {
    path: PathBuf,
    shards: Vec<Shard>,
    tensors: BTreeMap<String, TensorInfo>,
    /// The same names as `tensors`.
    variables: BTreeMap<String, Variable>,
}

#[derive(Debug)]
struct Shard {
    path: PathBuf,
    map: Mmap,
}

impl Shard {
    /// Why a variable of it cannot be read; what else the file is, if that can be told.
    fn unreadable(&self, name: &str, is_cut_short: bool, fault: &dyn Display) -> WeightsError {
        let reason = format!("variable `{name}` {fault}");
        WeightsError::unreadable(&self.path, None, is_cut_short, reason)
    }
}

/// What is wrong with an index.
#[derive(Debug, thiserror::Error)]
enum IndexError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Header(#[from] HeaderError),
    #[error("the name of a variable, `{0}`, is not text")]
    Name(String),
    #[error("variable `{name}` {fault}")]
    Entry { name: String, fault: EntryError },
}

impl TensorflowCheckpoint {
    /// Opens a checkpoint by the path of its index, which ends in `.index`.
    ///
    /// # Errors
    /// When a file is missing, cannot be read or is damaged, or a variable does not lie within
    /// its data file, as in a truncated one.
    pub fn open(index: &Path) -> Result<Self, WeightsError> {
        let content = map_file(index)?;
        let (num_shards, variables) = read_index(&content)
            .map_err(|error| WeightsError::unreadable(index, None, false, error.to_string()))?;
        let shards = (0..num_shards).map(|number| {
            let path = shard_path(index, number, num_shards);
            if !path.is_file() {
                return Err(WeightsError::NoShard {
                    index: index.to_path_buf(),
                    shard: path,
                });
            }
            let map = map_file(&path)?;
            Ok(Shard { path, map })
        });
        let shards = shards.collect::<Result<Vec<_>, _>>()?;
        for (name, variable) in variables.iter().filter(|(_, variable)| !variable.is_sliced) {
            let shard = &shards[variable.shard];
            let range = variable.range(shard.map.len());
            range.map_err(|fault| shard.unreadable(name, true, &fault))?;
        }
        let infos = variables.iter();
        let tensors = infos.map(|(name, variable)| (name.clone(), variable.info.clone()));
        Ok(Self {
            path: index.to_path_buf(),
            shards,
            tensors: tensors.collect(),
            variables,
        })
    }

    /// The bytes of a variable, little-endian and row-major, with their checksum verified.
    ///
    /// # Errors
    /// When there is no such variable, it is saved in slices, or its bytes have changed.
    pub fn bytes(&self, name: &str) -> Result<&[u8], WeightsError> {
        let no_tensor = || WeightsError::NoTensor {
            path: self.path.clone(),
            name: name.to_owned(),
        };
        let variable = self.variables.get(name).ok_or_else(no_tensor)?;
        if variable.is_sliced {
            return Err(WeightsError::Damaged {
                path: self.path.clone(),
                reason: format!(
                    "variable `{name}` is saved in slices by a partitioner; save it whole"
                ),
            });
        }
        let shard = &self.shards[variable.shard];
        let range: Range<usize> = variable
            .range(shard.map.len())
            .map_err(|fault| shard.unreadable(name, true, &fault))?;
        let bytes = &shard.map[range];
        let found = table::masked(crc32c::crc32c(bytes));
        match variable.checksum {
            Some(expected) if expected != found && !cfg!(fuzzing) => {
                let fault = format!("has the checksum {found:08x} instead of {expected:08x}");
                Err(shard.unreadable(name, false, &fault))
            }
            _ => Ok(bytes),
        }
    }
}

impl TensorSource for TensorflowCheckpoint {
    fn tensors(&self) -> &BTreeMap<String, TensorInfo> {
        &self.tensors
    }

    fn read(&self, name: &str) -> Result<Vec<f32>, WeightsError> {
        let dtype = self.tensors.get(name).map(|info| info.dtype);
        let not_float = || WeightsError::NotFloat {
            path: self.path.clone(),
            name: name.to_owned(),
        };
        // Asked before reading: an integer variable costs no read.
        if dtype == Some(StoredType::Other) {
            return Err(not_float());
        }
        let bytes = self.bytes(name)?;
        dtype
            .and_then(|dtype| dtype.to_f32(bytes))
            .ok_or_else(not_float)
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

impl IndexError {
    fn entry(name: &str, fault: EntryError) -> Self {
        Self::Entry {
            name: name.to_owned(),
            fault,
        }
    }
}

/// The number of data files, and the variables.
fn read_index(content: &[u8]) -> Result<(usize, BTreeMap<String, Variable>), IndexError> {
    let mut num_shards = None;
    let mut variables = BTreeMap::new();
    table::scan(content, |key, value| {
        let Some(num_shards) = num_shards else {
            // The empty key, which is the first of all.
            if !key.is_empty() {
                return Err(IndexError::from(HeaderError::Missing));
            }
            num_shards = Some(BundleHeader::num_shards(value)?);
            return Ok(());
        };
        // The entries of slices; what they are slices of has an entry too.
        if key.starts_with(&[0]) {
            return Ok(());
        }
        let name = std::str::from_utf8(key)
            .map_err(|_| IndexError::Name(String::from_utf8_lossy(key).into_owned()))?;
        let variable =
            Variable::decode(value, num_shards).map_err(|fault| IndexError::entry(name, fault))?;
        variables.insert(name.to_owned(), variable);
        Ok(())
    })?;
    let num_shards = num_shards.ok_or(HeaderError::Missing)?;
    Ok((num_shards, variables))
}

/// The path of a data file, as TensorFlow's `DataFilename` makes it.
pub(super) fn shard_path(index: &Path, number: usize, num_shards: usize) -> PathBuf {
    index.with_extension(format!("data-{number:05}-of-{num_shards:05}"))
}
