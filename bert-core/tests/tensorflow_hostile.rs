//! No bytes make the reader of TensorFlow checkpoints panic, or allocate much more than the files'
//! size.
//!
//! Its own test program because it counts allocations. Where a checksum guards bytes, a change
//! alone only tests the checksum, so most tables here are made with valid ones from hostile
//! content. `PROPTEST_CASES` sets how many.

#[path = "common/hostile.rs"]
mod hostile;

use std::path::Path;

use bert_core::weights::TensorSource;
use bert_core::weights::tensorflow::{TensorflowCheckpoint, TensorflowSource};
use hostile::{apply, change, largest_allocation};
use proptest::prelude::*;

/// What a block compressed by snappy may become, and what the longest message may become.
fn allowed(index: &[u8]) -> usize {
    22 * index.len().max(1 << 12) + (1 << 19)
}

const FIXTURES: [&str; 4] = [
    "elements/elements.ckpt",
    "garden-run/bert_model.ckpt",
    "garden/bert_model.ckpt",
    "tf1/bert_model.ckpt",
];

fn fixture(name: &str, suffix: &str) -> Vec<u8> {
    let folder = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/tensorflow"
    ));
    std::fs::read(folder.join(format!("{name}.{suffix}"))).expect("fixtures are checked in")
}

const DATA: &str = "data-00000-of-00001";

thread_local! {
    /// Where each thread puts its files, again and again.
    static FOLDER: tempfile::TempDir = tempfile::tempdir().unwrap();
}

/// Opens a checkpoint and reads every variable in it. What is read must have the length listed.
fn open_and_read(index: &[u8], data: &[u8]) {
    let path = FOLDER.with(|folder| folder.path().join("a.index"));
    for (path, content) in [(&path, index), (&path.with_extension(DATA), data)] {
        // Writing over a file is slow: some file systems then wait for the disk.
        let _ = std::fs::remove_file(path);
        std::fs::write(path, content).unwrap();
    }
    let read_all = |source: &dyn TensorSource| {
        for (name, info) in source.tensors() {
            if let Ok(values) = source.read(name) {
                assert_eq!(values.len(), info.num_elements(), "{name}");
            }
        }
    };
    let largest = largest_allocation(|| {
        if let Ok(source) = TensorflowCheckpoint::open(&path) {
            read_all(&source);
        }
        if let Ok(source) = TensorflowSource::open(&path) {
            assert!(source.skipped().is_sorted());
            read_all(&source);
        }
    });
    let allowed = allowed(index) + 4 * data.len();
    assert!(largest <= allowed, "{largest} bytes were allocated at once");
}

/// A table of blocks with valid checksums, put together without looking at what is in them.
mod table {
    /// A number in groups of seven bits.
    pub fn varint(mut number: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while number >= 0x80 {
            bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
        bytes
    }

    fn masked(crc: u32) -> u32 {
        crc.rotate_right(15).wrapping_add(0xa282_ead8)
    }

    /// Appends a block and gives its handle.
    pub fn put(file: &mut Vec<u8>, content: &[u8], compression: u8) -> Vec<u8> {
        let handle = [varint(file.len() as u64), varint(content.len() as u64)].concat();
        let guarded = [content, &[compression]].concat();
        file.extend_from_slice(&guarded);
        file.extend_from_slice(&masked(crc32c::crc32c(&guarded)).to_le_bytes());
        handle
    }

    /// An entry: bytes shared with the key before, the other bytes, the value.
    pub fn entry(shared: u64, key: &[u8], value: &[u8]) -> Vec<u8> {
        let lengths = [shared, key.len() as u64, value.len() as u64].map(varint);
        [lengths.concat(), key.to_vec(), value.to_vec()].concat()
    }

    /// The end of a block: one restart, at its beginning.
    pub const RESTARTS: [u8; 8] = [0, 0, 0, 0, 1, 0, 0, 0];

    /// A file of data blocks that the index refers to in their order.
    pub fn file(blocks: &[(Vec<u8>, u8)]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut index = Vec::new();
        for (number, (content, compression)) in (0_u8..).zip(blocks) {
            let handle = put(&mut file, content, *compression);
            index.extend(entry(0, &[number], &handle));
        }
        index.extend(RESTARTS);
        let handle = put(&mut file, &index, 0);
        let mut footer = [varint(0), varint(0), handle].concat();
        footer.resize(40, 0);
        footer.extend(0xdb47_7524_8b80_fb57_u64.to_le_bytes());
        file.extend(footer);
        file
    }
}

/// A field of a message: its number, and a varint.
fn field(number: u8, value: u64) -> Vec<u8> {
    [vec![number << 3], table::varint(value)].concat()
}

/// Numbers that lie at edges, and others.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 0_u64..40,
        1 => prop_oneof![Just(1 << 31), Just(1 << 32), Just(1 << 62), Just(1 << 63)],
        1 => Just(u64::MAX),
        1 => (0_u64..64).prop_map(|bits| u64::MAX >> bits),
        1 => any::<u64>(),
    ]
}

/// A message as the index has it, of any numbers.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let dtype = prop_oneof![3 => Just(1), 1 => 0_u64..40, 1 => number()];
    let shape = proptest::collection::vec(number(), 0..5);
    let place = (prop_oneof![4 => Just(0), 1 => number()], number(), number());
    (dtype, shape, place, any::<u32>()).prop_map(|(dtype, shape, place, crc)| {
        let mut dims = Vec::new();
        for len in shape {
            let dim = field(1, len);
            dims.extend([vec![2 << 3 | 2], table::varint(dim.len() as u64), dim].concat());
        }
        let (shard, offset, size) = place;
        [
            field(1, dtype),
            vec![2 << 3 | 2],
            table::varint(dims.len() as u64),
            dims,
            field(3, shard),
            field(4, offset),
            field(5, size),
            vec![6 << 3 | 5],
            crc.to_le_bytes().to_vec(),
        ]
        .concat()
    })
}

/// A block of hostile entries. The first of a checkpoint begins with the header.
fn block(is_first: bool) -> impl Strategy<Value = (Vec<u8>, u8)> {
    let key = prop_oneof![
        1 => proptest::collection::vec(any::<u8>(), 0..4),
        4 => "[a-z]{1,3}".prop_map(String::into_bytes),
    ];
    let value = prop_oneof![9 => message(), 1 => proptest::collection::vec(any::<u8>(), 0..20)];
    let entry = (prop_oneof![9 => Just(0), 1 => number()], key, value);
    let entries = proptest::collection::vec(entry, 1..5);
    let header = prop_oneof![9 => Just(is_first), 1 => Just(!is_first)];
    let end = prop_oneof![
        9 => Just(table::RESTARTS.to_vec()),
        1 => any::<[u8; 4]>().prop_map(Vec::from),
    ];
    let compression = prop_oneof![9 => 0_u8..2, 1 => any::<u8>()];
    (header, entries, end, compression).prop_map(|(header, mut entries, end, compression)| {
        entries.sort_by(|a, b| a.1.cmp(&b.1));
        let mut content = Vec::new();
        if header {
            content.extend(table::entry(0, b"", &field(1, 1)));
        }
        for (shared, key, value) in entries {
            content.extend(table::entry(shared, &key, &value));
        }
        content.extend(end);
        if compression == 1 {
            content = snap::raw::Encoder::new().compress_vec(&content).unwrap();
        }
        (content, compression)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(2000), ..ProptestConfig::default() })]

    #[test]
    fn a_changed_file_is_read_or_refused(
        name in proptest::sample::select(&FIXTURES),
        of_index: bool,
        changes in proptest::collection::vec((0.0..1.0, change()), 1..6),
        cut in prop_oneof![4 => Just(1.0), 1 => 0.0..1.0],
    ) {
        let (mut index, mut data) = (fixture(name, "index"), fixture(name, DATA));
        let changed = if of_index { &mut index } else { &mut data };
        for (place, change) in changes {
            apply(changed, place, change);
        }
        changed.truncate((cut * changed.len() as f64) as usize);
        open_and_read(&index, &data);
    }

    #[test]
    fn hostile_content_with_valid_checksums_is_read_or_refused(
        first in block(true),
        others in proptest::collection::vec(block(false), 0..3),
        data in 0_usize..100,
    ) {
        open_and_read(&table::file(&[vec![first], others].concat()), &vec![0; data]);
    }

    #[test]
    fn a_changed_block_with_a_valid_checksum_is_read_or_refused(
        name in proptest::sample::select(&FIXTURES),
        changes in proptest::collection::vec((0.0..1.0, change()), 1..6),
        compress: bool,
        late: bool,
    ) {
        let (index, data) = (fixture(name, "index"), fixture(name, DATA));
        // A small index has one block of data. Behind it is the metaindex, where the footer says.
        let footer = &index[index.len() - 48..];
        let size = usize::from(footer[0] & 0x7f) | usize::from(footer[1]) << 7;
        let mut content = index[..size - 5].to_vec();
        if compress && !late {
            content = snap::raw::Encoder::new().compress_vec(&content).unwrap();
        }
        for (place, change) in changes {
            apply(&mut content, place, change);
        }
        if compress && late {
            content = snap::raw::Encoder::new().compress_vec(&content).unwrap();
        }
        open_and_read(&table::file(&[(content, compress.into())]), &data);
    }
}

/// As many cases as the environment asks for.
fn cases(usual: u32) -> u32 {
    let asked = std::env::var("PROPTEST_CASES").ok();
    asked.and_then(|cases| cases.parse().ok()).unwrap_or(usual)
}

#[test]
fn every_byte_changed_alone_is_read_or_refused() {
    let (index, data) = (
        fixture("tf1-squad/model.ckpt-3", "index"),
        fixture("tf1-squad/model.ckpt-3", DATA),
    );
    for at in 0..index.len() {
        for changed in [0, 0xff, index[at] ^ 1, index[at].wrapping_add(1)] {
            let mut index = index.clone();
            index[at] = changed;
            open_and_read(&index, &data);
        }
    }
}
