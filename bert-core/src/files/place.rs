//! Whether two paths lead to the same place, whatever they are called.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

/// Whether both are the same file or folder: through links, `.` and `..`, another spelling, a mount.
/// One that is not there yet is the same as none but its own path.
pub fn is_same(one: &Path, other: &Path) -> bool {
    let (one, other) = (real(one), real(other));
    one == other || are_one_file(&one, &other)
}

/// Whether `inner` is somewhere inside `outer`: the path from there, if it is.
pub fn is_inside(inner: &Path, outer: &Path) -> Option<PathBuf> {
    let inner = real(inner);
    let outer = real(outer);
    let above = inner
        .ancestors()
        .skip(1)
        .find(|above| *above == outer || are_one_file(above, &outer))?;
    inner.strip_prefix(above).ok().map(Path::to_path_buf)
}

/// Without links, of the part that is there.
fn real(path: &Path) -> PathBuf {
    let whole = match std::path::absolute(path) {
        Ok(path) => path,
        Err(_) => path.to_path_buf(),
    };
    let mut rest = Vec::new();
    let mut there = whole.as_path();
    loop {
        if let Ok(real) = there.canonicalize() {
            return rest.iter().rev().fold(real, |path, name| path.join(name));
        }
        match (there.parent(), there.components().next_back()) {
            (Some(parent), Some(name)) => {
                rest.push(name.as_os_str().to_owned());
                there = parent;
            }
            _ => return whole,
        }
    }
}

fn are_one_file(one: &Path, other: &Path) -> bool {
    match (std::fs::metadata(one), std::fs::metadata(other)) {
        (Ok(one), Ok(other)) => is_one_file(&one, &other),
        _ => false,
    }
}

/// Whether both are of one file, whatever its names.
#[cfg(unix)]
pub(super) fn is_one_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// The real path tells.
#[cfg(not(unix))]
pub(super) fn is_one_file(_one: &Metadata, _other: &Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_the_same_under_every_name() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        std::fs::create_dir_all(at("a/b")).unwrap();
        for path in ["a", "a/", "a/.", "a/b/..", "./a/b/../../a"] {
            assert!(is_same(&at("a"), &at(path)), "{path}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("a"), at("link")).unwrap();
            assert!(is_same(&at("a"), &at("link")));
            assert_eq!(is_inside(&at("link/b"), &at("a")), Some("b".into()));
            assert!(is_same(&at("a/new/er"), &at("link/new/er")));
        }
        assert!(!is_same(&at("a"), &at("a/b")) && !is_same(&at("a"), &at("new")));
        assert!(is_same(&at("new"), &at("new/")) && !is_same(&at("new"), &at("newer")));
        assert_eq!(is_inside(&at("a/b/c/d"), &at("a")), Some("b/c/d".into()));
        assert_eq!(is_inside(&at("a"), &at("a")), None);
        assert_eq!(is_inside(&at("a"), &at("a/b")), None);
    }
}
