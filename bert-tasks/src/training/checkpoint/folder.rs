//! One checkpoint: written as a whole, and read back only if it is.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bert_core::files::{FileError, replace_files, write_folder};
use serde::{Deserialize, Serialize};

use super::{BEST, Identity, OPTIMIZER, RECORD, TrainingState, folder_name};
use crate::training::TrainingError;

/// Of `checkpoint.json`; a reader refuses what it does not know.
const FORMAT: u32 = 2;

/// The weights of a model folder.
const WEIGHTS: &str = "model.safetensors";

/// `checkpoint.json`.
#[derive(Serialize, Deserialize)]
struct Record {
    format: u32,
    /// Version of this library that wrote it.
    version: String,
    state: TrainingState,
    identity: Identity,
    /// Steps that AdamW has done on each parameter.
    optimizer_steps: HashMap<String, usize>,
    files: BTreeMap<String, Fingerprint>,
}

/// What a file must be to be whole.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Fingerprint {
    bytes: u64,
    crc32: u32,
}

impl Fingerprint {
    fn of(path: &Path) -> Result<Self, FileError> {
        let read = || -> std::io::Result<Self> {
            let mut file = File::open(path)?;
            let (mut crc32, mut bytes) = (crc32fast::Hasher::new(), 0);
            let mut buffer = vec![0; 1 << 20];
            loop {
                match file.read(&mut buffer)? {
                    0 => break,
                    n => {
                        crc32.update(&buffer[..n]);
                        bytes += n as u64;
                    }
                }
            }
            Ok(Self {
                bytes,
                crc32: crc32.finalize(),
            })
        };
        read().map_err(FileError::at("read", path))
    }
}

/// Writes `checkpoint-{step}` into `output_dir` and gives its path. `write_model` puts the model
/// folder's files into the folder it is given, `write_optimizer` the moments into a file, and says
/// how many steps each parameter has had. The best model so far is the one in `output_dir`.
///
/// # Errors
/// When something cannot be written, or there is a folder of this name that is not this program's;
/// the checkpoints that are there stay as they are.
pub fn write(
    output_dir: &Path,
    state: &TrainingState,
    identity: &Identity,
    write_model: impl FnOnce(&Path) -> Result<(), TrainingError>,
    write_optimizer: impl FnOnce(&Path) -> Result<HashMap<String, usize>, TrainingError>,
) -> Result<PathBuf, TrainingError> {
    let folder = output_dir.join(folder_name(state.step));
    if std::fs::symlink_metadata(&folder).is_ok() && !is_own(&folder) {
        return Err(TrainingError::ForeignCheckpoint { folder });
    }
    write_folder(&folder, |staging| -> Result<(), TrainingError> {
        write_model(staging)?;
        if state.best.is_some() {
            link(&output_dir.join(WEIGHTS), &staging.join(BEST))?;
        }
        let optimizer_steps = write_optimizer(&staging.join(OPTIMIZER))?;
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(staging)
            .map_err(FileError::at("list", staging))?
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            files.insert(name, Fingerprint::of(&entry.path())?);
        }
        let record = Record {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            state: state.clone(),
            identity: identity.clone(),
            optimizer_steps,
            files,
        };
        let path = staging.join(RECORD);
        let text = serde_json::to_string_pretty(&record).expect("plain data");
        std::fs::write(&path, text).map_err(FileError::at("write", &path))?;
        Ok(())
    })?;
    Ok(folder)
}

/// Whether this program has written `folder`, whole or not: only what it has may be replaced or
/// removed. Programs of other people have folders of the same names.
pub fn is_own(folder: &Path) -> bool {
    let Ok(text) = std::fs::read(folder.join(RECORD)) else {
        return false;
    };
    match serde_json::from_slice::<serde_json::Value>(&text) {
        // Of any version.
        Ok(record) => ["format", "state", "identity", "files"]
            .iter()
            .all(|key| record.get(key).is_some()),
        // A disk that has lost the record's end has mostly left the rest.
        Err(_) => folder.join(OPTIMIZER).is_file(),
    }
}

/// Whether nothing is left to do after this checkpoint, by its record alone; nothing where that
/// cannot be read.
pub(in crate::training) fn is_complete(folder: &Path) -> Option<bool> {
    let text = std::fs::read(folder.join(RECORD)).ok()?;
    let record: Record = serde_json::from_slice(&text).ok()?;
    Some(record.state.is_complete())
}

/// How many ranks had how many batches in a step, by a checkpoint's record alone; nothing where that
/// cannot be read.
pub(in crate::training) fn shared(folder: &Path) -> Option<(usize, NonZeroUsize)> {
    let text = std::fs::read(folder.join(RECORD)).ok()?;
    let record: Record = serde_json::from_slice(&text).ok()?;
    Some((record.state.ranks, record.identity.batches_of_step()?))
}

/// The same file under a second name, or a copy where the file system has no such links. What a
/// model is replaced by is a new file, so the link keeps the old one.
fn link(from: &Path, to: &Path) -> Result<(), FileError> {
    match std::fs::hard_link(from, to) {
        Ok(()) => Ok(()),
        Err(_) => copy(from, to),
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), FileError> {
    std::fs::copy(from, to)
        .map(drop)
        .map_err(FileError::at("copy", from))
}

/// A checkpoint that was found to be whole.
#[derive(Debug)]
pub struct Checkpoint {
    /// Its folder, which is also a model folder.
    pub folder: PathBuf,
    /// Where the training was.
    pub state: TrainingState,
    /// Which training it was.
    pub identity: Identity,
    /// Steps that AdamW had done on each parameter.
    pub optimizer_steps: HashMap<String, usize>,
    files: BTreeMap<String, Fingerprint>,
}

impl Checkpoint {
    /// Reads the record and verifies every file.
    ///
    /// # Errors
    /// [`TrainingError::BadCheckpoint`] when something is missing, cut off or changed.
    pub fn open(folder: &Path) -> Result<Self, TrainingError> {
        let bad = |reason: String| TrainingError::BadCheckpoint {
            folder: folder.to_path_buf(),
            reason,
        };
        let path = folder.join(RECORD);
        let text = std::fs::read_to_string(&path).map_err(|e| bad(format!("{RECORD}: {e}")))?;
        let record: Record =
            serde_json::from_str(&text).map_err(|e| bad(format!("{RECORD}: {e}")))?;
        if record.format != FORMAT {
            let Record {
                format, version, ..
            } = record;
            return Err(bad(format!(
                "format {format} of version {version}; this version knows format {FORMAT}"
            )));
        }
        for (name, expected) in &record.files {
            let found = Fingerprint::of(&folder.join(name)).map_err(|e| bad(e.to_string()))?;
            if found.bytes != expected.bytes {
                let (found, expected) = (found.bytes, expected.bytes);
                return Err(bad(format!("{name} has {found} bytes of {expected}")));
            }
            if found != *expected {
                return Err(bad(format!("{name} has changed since it was written")));
            }
        }
        Ok(Self {
            folder: folder.to_path_buf(),
            state: record.state,
            identity: record.identity,
            optimizer_steps: record.optimizer_steps,
            files: record.files,
        })
    }

    /// Makes the best model at the time of this checkpoint the one in `output_dir`, where a later
    /// one or that of another run may be. Does nothing before the first evaluation.
    ///
    /// # Errors
    /// When a file cannot be read or written; what was there before is then still there.
    pub fn restore_best(&self, output_dir: &Path) -> Result<(), FileError> {
        let Some(best) = self.files.get(BEST) else {
            return Ok(());
        };
        if Fingerprint::of(&output_dir.join(WEIGHTS)).is_ok_and(|found| found == *best) {
            return Ok(());
        }
        replace_files(output_dir, |staging| {
            for name in self.files.keys().map(String::as_str) {
                // Best and last differ in their weights only.
                let target = match name {
                    OPTIMIZER | WEIGHTS => continue,
                    BEST => WEIGHTS,
                    other => other,
                };
                copy(&self.folder.join(name), &staging.join(target))?;
            }
            Ok(())
        })
    }

    /// The file with AdamW's moments.
    pub fn optimizer_file(&self) -> PathBuf {
        self.folder.join(OPTIMIZER)
    }
}
