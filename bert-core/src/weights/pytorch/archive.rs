//! The two containers that `torch.save` has written: where the pickle is in them, and where the
//! storages.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::object::{Element, Heap, Object, Value};
use super::pickle::{self, Fault, Pickle, PickleError};

/// What a legacy file begins with, as a Python integer: 0x1950a86a20f9469cfc6c.
const LEGACY_MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// The only version that legacy files ever had.
const LEGACY_PROTOCOL: Value = Value::Int(1001);

/// An opened file and where its storages are.
#[derive(Debug)]
pub(super) struct Archive {
    /// Reading moves the file's position, hence the lock.
    file: Mutex<File>,
    storages: HashMap<Box<str>, Region>,
    /// Whether the file ends before its last storage does.
    is_cut_short: bool,
}

/// Bytes of the file. They are known to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Region {
    /// Position of the first.
    pub(super) start: u64,
    /// How many.
    pub(super) len: u64,
}

/// Why a file is not one of the containers.
#[derive(Debug, thiserror::Error)]
pub(super) enum ArchiveError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("it is of the TAR format of PyTorch before 0.1.10; load and save it with PyTorch")]
    Tar,
    #[error("it begins neither as a zip archive nor as a pickle")]
    UnknownFormat,
    #[error("it is a TorchScript program, not a state dict; save `model.state_dict()` instead")]
    TorchScript,
    #[error("the zip directory that belongs at its end is not there")]
    NoZipDirectory,
    #[error("the zip directory at its end cannot be read: {0}")]
    Zip(zip::result::ZipError),
    #[error("a zip entry `<name>/data.pkl` was expected once, found {0} times")]
    NoPickle(usize),
    #[error("its zip entry `{0}` is compressed or encrypted, which torch.save never does")]
    Packed(String),
    #[error(
        "its zip entry `{name}` should have {expected} bytes, but the file ends {missing} before"
    )]
    CutShort {
        name: String,
        expected: u64,
        missing: u64,
    },
    #[error("it was written on a big-endian machine")]
    BigEndian,
    #[error("it is a pickle, but not one of torch.save")]
    BarePickle,
    #[error("its legacy header is wrong: {0}")]
    Legacy(&'static str),
    #[error(transparent)]
    Pickle(#[from] PickleError),
    #[error(transparent)]
    LegacyPickle(PickleError),
}

/// Opens the file at `path`, finds its storages and runs its pickle.
pub(super) fn open(path: &Path) -> Result<(Archive, Pickle), ArchiveError> {
    let mut file = File::open(path)?;
    let len = file.metadata()?.len();
    let mut start = Vec::new();
    (&mut file).take(512).read_to_end(&mut start)?;
    let Opened {
        storages,
        pickle,
        is_cut_short,
    } = match &start[..] {
        [b'P', b'K', ..] => open_zip(&mut file, len)?,
        [0x80, ..] => open_legacy(&mut file, len)?,
        tar if tar.get(257..262) == Some(b"ustar") => return Err(ArchiveError::Tar),
        _ => return Err(ArchiveError::UnknownFormat),
    };
    Ok((
        Archive {
            file: Mutex::new(file),
            storages,
            is_cut_short,
        },
        pickle,
    ))
}

impl ArchiveError {
    /// Whether it comes from a file that ends too early.
    pub(super) fn is_cut_short(&self) -> bool {
        match self {
            Self::NoZipDirectory | Self::CutShort { .. } => true,
            // A pickle in a zip archive is as long as the directory says, which is an end.
            Self::LegacyPickle(error) => error.fault == Fault::CutShort,
            _ => false,
        }
    }
}

impl Archive {
    /// Whether the file ends before its last storage does.
    pub(super) fn is_cut_short(&self) -> bool {
        self.is_cut_short
    }

    /// Where the storage with this key is.
    pub(super) fn storage(&self, key: &str) -> Option<Region> {
        self.storages.get(key).copied()
    }

    /// Reads bytes that lie within a [`Region`].
    pub(super) fn read(&self, bytes: Range<u64>) -> io::Result<Vec<u8>> {
        // A panic elsewhere cannot have left the position in a state that matters: it is set here.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        read_range(&mut file, bytes)
    }
}

fn read_range(file: &mut File, bytes: Range<u64>) -> io::Result<Vec<u8>> {
    let len = usize::try_from(bytes.end - bytes.start).map_err(io::Error::other)?;
    let mut buffer = vec![0; len];
    file.seek(SeekFrom::Start(bytes.start))?;
    file.read_exact(&mut buffer)?;
    Ok(buffer)
}

/// What a container holds.
struct Opened {
    storages: HashMap<Box<str>, Region>,
    pickle: Pickle,
    is_cut_short: bool,
}

/// The checksums of the entries are not compared: PyTorch does not either, and can be told to
/// write none.
fn open_zip(file: &mut File, file_len: u64) -> Result<Opened, ArchiveError> {
    let entries = zip_entries(file, file_len)?;
    let mut prefixes = entries
        .keys()
        .filter_map(|name| name.strip_suffix("/data.pkl"));
    let prefix = match (prefixes.next(), prefixes.count()) {
        (Some(prefix), 0) => prefix,
        (first, more) => return Err(ArchiveError::NoPickle(first.iter().count() + more)),
    };
    let find = |name: &str| entries.get(format!("{prefix}/{name}").as_str());
    if find("constants.pkl").is_some() {
        return Err(ArchiveError::TorchScript);
    }
    let mut read = |region: Region, limit: usize| {
        read_range(
            file,
            region.start..region.start + region.len.min(limit as u64),
        )
    };
    // Without this entry, which is younger than the format, PyTorch takes it for little-endian.
    if let Some(&order) = find("byteorder")
        && read(order, 16)? != b"little"
    {
        return Err(ArchiveError::BigEndian);
    }
    let &region = find("data.pkl").ok_or(ArchiveError::NoPickle(0))?;
    let bytes = read(region, pickle::MAX_BYTES)?;
    let pickle = run_pickle(&bytes, bytes.len())?;
    let folder = format!("{prefix}/data/");
    let storages = entries
        .iter()
        .filter_map(|(name, &region)| Some((name.strip_prefix(&*folder)?.into(), region)))
        .collect();
    Ok(Opened {
        storages,
        pickle,
        // Its directory is at the end, and was read.
        is_cut_short: false,
    })
}

/// Name and place of every entry of a zip archive.
fn zip_entries(file: &mut File, file_len: u64) -> Result<HashMap<Box<str>, Region>, ArchiveError> {
    let zip_error = |error| match error {
        // The file ends before the directory says it does: that is the file's fault.
        zip::result::ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            ArchiveError::Io(error)
        }
        error => ArchiveError::Zip(error),
    };
    if !has_zip_end(file, file_len)? {
        return Err(ArchiveError::NoZipDirectory);
    }
    let mut zip = zip::ZipArchive::new(BufReader::new(file)).map_err(zip_error)?;
    let mut entries = HashMap::new();
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).map_err(zip_error)?;
        let name = entry.name();
        if entry.compression() != zip::CompressionMethod::Stored || entry.encrypted() {
            return Err(ArchiveError::Packed(name.to_owned()));
        }
        let (start, len) = (
            entry.data_start().unwrap_or(u64::MAX),
            entry.compressed_size(),
        );
        let missing = start.saturating_add(len).saturating_sub(file_len);
        if missing > 0 {
            let name = name.to_owned();
            return Err(ArchiveError::CutShort {
                name,
                expected: len,
                missing,
            });
        }
        entries.insert(name.into(), Region { start, len });
    }
    Ok(entries)
}

/// Whether a zip archive ends as one ends: with a record of 22 bytes and a comment of at most
/// 65535.
fn has_zip_end(file: &mut File, file_len: u64) -> io::Result<bool> {
    const RECORD: usize = 22;
    let start = file_len.saturating_sub(RECORD as u64 + 65_535);
    let end = read_range(file, start..file_len)?;
    file.rewind()?;
    let is_whole = |(at, record): (usize, &[u8])| {
        let comment = usize::from(u16::from_le_bytes([record[20], record[21]]));
        record.starts_with(b"PK\x05\x06") && at + RECORD + comment <= end.len()
    };
    Ok(end.windows(RECORD).enumerate().any(is_whole))
}

/// Five pickles, then the storages.
fn open_legacy(file: &mut File, file_len: u64) -> Result<Opened, ArchiveError> {
    let bytes = read_range(file, 0..file_len.min(pickle::MAX_BYTES as u64))?;
    let mut at = 0;
    let mut next = || {
        let pickle = run_pickle(&bytes[at..], bytes.len()).map_err(|error| {
            ArchiveError::LegacyPickle(PickleError {
                at: at + error.at,
                ..error
            })
        })?;
        at += pickle.len;
        Ok::<_, ArchiveError>(pickle)
    };

    let magic = next()?;
    match magic.heap.get(magic.root) {
        Some(Object::Long(bytes)) if **bytes == LEGACY_MAGIC => {}
        _ => return Err(ArchiveError::BarePickle),
    }
    if next()?.root != LEGACY_PROTOCOL {
        return Err(ArchiveError::Legacy("its protocol is not 1001"));
    }
    let machine = next()?;
    match machine.heap.lookup(machine.root, "little_endian") {
        Some(Value::Bool(true)) => {}
        Some(Value::Bool(false)) => return Err(ArchiveError::BigEndian),
        _ => {
            return Err(ArchiveError::Legacy(
                "it does not say how its numbers are stored",
            ));
        }
    }
    let state_dict = next()?;
    let keys = next()?;
    let (storages, is_cut_short) =
        legacy_storages(file, file_len, at as u64, &state_dict.heap, &keys)?;
    Ok(Opened {
        storages,
        pickle: state_dict,
        is_cut_short,
    })
}

/// Storages follow each other from `at`, each as the number of its elements and their bytes. The
/// second value is whether the file ends before the last of them does.
fn legacy_storages(
    file: &mut File,
    file_len: u64,
    mut at: u64,
    heap: &Heap,
    keys: &Pickle,
) -> Result<(HashMap<Box<str>, Region>, bool), ArchiveError> {
    let elements: HashMap<&str, Element> = heap
        .objects()
        .iter()
        .filter_map(|object| match object {
            Object::Storage(storage) => Some((&*storage.key, storage.element)),
            _ => None,
        })
        .collect();
    let mut storages = HashMap::new();
    let mut is_cut_short = false;
    let key_list = keys
        .heap
        .items(keys.root)
        .ok_or(ArchiveError::Legacy("no storage keys"))?;
    for &key in key_list {
        // Where the file ends early, the storages after that are missing and the one in the
        // middle is short. Which tensor that hits is found out when the views are resolved.
        let data = at.saturating_add(8);
        if data > file_len {
            is_cut_short = true;
            break;
        }
        let key = keys
            .heap
            .text(key)
            .ok_or(ArchiveError::Legacy("a storage key is no string"))?;
        // Its bytes per element are only known from the tensors that lie in it.
        let element = elements.get(&**key).ok_or(ArchiveError::Legacy(
            "a storage belongs to no tensor of the state dict",
        ))?;
        let count = read_range(file, at..data)?;
        let count = u64::from_le_bytes(count.try_into().expect("8 bytes were read"));
        let needed = count.saturating_mul(element.size as u64);
        let len = needed.min(file_len - data);
        is_cut_short |= len < needed;
        storages.insert((&**key).into(), Region { start: data, len });
        at = data + len;
    }
    Ok((storages, is_cut_short))
}

/// Runs the pickle that `bytes` begins with, `read_len` bytes having been read in all.
fn run_pickle(bytes: &[u8], read_len: usize) -> Result<Pickle, PickleError> {
    pickle::run(bytes).map_err(|error| match error.fault {
        // No more than the limit is read, so here it was the limit that cut the data short.
        Fault::CutShort if read_len == pickle::MAX_BYTES => PickleError {
            fault: Fault::TooLong,
            ..error
        },
        _ => error,
    })
}
