//! The sorted string table: keys with values, in blocks that share prefixes of keys.
//!
//! Follows LevelDB's `doc/table_format.md` and TensorFlow's `core/lib/io/format.cc`:
//!
//! - the footer, the last 48 bytes: two block handles (offset and size as varints), padding, a
//!   magic number. The first handle is of the metaindex block, which is empty here, the second of
//!   the index block, whose values are the handles of the data blocks;
//! - a block: its entries, the positions of the entries with a whole key, their number; behind it
//!   a byte for the compression and a masked CRC-32C of all that;
//! - an entry: three varints (bytes shared with the key before, other bytes of the key, bytes of
//!   the value), then those bytes.

use std::borrow::Cow;

use super::cursor::{Cursor, CutShort};

/// Bytes of the footer.
pub(super) const FOOTER: usize = 48;

/// Bytes behind each block: the compression and the checksum.
pub(super) const TRAILER: usize = 5;

/// The last eight bytes of every table.
pub(super) const MAGIC: [u8; 8] = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();

/// Values of the byte for the compression.
pub(super) const UNCOMPRESSED: u8 = 0;
pub(super) const SNAPPY: u8 = 1;

/// The longest key. Each entry may share nearly all of its key with the one before, so a short
/// file can describe keys of any total length.
pub(super) const MAX_KEY_BYTES: usize = 1024;

/// How much longer snappy can make a block: 64 bytes from an instruction of 3.
const MAX_SNAPPY_RATIO: usize = 22;

/// Why a table cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum TableError {
    #[error("it has {0} bytes, which is too short for a TensorFlow checkpoint's index")]
    TooShort(usize),
    #[error("it does not end as a TensorFlow checkpoint's index ends, so it is cut short or none")]
    Magic,
    #[error("its footer does not tell where the blocks are")]
    Footer,
    #[error("its block at byte {offset} {fault}")]
    Block { offset: u64, fault: BlockFault },
}

/// What is wrong with a block. Worded to follow its position.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum BlockFault {
    #[error("should have {0} bytes, more than the file has there")]
    Beyond(u64),
    #[error("begins before the block before it ends")]
    Overlaps,
    #[error("has the checksum {found:08x} instead of {expected:08x}")]
    Checksum { expected: u32, found: u32 },
    #[error("is compressed in the unknown way {0}")]
    Compression(u8),
    #[error("is compressed, but not by snappy: {0}")]
    Snappy(String),
    #[error("claims to be {claimed} bytes compressed to {stored}, which snappy cannot do")]
    SnappyRatio { claimed: usize, stored: usize },
    #[error("holds no entry")]
    Empty,
    #[error("holds an entry that is cut short")]
    CutShort,
    #[error("holds a key that shares more bytes with the key before than that has")]
    Shared,
    #[error("holds a key of more than {MAX_KEY_BYTES} bytes")]
    LongKey,
    #[error("holds keys that are not in ascending order")]
    Order,
    #[error("does not tell where a block is")]
    Handle,
}

impl From<CutShort> for BlockFault {
    fn from(_: CutShort) -> Self {
        Self::CutShort
    }
}

/// Calls `visit` with every key and value of a table, in ascending order of the keys.
///
/// # Errors
/// When the bytes are not a table, or whatever `visit` returns.
pub(super) fn scan<E: From<TableError>>(
    table: &[u8],
    mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let index_handle = index_handle(table)?;
    let in_block = |handle: Handle| {
        move |fault| TableError::Block {
            offset: handle.offset,
            fault,
        }
    };
    let index = block(table, index_handle).map_err(in_block(index_handle))?;
    let mut handles = Entries::new(&index).map_err(in_block(index_handle))?;
    let mut keys = Vec::new();
    let mut end = 0;
    while let Some(value) = handles.next().map_err(in_block(index_handle))? {
        let handle = Handle::read(&mut Cursor::new(value))
            .map_err(|_| in_block(index_handle)(BlockFault::Handle))?;
        let fault = in_block(handle);
        // Every byte belongs to one block at most, so that the work is bounded by the file.
        if handle.offset < end {
            return Err(fault(BlockFault::Overlaps).into());
        }
        let content = block(table, handle).map_err(fault)?;
        end = handle.offset + handle.size;
        let mut entries = Entries::new(&content).map_err(fault)?;
        let mut first = true;
        while let Some(value) = entries.next().map_err(fault)? {
            if first && !keys.is_empty() && entries.key <= keys {
                return Err(fault(BlockFault::Order).into());
            }
            first = false;
            visit(&entries.key, value)?;
        }
        if first {
            return Err(fault(BlockFault::Empty).into());
        }
        keys = entries.key;
    }
    Ok(())
}

/// Where a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Handle {
    /// Its first byte.
    pub(super) offset: u64,
    /// Its bytes, without the trailer.
    pub(super) size: u64,
}

impl Handle {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, CutShort> {
        Ok(Self {
            offset: cursor.varint()?,
            size: cursor.varint()?,
        })
    }
}

fn index_handle(table: &[u8]) -> Result<Handle, TableError> {
    let start = table
        .len()
        .checked_sub(FOOTER)
        .ok_or(TableError::TooShort(table.len()))?;
    let footer = &table[start..];
    if !footer.ends_with(&MAGIC) {
        return Err(TableError::Magic);
    }
    let mut cursor = Cursor::new(&footer[..FOOTER - MAGIC.len()]);
    let _metaindex = Handle::read(&mut cursor).map_err(|_| TableError::Footer)?;
    Handle::read(&mut cursor).map_err(|_| TableError::Footer)
}

/// The content of a block, its checksum verified.
fn block(table: &[u8], handle: Handle) -> Result<Cow<'_, [u8]>, BlockFault> {
    let beyond = || BlockFault::Beyond(handle.size);
    let start = usize::try_from(handle.offset).map_err(|_| beyond())?;
    let size = usize::try_from(handle.size).map_err(|_| beyond())?;
    let (content, trailer) = table
        .get(start..)
        .and_then(|rest| rest.split_at_checked(size))
        .and_then(|(content, rest)| Some((content, rest.first_chunk::<TRAILER>()?)))
        .ok_or_else(beyond)?;
    let &[compression, ref checksum @ ..] = trailer;
    let expected = u32::from_le_bytes(*checksum);
    let found = masked(crc32c::crc32c_append(
        crc32c::crc32c(content),
        &[compression],
    ));
    // A fuzzer would only ever find that the checksum is wrong.
    if found != expected && !cfg!(fuzzing) {
        return Err(BlockFault::Checksum { expected, found });
    }
    match compression {
        UNCOMPRESSED => Ok(Cow::Borrowed(content)),
        SNAPPY => decompress(content).map(Cow::Owned),
        other => Err(BlockFault::Compression(other)),
    }
}

fn decompress(content: &[u8]) -> Result<Vec<u8>, BlockFault> {
    let failed = |error: snap::Error| BlockFault::Snappy(error.to_string());
    let claimed = snap::raw::decompress_len(content).map_err(failed)?;
    // Asked first because the decompressor allocates what is claimed.
    if claimed / MAX_SNAPPY_RATIO > content.len() {
        return Err(BlockFault::SnappyRatio {
            claimed,
            stored: content.len(),
        });
    }
    snap::raw::Decoder::new()
        .decompress_vec(content)
        .map_err(failed)
}

/// The entries of a block.
struct Entries<'a> {
    rest: Cursor<'a>,
    /// The key of the entry that was read last.
    key: Vec<u8>,
    started: bool,
}

impl<'a> Entries<'a> {
    fn new(block: &'a [u8]) -> Result<Self, BlockFault> {
        let (rest, count) = block.split_last_chunk().ok_or(BlockFault::CutShort)?;
        let restarts = u32::from_le_bytes(*count) as u64 * 4;
        let entries = (rest.len() as u64)
            .checked_sub(restarts)
            .ok_or(BlockFault::CutShort)?;
        Ok(Self {
            rest: Cursor::new(&rest[..entries as usize]),
            key: Vec::new(),
            started: false,
        })
    }

    /// Goes to the next entry and gives its value.
    fn next(&mut self) -> Result<Option<&'a [u8]>, BlockFault> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let shared = self.rest.length()?;
        let other = self.rest.length()?;
        let value = self.rest.length()?;
        let suffix = self.rest.take(other)?;
        let value = self.rest.take(value)?;
        let ahead = self.key.get(shared..).ok_or(BlockFault::Shared)?;
        // What is shared is equal, so the order is that of the rest.
        if self.started && suffix <= ahead {
            return Err(BlockFault::Order);
        }
        if shared + suffix.len() > MAX_KEY_BYTES {
            return Err(BlockFault::LongKey);
        }
        self.key.truncate(shared);
        self.key.extend_from_slice(suffix);
        self.started = true;
        Ok(Some(value))
    }
}

/// A checksum as it is stored. A CRC of bytes that hold their own CRC says little, so it is
/// changed: rotated by 15 bits, plus a constant.
pub(super) fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}
