//! No bytes make the reader of PyTorch files panic, or allocate much more than the file's size.
//!
//! Its own test program because it counts allocations.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use bert_core::weights::{TensorSource, pytorch::PytorchSource};
use proptest::prelude::*;

/// The system's allocator, keeping in mind the largest request.
struct Watched;

thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator unchanged. The cell needs neither allocation
// nor destruction, so it can be used here.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.set(LARGEST.get().max(layout.size()));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watched = Watched;

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
    LARGEST.set(0);
    if let Ok(source) = PytorchSource::open(path) {
        for (name, info) in source.tensors() {
            if let Ok(values) = source.read(name) {
                assert_eq!(values.len(), info.num_elements(), "{name}");
            }
        }
    }
    assert!(
        LARGEST.get() <= ALLOWED,
        "{} bytes were allocated at once",
        LARGEST.get()
    );
}

/// A change to a file: at a place, given as a fraction of the length.
#[derive(Clone, Debug)]
enum Change {
    Set(u8),
    Flip(u8),
    Insert(Vec<u8>),
    Remove(usize),
    /// A 64-bit number that may be taken for a length.
    Number(u64),
    /// Bytes from elsewhere in the file.
    Copy(f64, usize),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => any::<u8>().prop_map(Change::Set),
        3 => (0_u8..8).prop_map(|bit| Change::Flip(1 << bit)),
        1 => proptest::collection::vec(any::<u8>(), 1..5).prop_map(Change::Insert),
        1 => (1_usize..20).prop_map(Change::Remove),
        1 => prop_oneof![Just(u64::MAX), Just(1 << 63), Just(1 << 32), any::<u64>()]
            .prop_map(Change::Number),
        1 => (0.0..1.0, 1_usize..40).prop_map(|(from, len)| Change::Copy(from, len)),
    ]
}

fn apply(bytes: &mut Vec<u8>, place: f64, change: Change) {
    let position = |fraction: f64, bytes: &[u8]| (fraction * bytes.len() as f64) as usize;
    if bytes.is_empty() {
        return;
    }
    let at = position(place, bytes);
    let end = |len: usize| (at + len).min(bytes.len());
    match change {
        Change::Set(byte) => bytes[at] = byte,
        Change::Flip(mask) => bytes[at] ^= mask,
        Change::Insert(new) => drop(bytes.splice(at..at, new)),
        Change::Remove(len) => drop(bytes.drain(at..end(len))),
        Change::Number(number) => drop(bytes.splice(at..end(8), number.to_le_bytes())),
        Change::Copy(from, len) => {
            let from = position(from, bytes);
            let new = bytes[from..(from + len).min(bytes.len())].to_vec();
            bytes.splice(at..at, new);
        }
    }
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
