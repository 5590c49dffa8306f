//! Everything that can be wrong with weights on disk, with what to do about it.

use std::path::{Path, PathBuf};

use super::LoadReport;
use crate::foreign::Foreign;
use crate::json::{JsonError, JsonFault};

/// Why weights could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The model folder is not there.
    #[error("there is no model folder at {}; give the path of a folder with config.json and model.safetensors", folder.display())]
    NoFolder {
        /// The path that was asked for.
        folder: PathBuf,
    },
    /// The folder has no weights file of a known kind.
    #[error("no weights in {}; looked for {} and other `*.index` of TensorFlow", folder.display(), super::WEIGHTS_FILES.join(", "))]
    NoWeights {
        /// The folder that was searched.
        folder: PathBuf,
    },
    /// The folder has several TensorFlow checkpoints, and nothing tells which is meant.
    #[error(
        "several TensorFlow checkpoints in {}: {}; keep one, or name it in a file `checkpoint`",
        folder.display(),
        found.join(", ")
    )]
    SeveralCheckpoints {
        /// The folder that was searched.
        folder: PathBuf,
        /// The names of their indices.
        found: Vec<String>,
    },
    /// A data file of a TensorFlow checkpoint is not there.
    #[error(
        "the data file {} is missing, which belongs to {}; put it beside that",
        shard.display(),
        index.display()
    )]
    NoShard {
        /// The index.
        index: PathBuf,
        /// The data file that should be there.
        shard: PathBuf,
    },
    /// Reading or writing failed in the operating system.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb: "read", "write", "rename".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// Something else is in the place of the file.
    #[error("{} is {kind}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is.
        kind: Foreign,
    },
    /// The file ends before what it should hold.
    #[error("{} is cut short: {reason}; it was not written or fetched to its end: fetch it again", path.display())]
    CutShort {
        /// The file.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// The file is damaged, or holds what is not read.
    #[error("{} cannot be read as weights: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found to be wrong.
        reason: String,
    },
    /// The index of shards is not JSON, or not an index.
    #[error("{}: {fault}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong, at which line and key.
        fault: JsonFault,
    },
    /// A tensor has an element type that cannot be a weight.
    #[error("tensor `{name}` in {} is not stored as a float type", path.display())]
    NotFloat {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// A weight is infinite or not a number: everything that is computed with it would be, too.
    #[error(
        "tensor `{name}` in {} has {value} at place {place}, which is no weight; the model was \
         saved after its training had failed, or the file is damaged",
        path.display()
    )]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// The first place of such a value, row by row, from 0.
        place: usize,
        /// The value.
        value: f32,
    },
    /// A tensor was asked for that the file does not have.
    #[error("there is no tensor `{name}` in {}", path.display())]
    NoTensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// The file was read, but it does not fit the model. [`LoadPolicy`](super::LoadPolicy) says
    /// what may be missing, unused or of another shape.
    #[error("the weights in {} do not fit the model\n{}", path.display(), report.refused())]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// What would have been loaded, missing, unused and of the wrong shape.
        report: Box<LoadReport>,
    },
}

impl WeightsError {
    /// Of a file that could not be read as what its name says, which files of the kind `own` are:
    /// what else it is, if that can be told.
    pub(super) fn unreadable(
        path: &Path,
        own: Option<Foreign>,
        is_cut_short: bool,
        reason: String,
    ) -> Self {
        let path = path.to_path_buf();
        match Foreign::of_file(&path) {
            Ok(Some(kind)) if Some(kind) != own => Self::Foreign { path, kind },
            _ if is_cut_short => Self::CutShort { path, reason },
            _ => Self::Damaged { path, reason },
        }
    }

    pub(super) fn no_json(path: &Path, error: JsonError) -> Self {
        let path = path.to_path_buf();
        match error {
            JsonError::Io(source) => Self::Io {
                action: "read",
                path,
                source,
            },
            JsonError::Fault(fault) => Self::Json { path, fault },
        }
    }
}
