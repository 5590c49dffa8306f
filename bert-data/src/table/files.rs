//! The files that patterns name.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::TableError;

/// The files that names and patterns mean: `*`, `?`, `[a-z]` and `**` as a shell has them. A
/// pattern's files are sorted by name; a file that comes again does not count again.
///
/// # Errors
/// If a pattern is broken or no file's name has it, if a name is none of a file, or if a folder
/// cannot be searched.
pub fn expand_globs(patterns: &[impl AsRef<Path>]) -> Result<Vec<PathBuf>, TableError> {
    let mut seen = HashSet::new();
    let mut files = Vec::new();
    for pattern in patterns {
        let found = expand(pattern.as_ref())?;
        files.extend(found.into_iter().filter(|file| seen.insert(file.clone())));
    }
    Ok(files)
}

fn expand(path: &Path) -> Result<Vec<PathBuf>, TableError> {
    // Brackets may be part of a file's name.
    if path.exists() {
        return Ok(vec![path.to_owned()]);
    }
    let pattern = path.to_string_lossy();
    if !pattern.contains(['*', '?', '[']) {
        let file = path.to_owned();
        return Err(TableError::MissingFile { file });
    }
    let paths = glob::glob(&pattern).map_err(|error| TableError::BadPattern {
        pattern: pattern.to_string(),
        message: error.msg.to_owned(),
    })?;
    let mut files = Vec::new();
    for path in paths {
        let path = path.map_err(|error| TableError::Io {
            file: error.path().to_owned(),
            source: error.into(),
        })?;
        if !path.is_dir() {
            files.push(path);
        }
    }
    if files.is_empty() {
        let pattern = pattern.into_owned();
        return Err(TableError::NoMatch { pattern });
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_give_sorted_files_once() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b.csv", "a.csv", "c[1].csv", "d.tsv"] {
            std::fs::write(dir.path().join(name), "text\na\n").unwrap();
        }
        std::fs::create_dir(dir.path().join("e.csv")).unwrap();
        let expand = |names: &[&str]| {
            let path = |name: &&str| dir.path().join(name).to_str().unwrap().to_owned();
            let patterns: Vec<String> = names.iter().map(path).collect();
            expand_globs(&patterns).map(|files| {
                let name = |file: &PathBuf| file.file_name().unwrap().to_str().unwrap().to_owned();
                files.iter().map(name).collect::<Vec<_>>()
            })
        };
        assert_eq!(
            expand(&["d.tsv", "*.csv", "a.csv"]).unwrap(),
            ["d.tsv", "a.csv", "b.csv", "c[1].csv"]
        );
        assert_eq!(expand(&["c[1].csv"]).unwrap(), ["c[1].csv"]);
        let error = |name| expand(&[name]).unwrap_err();
        assert!(matches!(error("*.json"), TableError::NoMatch { .. }));
        assert!(matches!(error("a.json"), TableError::MissingFile { .. }));
        assert!(matches!(error("***"), TableError::BadPattern { .. }));
    }
}
