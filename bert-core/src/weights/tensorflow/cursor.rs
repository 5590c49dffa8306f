//! Bytes with varints, taken from the front.

/// The bytes end before what should be there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CutShort;

/// The rest of some bytes. Nothing behind their end is ever taken.
pub(super) struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    /// The beginning of `bytes`.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether all was taken.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next `len` bytes.
    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], CutShort> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(CutShort)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A number in groups of seven bits, the lowest first; the top bit says that more follow.
    pub(super) fn varint(&mut self) -> Result<u64, CutShort> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            let bits = u64::from(byte & 0x7f);
            number |= bits << shift;
            if byte < 0x80 {
                // The tenth byte has room for one bit.
                return if bits << shift >> shift == bits {
                    Ok(number)
                } else {
                    Err(CutShort)
                };
            }
        }
        Err(CutShort)
    }

    /// A varint that counts bytes.
    pub(super) fn length(&mut self) -> Result<usize, CutShort> {
        usize::try_from(self.varint()?).map_err(|_| CutShort)
    }
}

/// Appends a number as [`Cursor::varint`] reads it.
pub(super) fn put_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        let read = |bytes: &[u8]| Cursor::new(bytes).varint();
        assert_eq!(read(&[0x80]), Err(CutShort));
        assert_eq!(read(&[0xac, 0x02]), Ok(300));
        let mut largest = [0xff; 10];
        largest[9] = 1;
        assert_eq!(read(&largest), Ok(u64::MAX));
        largest[9] = 2;
        assert_eq!(read(&largest), Err(CutShort));
        assert_eq!(read(&[0xff; 11]), Err(CutShort));
    }

    proptest! {
        #[test]
        fn a_number_is_read_as_written(number: u64) {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, number);
            let mut cursor = Cursor::new(&bytes);
            prop_assert_eq!(cursor.varint(), Ok(number));
            prop_assert!(cursor.is_empty());
        }
    }
}
