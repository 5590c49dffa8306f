//! The bytes of a pickle, taken from the front.

use super::pickle::Fault;

/// A position in bytes. Nothing behind their end is ever taken.
#[derive(Default)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The beginning of `bytes`.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes were taken.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], Fault> {
        let rest = &self.bytes[self.at..];
        let taken = rest.get(..len).ok_or(Fault::CutShort)?;
        self.at += len;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        Ok(self
            .take(N)?
            .try_into()
            .expect("take gives the length asked for"))
    }

    /// Leaves out `N` bytes.
    pub(super) fn skip<const N: usize>(&mut self) -> Result<(), Fault> {
        self.take(N).map(drop)
    }

    /// Bytes with their length before them, which is an integer of `width` bytes, at most 8.
    pub(super) fn counted(&mut self, width: usize) -> Result<&'a [u8], Fault> {
        let mut len = [0; 8];
        len[..width].copy_from_slice(self.take(width)?);
        self.take(usize::try_from(u64::from_le_bytes(len)).map_err(|_| Fault::CutShort)?)
    }

    /// A name up to the end of the line.
    pub(super) fn line(&mut self) -> Result<&'a str, Fault> {
        let rest = &self.bytes[self.at..];
        let len = rest
            .iter()
            .position(|&byte| byte == b'\n')
            .ok_or(Fault::CutShort)?;
        self.at += len + 1;
        std::str::from_utf8(&rest[..len]).map_err(|_| Fault::Expected("a name"))
    }
}

/// An integer of any length in little-endian two's complement; `None` if it is too long.
pub(super) fn long(bytes: &[u8]) -> Option<i64> {
    let negative = bytes.last().is_some_and(|&byte| byte >= 0x80);
    let mut number = [if negative { 0xff } else { 0 }; 8];
    number.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(i64::from_le_bytes(number))
}
