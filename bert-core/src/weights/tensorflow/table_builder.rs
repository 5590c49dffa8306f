//! Writing the table that `table` reads.

use super::cursor::put_varint;
use super::table::{Handle, MAGIC, TRAILER, UNCOMPRESSED, masked};

/// Every so many entries a key is whole, so that a reader can search in a block.
const RESTART_INTERVAL: usize = 16;

/// A table, made of entries in ascending order of their keys.
pub(super) struct TableBuilder {
    file: Vec<u8>,
    block: BlockBuilder,
    index: BlockBuilder,
    block_bytes: usize,
}

impl TableBuilder {
    /// An empty table whose blocks have about `block_bytes` bytes.
    pub(super) fn new(block_bytes: usize) -> Self {
        Self {
            file: Vec::new(),
            block: BlockBuilder::default(),
            index: BlockBuilder::default(),
            block_bytes,
        }
    }

    /// Adds an entry. Its key is greater than that of the entry before.
    pub(super) fn add(&mut self, key: &[u8], value: &[u8]) {
        self.block.add(key, value);
        if self.block.bytes.len() >= self.block_bytes {
            self.end_block();
        }
    }

    /// The whole table.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if !self.block.bytes.is_empty() {
            self.end_block();
        }
        let metaindex = put_block(&mut self.file, &BlockBuilder::default().finish());
        let index = put_block(&mut self.file, &self.index.finish());
        let handles = [metaindex.bytes(), index.bytes()].concat();
        let padding = vec![0; super::table::FOOTER - MAGIC.len() - handles.len()];
        self.file
            .extend([handles, padding, MAGIC.to_vec()].concat());
        self.file
    }

    fn end_block(&mut self) {
        let block = std::mem::take(&mut self.block);
        let last = block.last.clone();
        let handle = put_block(&mut self.file, &block.finish());
        // Any key from the last of the block up to the first of the next would do.
        self.index.add(&last, &handle.bytes());
    }
}

impl Handle {
    pub(super) fn bytes(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_varint(&mut bytes, self.offset);
        put_varint(&mut bytes, self.size);
        bytes
    }
}

fn put_block(file: &mut Vec<u8>, content: &[u8]) -> Handle {
    put_raw_block(file, content, UNCOMPRESSED)
}

/// Appends a block whose content was compressed in the way that `compression` tells.
pub(super) fn put_raw_block(file: &mut Vec<u8>, content: &[u8], compression: u8) -> Handle {
    let handle = Handle {
        offset: file.len() as u64,
        size: content.len() as u64,
    };
    let mut trailer = [compression; TRAILER];
    file.extend_from_slice(content);
    let crc = crc32c::crc32c_append(crc32c::crc32c(content), &trailer[..1]);
    trailer[1..].copy_from_slice(&masked(crc).to_le_bytes());
    file.extend_from_slice(&trailer);
    handle
}

/// A block without its trailer.
#[derive(Default)]
pub(super) struct BlockBuilder {
    bytes: Vec<u8>,
    restarts: Vec<u32>,
    entries: usize,
    last: Vec<u8>,
}

impl BlockBuilder {
    /// Adds an entry behind the others.
    pub(super) fn add(&mut self, key: &[u8], value: &[u8]) {
        let shared = if self.entries.is_multiple_of(RESTART_INTERVAL) {
            self.restarts.push(self.bytes.len() as u32);
            0
        } else {
            let equal = self.last.iter().zip(key).take_while(|(a, b)| a == b);
            equal.count()
        };
        for length in [shared, key.len() - shared, value.len()] {
            put_varint(&mut self.bytes, length as u64);
        }
        self.bytes.extend_from_slice(&key[shared..]);
        self.bytes.extend_from_slice(value);
        self.entries += 1;
        self.last.clear();
        self.last.extend_from_slice(key);
    }

    /// The content of the block.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.restarts.is_empty() {
            self.restarts.push(0);
        }
        for number in self.restarts.iter().chain([&(self.restarts.len() as u32)]) {
            self.bytes.extend_from_slice(&number.to_le_bytes());
        }
        self.bytes
    }
}
