//! Fixtures are made by `tests/fixtures/tensorflow/make_tensorflow_fixtures.py`.

mod fixtures;
mod hostile_table;
mod refused;
mod round_trip;

use std::path::{Path, PathBuf};

use prost::Message;

use super::super::WeightsError;
use super::TensorflowCheckpoint;
use super::bundle::{BundleEntry, BundleHeader, DT_FLOAT, Dim, TensorShape};
use super::table::masked;
use super::table_builder::TableBuilder;

fn fixture(name: &str) -> PathBuf {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/tensorflow"
    ))
    .join(name)
}

/// Files as a checkpoint of one shard.
struct Files {
    _folder: tempfile::TempDir,
    index: PathBuf,
    data: PathBuf,
}

impl Files {
    fn new(index: &[u8], data: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("a.index");
        let files = Self {
            data: super::checkpoint::shard_path(&path, 0, 1),
            index: path,
            _folder: folder,
        };
        std::fs::write(&files.index, index).expect("a temporary file can be written");
        std::fs::write(&files.data, data).expect("a temporary file can be written");
        files
    }

    fn open(&self) -> Result<TensorflowCheckpoint, WeightsError> {
        TensorflowCheckpoint::open(&self.index)
    }
}

/// The reason for which something is refused as damaged.
#[track_caller]
fn reason<T>(result: Result<T, WeightsError>) -> String {
    match result {
        Err(WeightsError::Damaged { reason, .. } | WeightsError::CutShort { reason, .. }) => reason,
        Err(other) => panic!("refused, but not as damaged: {other}"),
        Ok(_) => panic!("accepted"),
    }
}

fn header() -> BundleHeader {
    BundleHeader {
        num_shards: 1,
        ..BundleHeader::default()
    }
}

/// Where two numbers of f32 lie at the beginning of the data file.
fn entry() -> BundleEntry {
    BundleEntry {
        dtype: DT_FLOAT,
        shape: Some(shape(&[2])),
        size: 8,
        crc32c: masked(crc32c::crc32c(&DATA)),
        ..BundleEntry::default()
    }
}

const DATA: [u8; 8] = [0, 0, 0, 64, 0, 0, 64, 64];

fn shape(sizes: &[i64]) -> TensorShape {
    let dims = sizes.iter().map(|&size| Dim { size });
    TensorShape {
        dims: dims.collect(),
        unknown_rank: false,
    }
}

fn index(entries: &[(&[u8], Vec<u8>)]) -> Vec<u8> {
    let mut table = TableBuilder::new(1 << 12);
    for (key, value) in entries {
        table.add(key, value);
    }
    table.finish()
}

fn one(entry: &BundleEntry) -> Vec<u8> {
    let entry = entry.encode_to_vec();
    index(&[(b"", header().encode_to_vec()), (b"kernel", entry)])
}

#[track_caller]
fn index_refused(index: &[u8], because: &str) {
    let reason = reason(Files::new(index, &DATA).open());
    assert!(reason.contains(because), "refused because {reason}");
}
