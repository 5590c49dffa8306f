//! Fixtures are made by `tests/fixtures/pytorch/make_pytorch_fixtures.py`, which also notes what
//! PyTorch itself reads from them.

mod by_hand;
mod fixtures;
mod refused;
mod truncated;

use std::io::Write;
use std::path::{Path, PathBuf};

use super::super::{TensorSource, WeightsError};
use super::PytorchSource;

fn fixture(name: &str) -> PathBuf {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/pytorch"
    ))
    .join(name)
}

fn fixture_bytes(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).expect("fixtures are checked in")
}

/// Opens bytes as a file.
fn open_bytes(bytes: &[u8]) -> Result<PytorchSource, WeightsError> {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    file.write_all(bytes)
        .expect("a temporary file can be written");
    // The source keeps its own handle, so the name may go.
    PytorchSource::open(file.path())
}

/// The reason for which a file is refused as damaged.
#[track_caller]
fn reason(result: Result<PytorchSource, WeightsError>) -> String {
    match result {
        Err(WeightsError::Damaged { reason, .. }) => reason,
        Err(other) => panic!("refused, but not as damaged: {other}"),
        Ok(source) => panic!("accepted with {:?}", source.tensors()),
    }
}

/// The reason for which a file is refused as cut short.
#[track_caller]
fn cut_short(result: Result<PytorchSource, WeightsError>) -> String {
    match result {
        Err(WeightsError::CutShort { reason, .. }) => reason,
        Err(other) => panic!("refused, but not as cut short: {other}"),
        Ok(source) => panic!("accepted with {:?}", source.tensors()),
    }
}
