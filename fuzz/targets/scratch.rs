//! Bytes as the files that the readers open.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

thread_local! {
    /// Where each thread puts its files, again and again.
    static FOLDER: TempDir = in_memory();
}

/// A folder in memory, where the system has such.
fn in_memory() -> TempDir {
    let memory = tempfile::tempdir_in("/dev/shm");
    memory
        .or_else(|_| tempfile::tempdir())
        .expect("a folder for files")
}

/// Gives `work` a folder with these files and nothing else.
pub fn with_files<T>(files: &[(&str, &[u8])], work: impl FnOnce(&Path) -> T) -> T {
    FOLDER.with(|folder| {
        let path = |name: &str| -> PathBuf { folder.path().join(name) };
        for (name, content) in files {
            fs::write(path(name), content).expect("room for a file");
        }
        let result = work(folder.path());
        for (name, _) in files {
            fs::remove_file(path(name)).expect("a file written above");
        }
        result
    })
}

/// The files of a seed: each begins after a line `--- NAME`.
#[allow(dead_code)]
pub fn split<'a>(bytes: &'a [u8], names: &[&'static str]) -> Vec<(&'static str, &'a [u8])> {
    let mut files: Vec<(&str, &[u8])> = Vec::new();
    let mut open: Option<(&str, usize)> = None;
    let mut at = 0;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let name = line.strip_prefix(b"--- ").map(|name| name.trim_ascii_end());
        let name = names.iter().find(|known| Some(known.as_bytes()) == name);
        if let Some(&name) = name {
            files.extend(open.map(|(open, start)| (open, &bytes[start..at])));
            open = Some((name, at + line.len()));
        }
        at += line.len();
    }
    files.extend(open.map(|(open, start)| (open, &bytes[start..])));
    // The last of two with the same name counts.
    files.reverse();
    let mut seen = Vec::new();
    files.retain(|(name, _)| {
        let is_new = !seen.contains(name);
        seen.push(*name);
        is_new
    });
    files
}
