//! PyTorch's own format, `pytorch_model.bin`: what `torch.save(model.state_dict(), path)` wrote.
//!
//! # Why there is a reader here
//!
//! burn-store has one, but it ignores strides and fills a storage that is too short with zeros,
//! both without a word. Checkpoints that Hugging Face converted from TensorFlow hold transposed
//! views of their matrices, so there a reader without strides loads wrong weights that look right.
//! This reader gives exactly what `torch.load` gives, or an error.
//!
//! # The format
//!
//! A tensor in the file is a *view*: a storage (a run of bytes), an offset, a shape and strides.
//! The views are described by a pickle, the storages lie beside it. Two containers exist:
//!
//! - a zip archive since PyTorch 1.6: `<any>/data.pkl` and one entry `<any>/data/<key>` per
//!   storage, neither compressed nor encrypted;
//! - the legacy file before: a magic number, the protocol number, facts about the machine, the
//!   state dict and the storage keys, each as a pickle, then the storages in the order of the keys.
//!
//! # The way of the data
//!
//! 1. `archive` tells the containers apart, finds the pickle and where every storage lies;
//! 2. `pickle` runs the pickle into `object`s, `rebuild` being the few calls it honours;
//! 3. `state_dict` finds the named tensors among the objects;
//! 4. `view` checks each against its storage, and later puts its elements in order.
//!
//! # What a hostile file can do
//!
//! A pickle is a program, and `pickle.load` runs it: a downloaded `.bin` can execute anything.
//! Here a call is either one of the handful in `rebuild` or makes an inert object, so a file can
//! at most be refused. Nothing recurses, the pickle's size and steps are limited, and nothing is
//! allocated for a length that the file merely claims: see the limits in `pickle` and `view`.
//! Storages are read by range, not memory-mapped, so there is no unsafe code either.

mod archive;
mod cursor;
mod object;
mod pickle;
mod rebuild;
mod state_dict;
mod view;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use self::archive::{Archive, ArchiveError};
use self::view::View;
use super::{StoredType, TensorInfo, TensorSource, WeightsError};
use crate::foreign::Foreign;

/// One PyTorch state dict file.
///
/// Opening it reads the pickle only and checks every tensor against the storage it lies in;
/// the data of a tensor is read by [`TensorSource::read`].
///
/// A file that holds the state dict under `state_dict`, `model_state_dict` or `model`, as training
/// scripts write it, gives that state dict. Values that are no tensors are left out.
#[derive(Debug)]
pub struct PytorchSource {
    path: PathBuf,
    archive: Archive,
    tensors: BTreeMap<String, TensorInfo>,
    /// The same names as `tensors`.
    views: BTreeMap<String, View>,
}

impl PytorchSource {
    /// Reads which tensors the file at `path` holds.
    ///
    /// # Errors
    /// When the file cannot be read, is neither of the two containers, holds no state dict, or
    /// when a tensor does not fit the storage it lies in, as in a truncated file.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        // Files of this kind are zip archives.
        let unreadable = |is_cut_short, reason| {
            WeightsError::unreadable(path, Some(Foreign::Zip), is_cut_short, reason)
        };
        let (archive, pickle) = archive::open(path).map_err(|error| match error {
            ArchiveError::Io(source) => read_failed(path, source),
            error => unreadable(error.is_cut_short(), error.to_string()),
        })?;
        let records =
            state_dict::tensors(&pickle).map_err(|error| unreadable(false, error.to_string()))?;

        let mut tensors = BTreeMap::new();
        let mut views = BTreeMap::new();
        for (name, record) in records {
            let view =
                View::resolve(record, archive.storage(&record.storage.key)).map_err(|error| {
                    let is_cut_short = archive.is_cut_short() && error.is_of_a_short_storage();
                    unreadable(is_cut_short, format!("tensor `{name}` {error}"))
                })?;
            let info = TensorInfo {
                shape: record.shape.clone(),
                dtype: record.element.dtype,
            };
            tensors.insert(name.to_owned(), info);
            views.insert(name.to_owned(), view);
        }
        Ok(Self {
            path: path.to_path_buf(),
            archive,
            tensors,
            views,
        })
    }
}

impl TensorSource for PytorchSource {
    fn tensors(&self) -> &BTreeMap<String, TensorInfo> {
        &self.tensors
    }

    fn read(&self, name: &str) -> Result<Vec<f32>, WeightsError> {
        let view = self.views.get(name).ok_or_else(|| WeightsError::NoTensor {
            path: self.path.clone(),
            name: name.to_owned(),
        })?;
        let not_float = || WeightsError::NotFloat {
            path: self.path.clone(),
            name: name.to_owned(),
        };
        // Asked before reading: an integer tensor costs no read.
        if view.dtype() == StoredType::Other {
            return Err(not_float());
        }
        let bytes = self
            .archive
            .read(view.bytes())
            .map_err(|source| read_failed(&self.path, source))?;
        let span = view.dtype().to_f32(&bytes).ok_or_else(not_float)?;
        Ok(view.gather(span))
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

fn read_failed(path: &Path, source: std::io::Error) -> WeightsError {
    WeightsError::Io {
        action: "read",
        path: path.to_path_buf(),
        source,
    }
}
