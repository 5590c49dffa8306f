//! Where the processes write that show nothing: `log.rank-2.txt` in the output folder.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use bert_tasks::ranks::Ranks;

use super::GroupError;

/// The log of a rank.
pub(super) fn log_name(rank: usize) -> String {
    format!("log.rank-{rank}.txt")
}

/// Has this process print into its log from now on, unless it is the one that shows what all do.
///
/// # Errors
/// Where there can be no such file.
pub fn write_to_log(ranks: &dyn Ranks, output_dir: &Path) -> Result<(), GroupError> {
    if ranks.is_root() {
        return Ok(());
    }
    let path = output_dir.join(log_name(ranks.rank()));
    // On another machine there may be no such folder yet.
    let opened = std::fs::create_dir_all(output_dir)
        .and_then(|()| OpenOptions::new().create(true).append(true).open(&path));
    let done = opened.and_then(|log| divert(&log));
    done.map_err(|source| GroupError::Log { path, source })
}

#[cfg(unix)]
mod diverted {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsFd;
    use std::sync::OnceLock;

    use rustix::stdio::{dup2_stderr, dup2_stdout};

    /// Standard error as it was.
    static BEFORE: OnceLock<File> = OnceLock::new();

    pub(super) fn divert(log: &File) -> io::Result<()> {
        let before = io::stderr().as_fd().try_clone_to_owned()?;
        let _ = BEFORE.set(File::from(before));
        dup2_stdout(log)?;
        dup2_stderr(log)?;
        Ok(())
    }

    pub(super) fn standard_error() -> Option<&'static File> {
        BEFORE.get()
    }
}

#[cfg(not(unix))]
mod diverted {
    use std::fs::File;
    use std::io;

    pub(super) fn divert(_log: &File) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn standard_error() -> Option<&'static File> {
        None
    }
}

use diverted::{divert, standard_error};

/// Says it where all can see it, and in the log.
#[cfg_attr(
    not(feature = "mpi"),
    expect(dead_code, reason = "one process alone says it as ever")
)]
pub(super) fn say_to_all(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
    if let Some(mut before) = standard_error() {
        let _ = writeln!(before, "{text}");
    }
}
