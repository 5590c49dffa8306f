//! Files as memory.

use std::fs::File;
use std::path::Path;

use memmap2::Mmap;

use super::WeightsError;

/// Maps a file for reading.
///
/// # Errors
/// When it cannot be opened or mapped.
pub(super) fn map_file(path: &Path) -> Result<Mmap, WeightsError> {
    let io = |source| WeightsError::Io {
        action: "read",
        path: path.to_path_buf(),
        source,
    };
    let file = File::open(path).map_err(io)?;
    // SAFETY: the map is only read. If another process truncates the file meanwhile, reading
    // fails with a signal; weights files are replaced by renaming, never written in place.
    unsafe { Mmap::map(&file) }.map_err(io)
}
