//! Files as memory.
//!
//! What a map shows is what is in the file at that moment. A file that another program shortens
//! while it is read ends this one with SIGBUS; one that is written in place gives whatever is
//! there. Neither can be told from here, so weights files are replaced, never written in place
//! (`crate::files`). Numbers are copied out of a map as bytes, from places that are checked against
//! its length, so that a file which changes meanwhile gives wrong numbers at worst.

use std::fs::File;
use std::path::Path;

use memmap2::Mmap;

use super::WeightsError;

/// Maps a file for reading.
///
/// # Errors
/// When it cannot be opened or mapped, or is no file.
#[allow(unsafe_code)]
pub(super) fn map_file(path: &Path) -> Result<Mmap, WeightsError> {
    let io = |source| WeightsError::Io {
        action: "read",
        path: path.to_path_buf(),
        source,
    };
    let file = File::open(path).map_err(io)?;
    // What a device or a folder shows has no length to check against.
    if !file.metadata().map_err(io)?.is_file() {
        return Err(io(std::io::Error::other("it is not a regular file")));
    }
    // SAFETY: the map is private and only read, as bytes. Nobody may change the file meanwhile:
    // see above.
    unsafe { Mmap::map(&file) }.map_err(io)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_device_or_a_folder_is_no_file() {
        for path in ["/dev/zero", "/"] {
            let message = map_file(Path::new(path)).unwrap_err().to_string();
            assert!(message.contains(path), "{message}");
        }
    }
}
