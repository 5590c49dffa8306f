//! Tables with valid checksums that no TensorFlow writes, but that a file may hold.

use prost::Message;

use super::super::super::{TensorSource, WeightsError};
use super::super::table::{FOOTER, MAGIC, MAX_KEY_BYTES, SNAPPY, UNCOMPRESSED};
use super::super::table_builder::{BlockBuilder, put_raw_block};
use super::{DATA, Files, entry, header, index_refused, one};
use crate::foreign::Foreign;

/// The end of a block: one restart, at its beginning.
const RESTARTS: [u8; 8] = [0, 0, 0, 0, 1, 0, 0, 0];

/// A table of one block whose handle is as given, or true.
fn table(block: &[u8], compression: u8, handle: Option<[u64; 2]>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut place = put_raw_block(&mut file, block, compression);
    if let Some([offset, size]) = handle {
        (place.offset, place.size) = (offset, size);
    }
    let mut index = BlockBuilder::default();
    index.add(b"z", &place.bytes());
    let place = put_raw_block(&mut file, &index.finish(), UNCOMPRESSED);
    let mut footer = [vec![0, 0], place.bytes()].concat();
    footer.resize(FOOTER - MAGIC.len(), 0);
    [file, footer, MAGIC.to_vec()].concat()
}

#[track_caller]
fn block_refused(block: &[u8], because: &str) {
    let block = [block, &RESTARTS].concat();
    index_refused(&table(&block, UNCOMPRESSED, None), because);
}

#[test]
fn what_the_tests_change_is_read() {
    let read = |index: &[u8]| {
        let checkpoint = Files::new(index, &DATA).open().unwrap();
        assert_eq!(checkpoint.read("kernel").unwrap(), [2.0, 3.0]);
    };
    read(&one(&entry()));
    let mut block = BlockBuilder::default();
    block.add(b"", &header().encode_to_vec());
    block.add(b"kernel", &entry().encode_to_vec());
    let block = block.finish();
    read(&table(&block, UNCOMPRESSED, None));
    let compressed = snap::raw::Encoder::new().compress_vec(&block).unwrap();
    read(&table(&compressed, SNAPPY, None));
}

#[test]
fn other_files() {
    index_refused(b"short", "it has 5 bytes");
    for (index, expected) in [
        (&b""[..], Foreign::Empty),
        (
            b"version https://git-lfs.github.com/spec/v1",
            Foreign::GitLfs,
        ),
        (
            b"<html><head><title>404</title></head><body>not found</body></html>",
            Foreign::Html,
        ),
    ] {
        match Files::new(index, &DATA).open() {
            Err(WeightsError::Foreign { kind, .. }) => assert_eq!(kind, expected),
            other => panic!("{other:?}"),
        }
    }
    index_refused(&[0; 100], "does not end as");
    let mut footer = vec![0xff; FOOTER - MAGIC.len()];
    footer.extend(MAGIC);
    index_refused(&footer, "footer");
}

#[test]
fn blocks_that_are_not_where_they_should_be() {
    let block = [&[0, 0, 2, 8, 1], RESTARTS.as_slice()].concat();
    for handle in [
        [1 << 63, 4],
        [u64::MAX, u64::MAX],
        [0, u64::MAX],
        [0, 1 << 40],
        [10_000, 0],
    ] {
        let because = format!("byte {} should have {} bytes", handle[0], handle[1]);
        index_refused(&table(&block, UNCOMPRESSED, Some(handle)), &because);
    }
    index_refused(&table(&block, UNCOMPRESSED, Some([0, 3])), "the checksum");
    index_refused(&table(&block, 7, None), "in the unknown way 7");
    let mut flipped = table(&block, UNCOMPRESSED, None);
    flipped[2] ^= 1;
    index_refused(&flipped, "block at byte 0 has the checksum");
}

/// Each further visit of a block would cost time without a byte in the file.
#[test]
fn blocks_that_are_visited_twice() {
    let mut file = Vec::new();
    let mut block = BlockBuilder::default();
    block.add(b"", &header().encode_to_vec());
    let place = put_raw_block(&mut file, &block.finish(), UNCOMPRESSED);
    let mut index = BlockBuilder::default();
    index.add(b"a", &place.bytes());
    index.add(b"b", &place.bytes());
    let place = put_raw_block(&mut file, &index.finish(), UNCOMPRESSED);
    let mut footer = [vec![0, 0], place.bytes()].concat();
    footer.resize(FOOTER - MAGIC.len(), 0);
    index_refused(
        &[file, footer, MAGIC.to_vec()].concat(),
        "block at byte 0 begins before the block before it ends",
    );
}

#[test]
fn snappy_that_claims_too_much() {
    // 2^32 - 1 and 1000 bytes of nothing but a short literal.
    index_refused(
        &table(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0, b'a'], SNAPPY, None),
        "claims to be 4294967295 bytes compressed to 7",
    );
    index_refused(
        &table(&[0xe8, 0x07, 0, b'a'], SNAPPY, None),
        "claims to be 1000 bytes compressed to 4",
    );
    index_refused(&table(&[5, 0, b'a'], SNAPPY, None), "not by snappy");
    index_refused(&table(&[0xff; 20], SNAPPY, None), "not by snappy");
}

#[test]
fn entries_of_blocks_that_lead_elsewhere() {
    let first = [&[0, 0, 2, 8, 1][..]].concat();
    let then = |entry: &[u8]| [&first[..], entry].concat();
    index_refused(&table(&[1, 0], UNCOMPRESSED, None), "cut short");
    index_refused(&table(&[0xff; 4], UNCOMPRESSED, None), "cut short");
    block_refused(&[], "holds no entry");
    block_refused(&then(&[0, 3]), "cut short");
    block_refused(&then(&[0, 1, 9, b'a']), "cut short");
    block_refused(&then(&[7, 1, 0, b'a']), "shares more bytes");
    let mut number = [0xff; 10];
    number[9] = 1;
    for at in 0..3 {
        let mut lengths = vec![vec![0]; 3];
        lengths[at] = number.to_vec();
        let because = if at == 0 { "shares more" } else { "cut short" };
        block_refused(&then(&lengths.concat()), because);
    }
    block_refused(&then(&[0, 0, 0]), "ascending order");
    let long = [&[0, 0x81, 0x08, 0][..], &[b'a'; MAX_KEY_BYTES + 1]].concat();
    block_refused(&then(&long), "more than 1024 bytes");
}
