//! No bytes make the reader of PyTorch files panic, or allocate much more than the file's size.
//!
//! Its own test program because it counts allocations.

#[path = "common/hostile.rs"]
mod hostile;

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use bert_core::weights::{TensorSource, pytorch::PytorchSource};
use hostile::{apply, change, largest_allocation};
use proptest::prelude::*;

/// The elements that a small file may repeat (`MAX_REPEATED` in `pytorch/view.rs`), as f32.
const ALLOWED: usize = (1 << 22) * size_of::<f32>();

const FIXTURES: [&str; 8] = [
    "views.bin",
    "views_legacy.bin",
    "dtypes.bin",
    "parts_legacy.bin",
    "protocol4.bin",
    "parameters.bin",
    "checkpoint.bin",
    "lightning.bin",
];

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/pytorch"
    ));
    std::fs::read(folder.join(name)).expect("fixtures are checked in")
}

/// Opens a file and reads every tensor in it. What is read must have the length listed.
fn open_and_read(path: &Path) {
    let largest = largest_allocation(|| {
        if let Ok(source) = PytorchSource::open(path) {
            for (name, info) in source.tensors() {
                if let Ok(values) = source.read(name) {
                    assert_eq!(values.len(), info.num_elements(), "{name}");
                }
            }
        }
    });
    assert!(largest <= ALLOWED, "{largest} bytes were allocated at once");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_file_is_read_or_refused(
        name in proptest::sample::select(&FIXTURES),
        changes in proptest::collection::vec((0.0..1.0, change()), 1..6),
        cut in prop_oneof![4 => Just(1.0), 1 => 0.0..1.0],
    ) {
        let mut bytes = fixture(name);
        for (place, change) in changes {
            apply(&mut bytes, place, change);
        }
        bytes.truncate((cut * bytes.len() as f64) as usize);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        open_and_read(file.path());
    }
}

#[test]
fn every_byte_changed_alone_is_read_or_refused() {
    for name in ["protocol4.bin", "views_legacy.bin", "parts_legacy.bin"] {
        let bytes = fixture(name);
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        let mut put = |at: usize, byte: u8| {
            file.seek(SeekFrom::Start(at as u64)).unwrap();
            file.write_all(&[byte]).unwrap();
            file.path().to_path_buf()
        };
        for (at, &byte) in bytes.iter().enumerate() {
            for changed in [0, 0xff, byte ^ 1, byte.wrapping_add(1)] {
                open_and_read(&put(at, changed));
            }
            put(at, byte);
        }
    }
}
