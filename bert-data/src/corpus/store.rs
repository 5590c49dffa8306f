//! Long arrays of numbers on disk, mapped into memory.
//!
//! A file is a header and records of one size, all little-endian:
//!
//! | bytes | what |
//! | --- | --- |
//! | 0..8 | `BERTDATA` |
//! | 8..12 | version of this layout |
//! | 12..16 | bytes of a record |
//! | 16..24 | fingerprint of what the records were made from |
//! | 24..32 | number of records |
//! | 32..36 | CRC-32 of the records, then of bytes 0..32 |
//! | 36..40 | 0 |
//!
//! It is written under another name and renamed, so nobody meets half a file. One that is damaged
//! (if only because the power went before all was on disk) or made from something else opens as
//! `None`: whoever asked makes it anew.
//!
//! What a map shows is what is in the file at that moment: one that another program shortens while
//! it is read ends this one with SIGBUS. Files of a cache are replaced, never written in place.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use tempfile::NamedTempFile;

use super::CorpusError;

/// Goes up when files written before can no longer be used: because this layout changes, or what
/// is made of the same text and choices.
const VERSION: u32 = 1;
const MAGIC: [u8; 8] = *b"BERTDATA";
const HEADER: usize = 40;
/// Bytes that the checksum covers.
const CHECKED: usize = 32;

/// A value of a fixed number of bytes.
pub(super) trait Record: Copy {
    /// The bytes: an array.
    type Bytes: AsRef<[u8]> + AsMut<[u8]> + Default;

    fn to_bytes(self) -> Self::Bytes;
    fn from_bytes(bytes: Self::Bytes) -> Self;
}

macro_rules! number {
    ($($number:ty),*) => {$(
        impl Record for $number {
            type Bytes = [u8; size_of::<$number>()];

            fn to_bytes(self) -> Self::Bytes {
                self.to_le_bytes()
            }

            fn from_bytes(bytes: Self::Bytes) -> Self {
                Self::from_le_bytes(bytes)
            }
        }
    )*};
}

number!(u16, u32, u64);

fn width<R: Record>() -> usize {
    R::Bytes::default().as_ref().len()
}

fn header<R: Record>(fingerprint: u64, count: u64, mut crc: crc32fast::Hasher) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(&MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[12..16].copy_from_slice(&(width::<R>() as u32).to_le_bytes());
    header[16..24].copy_from_slice(&fingerprint.to_le_bytes());
    header[24..32].copy_from_slice(&count.to_le_bytes());
    crc.update(&header[..CHECKED]);
    header[32..36].copy_from_slice(&crc.finalize().to_le_bytes());
    header
}

/// An array in a file, read through a memory map.
pub(super) struct Array<R> {
    map: Mmap,
    len: usize,
    record: PhantomData<fn() -> R>,
}

impl<R: Record> Array<R> {
    /// Opens an array. `None` if it is not there, not whole, damaged, or made from anything but
    /// what `fingerprint` stands for.
    pub(super) fn open(path: &Path, fingerprint: u64) -> Option<Self> {
        Self::map(&File::open(path).ok()?, fingerprint)
    }

    #[allow(unsafe_code)]
    fn map(file: &File, fingerprint: u64) -> Option<Self> {
        // What a device shows has no length to check against.
        if !file.metadata().ok()?.is_file() {
            return None;
        }
        // SAFETY: the map is private and only read, as bytes. Nobody may change the file
        // meanwhile: see above.
        let map = unsafe { Mmap::map(file) }.ok()?;
        let count = u64::from_le_bytes(map.get(24..32)?.try_into().ok()?);
        let records = map.get(HEADER..)?;
        if records.len() as u64 != count.checked_mul(width::<R>() as u64)? {
            return None;
        }
        let mut crc = crc32fast::Hasher::new();
        crc.update(records);
        if map[..HEADER] != header::<R>(fingerprint, count, crc) {
            return None;
        }
        Some(Self {
            len: usize::try_from(count).ok()?,
            map,
            record: PhantomData,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The record at `index`, which must be below `len`.
    pub(super) fn get(&self, index: usize) -> R {
        let mut bytes = R::Bytes::default();
        // Otherwise a large index might wrap around to a record that is there.
        assert!(index < self.len, "record {index} of {}", self.len);
        let start = HEADER + index * width::<R>();
        bytes
            .as_mut()
            .copy_from_slice(&self.map[start..start + width::<R>()]);
        R::from_bytes(bytes)
    }

    /// The record before `index`, or nothing's: ends before the first are 0.
    pub(super) fn before(&self, index: usize) -> R
    where
        R: Default,
    {
        index
            .checked_sub(1)
            .map_or_else(R::default, |index| self.get(index))
    }
}

/// A file without a name of its own yet. By itself it would be for its owner alone; it is to have
/// what every other file gets by the umask.
fn temporary(folder: &Path) -> std::io::Result<NamedTempFile> {
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Whether there is a file that is neither an array nor what is left of one.
fn is_strange(path: &Path) -> bool {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut beginning = Vec::new();
        let mut file = File::open(path)?.take(MAGIC.len() as u64);
        file.read_to_end(&mut beginning)?;
        Ok(beginning)
    };
    match read() {
        // After a power cut it can be empty, or zeros.
        Ok(beginning) => {
            !beginning.is_empty()
                && beginning != vec![0; beginning.len()]
                && !MAGIC.starts_with(&beginning)
        }
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    }
}

/// Writes an array record by record.
pub(super) struct ArrayWriter<R> {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
    fingerprint: u64,
    count: u64,
    crc: crc32fast::Hasher,
    record: PhantomData<fn() -> R>,
}

impl<R: Record> ArrayWriter<R> {
    /// Begins the file that [`finish`](Self::finish) puts at `path`; its folder is made if needed.
    pub(super) fn create(path: PathBuf, fingerprint: u64) -> Result<Self, CorpusError> {
        if is_strange(&path) {
            let error = std::io::Error::other("there is a file of this name that holds no tokens");
            return Err(CorpusError::caching(&path)(error));
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        let begun = std::fs::create_dir_all(folder).and_then(|()| {
            let mut file = BufWriter::with_capacity(1 << 18, temporary(folder)?);
            file.write_all(&[0; HEADER])?;
            Ok(file)
        });
        Ok(Self {
            file: begun.map_err(CorpusError::caching(&path))?,
            path,
            fingerprint,
            count: 0,
            crc: crc32fast::Hasher::new(),
            record: PhantomData,
        })
    }

    pub(super) fn push(&mut self, record: R) -> Result<(), CorpusError> {
        let bytes = record.to_bytes();
        self.crc.update(bytes.as_ref());
        self.count += 1;
        self.file
            .write_all(bytes.as_ref())
            .map_err(CorpusError::caching(&self.path))
    }

    pub(super) fn len(&self) -> u64 {
        self.count
    }

    /// Puts the file in its place and opens it.
    pub(super) fn finish(self) -> Result<Array<R>, CorpusError> {
        let caching = || CorpusError::caching(&self.path);
        let header = header::<R>(self.fingerprint, self.count, self.crc);
        let write = |file: BufWriter<NamedTempFile>| {
            let mut file = file.into_inner().map_err(|error| error.into_error())?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&header)?;
            file.persist(&self.path).map_err(|error| error.error)
        };
        let file = write(self.file).map_err(caching())?;
        // Mapped from the handle: another process may have renamed its own file over this one.
        Array::map(&file, self.fingerprint)
            .ok_or_else(|| std::io::Error::other("what was written cannot be read back"))
            .map_err(caching())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn write(path: &Path, numbers: &[u16]) -> Array<u16> {
        let mut writer = ArrayWriter::create(path.to_owned(), 7).unwrap();
        for &number in numbers {
            writer.push(number).unwrap();
        }
        writer.finish().unwrap()
    }

    #[cfg(unix)]
    #[test]
    fn an_array_has_the_permissions_of_the_umask() {
        use std::os::unix::fs::PermissionsExt;

        let dir = tempfile::tempdir().unwrap();
        let [array, plain] = ["array", "plain"].map(|name| dir.path().join(name));
        write(&array, &[1]);
        std::fs::write(&plain, "").unwrap();
        let [array, plain] = [array, plain]
            .map(|path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777);
        assert_eq!(array, plain, "{array:o} and {plain:o}");
    }

    #[test]
    fn a_strangers_file_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tokens.bin");
        for (content, is_replaced) in [
            (&b"my own tokens"[..], false),
            (b"BERT", true),
            (b"", true),
            (&[0; 100], true),
        ] {
            std::fs::write(&path, content).unwrap();
            let created = ArrayWriter::<u16>::create(path.clone(), 7);
            assert_eq!(created.is_ok(), is_replaced, "{content:?}");
        }
    }

    #[test]
    fn an_array_is_what_was_pushed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/folder/a.bin");
        let array = write(&path, &[3, 1, 65535]);
        assert_eq!((array.len(), array.get(2)), (3, 65535));
        assert_eq!((array.before(0), array.before(2)), (0, 1));
        let again = Array::<u16>::open(&path, 7).unwrap();
        assert_eq!((again.len(), again.get(0)), (3, 3));
        assert_eq!(write(&path, &[]).len(), 0);
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1
        );
    }

    #[test]
    fn another_fingerprint_or_width_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.bin");
        write(&path, &[1, 2]);
        assert!(Array::<u16>::open(&path, 8).is_none());
        assert!(Array::<u32>::open(&path, 7).is_none());
        assert!(Array::<u16>::open(&dir.path().join("b.bin"), 7).is_none());
        assert!(Array::<u16>::open(dir.path(), 7).is_none());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = ArrayWriter::<u16>::create(file.join("a.bin"), 7)
            .err()
            .unwrap();
        assert!(error.to_string().contains("a.bin"), "{error}");
    }

    proptest! {
        #[test]
        fn damage_is_noticed(at in 0usize..60, flip in 1u8.., cut in 0usize..60) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("a.bin");
            write(&path, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
            let whole = std::fs::read(&path).unwrap();
            prop_assert_eq!(whole.len(), 60);
            let mut flipped = whole.clone();
            flipped[at] ^= flip;
            for damaged in [&flipped[..], &whole[..cut], &[&whole[..], &[0]].concat()] {
                std::fs::write(&path, damaged).unwrap();
                prop_assert!(Array::<u16>::open(&path, 7).is_none());
            }
        }
    }
}
