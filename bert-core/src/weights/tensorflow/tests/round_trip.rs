//! A table is read as it was written, and a changed one never as something else.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::table::{self, MAX_KEY_BYTES, TableError};
use super::super::table_builder::TableBuilder;

type Table = BTreeMap<Vec<u8>, Vec<u8>>;

fn write(entries: &Table, block_bytes: usize) -> Vec<u8> {
    let mut table = TableBuilder::new(block_bytes);
    for (key, value) in entries {
        table.add(key, value);
    }
    table.finish()
}

fn read(table: &[u8]) -> Result<Table, TableError> {
    let mut entries = Table::new();
    let mut before: Option<Vec<u8>> = None;
    table::scan(table, |key, value| {
        assert!(before.as_deref().is_none_or(|before| before < key));
        before = Some(key.to_vec());
        entries.insert(key.to_vec(), value.to_vec());
        Ok::<_, TableError>(())
    })?;
    Ok(entries)
}

fn entries() -> impl Strategy<Value = Table> {
    let key = prop_oneof![
        "(bert|cls)/(layer_[0-9]/)?(kernel|bias)".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..300),
    ];
    let value = proptest::collection::vec(any::<u8>(), 0..40);
    proptest::collection::btree_map(key, value, 0..100)
}

proptest! {
    #[test]
    fn a_table_is_read_as_written(entries in entries(), block_bytes in 1_usize..2000) {
        prop_assert_eq!(read(&write(&entries, block_bytes)), Ok(entries));
    }

    #[test]
    fn a_flipped_bit_is_found_or_changes_nothing(
        entries in entries(),
        block_bytes in 1_usize..2000,
        place in 0.0..1.0,
        bit in 0_u32..8,
    ) {
        let mut table = write(&entries, block_bytes);
        let at = (place * table.len() as f64) as usize;
        table[at] ^= 1 << bit;
        if let Ok(read) = read(&table) {
            prop_assert_eq!(read, entries);
        }
    }

    #[test]
    fn a_table_that_is_cut_is_refused(entries in entries(), place in 0.0..1.0) {
        let table = write(&entries, 100);
        let cut = (place * table.len() as f64) as usize;
        prop_assert!(read(&table[..cut]).is_err());
    }

    #[test]
    fn bytes_are_no_table(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read(&bytes).is_err());
    }
}

#[test]
fn the_longest_key_is_read() {
    let entries = |len| Table::from([(vec![b'a'; len], Vec::new())]);
    let longest = entries(MAX_KEY_BYTES);
    assert_eq!(read(&write(&longest, 100)), Ok(longest));
    assert!(read(&write(&entries(MAX_KEY_BYTES + 1), 100)).is_err());
}

/// CRC-32C of 32 zeros as in RFC 3720, and what LevelDB's masking makes of it.
#[test]
fn checksums_are_masked_as_in_leveldb() {
    let crc = crc32c::crc32c(&[0; 32]);
    assert_eq!(crc, 0x8a91_36aa);
    assert_eq!(
        table::masked(crc),
        0x6d55_1522_u32.wrapping_add(0xa282_ead8)
    );
}
