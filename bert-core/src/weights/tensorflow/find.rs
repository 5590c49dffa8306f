//! Which checkpoint of a folder is meant.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use super::super::WeightsError;

/// The name of Google's releases.
pub(in super::super) const RELEASED: &str = "bert_model.ckpt.index";

/// The file in which TensorFlow keeps the name of the newest checkpoint.
pub(super) const STATE: &str = "checkpoint";

/// More of a state file than its first line needs.
const MAX_STATE_BYTES: u64 = 1 << 16;

/// The index of the TensorFlow checkpoint in `folder`: `bert_model.ckpt.index`; else of the
/// `model.ckpt-N` with the highest N, as a fine-tuning run leaves them; else the one that the file
/// `checkpoint` names; else the only one. `None` if there is none.
///
/// # Errors
/// When the folder cannot be listed, or holds several and nothing tells which is meant.
pub fn find(folder: &Path) -> Result<Option<PathBuf>, WeightsError> {
    let listed = std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = listed.map_err(|source| WeightsError::Io {
        action: "list",
        path: folder.to_path_buf(),
        source,
    })?;
    let names = entries
        .into_iter()
        .filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names
        .filter(|name| name.ends_with(".index") && folder.join(name).is_file())
        .collect();
    names.sort();
    let has = |name: &String| names.contains(name);

    let released = Some(RELEASED.to_owned()).filter(has);
    let numbered = || {
        let numbered = names.iter().filter_map(|name| Some((step(name)?, name)));
        numbered.max().map(|(_, name)| name.clone())
    };
    let named = || newest(folder).filter(has);
    if let Some(name) = released.or_else(numbered).or_else(named) {
        return Ok(Some(folder.join(name)));
    }
    match &names[..] {
        [] => Ok(None),
        [name] => Ok(Some(folder.join(name))),
        _ => Err(WeightsError::SeveralCheckpoints {
            folder: folder.to_path_buf(),
            found: names,
        }),
    }
}

/// N in `model.ckpt-N.index`.
fn step(name: &str) -> Option<u64> {
    let step = name.strip_prefix("model.ckpt-")?.strip_suffix(".index")?;
    step.parse().ok()
}

/// The index that the state file names, if that is in the folder. Where a run was moved from
/// another folder, the state file may still name a path in that.
fn newest(folder: &Path) -> Option<String> {
    let mut text = String::new();
    let file = File::open(folder.join(STATE)).ok()?;
    file.take(MAX_STATE_BYTES).read_to_string(&mut text).ok()?;
    let line = text.lines().next()?;
    let value = line.trim().strip_prefix("model_checkpoint_path:")?.trim();
    let path = Path::new(value.strip_prefix('"')?.strip_suffix('"')?);
    let relative = path.strip_prefix(folder).unwrap_or(path);
    let mut components = relative.components();
    match (components.next(), components.next()) {
        (Some(Component::Normal(name)), None) => Some(format!("{}.index", name.to_str()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Result<Option<String>, WeightsError> {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        let index = find(folder.path())?;
        Ok(index.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()))
    }

    #[track_caller]
    fn finds(files: &[(&str, &str)], expected: &str) {
        assert_eq!(found(files).unwrap().as_deref(), Some(expected));
    }

    #[test]
    fn the_released_name_goes_first_and_then_the_highest_step() {
        let state = ("checkpoint", "model_checkpoint_path: \"model.ckpt-2\"\n");
        let steps = [
            ("model.ckpt-2.index", ""),
            ("model.ckpt-10.index", ""),
            state,
        ];
        finds(&steps, "model.ckpt-10.index");
        finds(&[steps.as_slice(), &[(RELEASED, "")]].concat(), RELEASED);
    }

    #[test]
    fn the_state_file_tells_unless_it_leads_elsewhere() {
        fn files(state: &str) -> [(&str, &str); 3] {
            [("a.index", ""), ("ckpt-1.index", ""), ("checkpoint", state)]
        }
        let state = |path| {
            format!("model_checkpoint_path: \"{path}\"\nall_model_checkpoint_paths: \"a\"\n")
        };
        finds(&files(&state("ckpt-1")), "ckpt-1.index");
        for path in ["../ckpt-1", "/elsewhere/ckpt-1", "ckpt-2", "", "."] {
            let error = found(&files(&state(path))).unwrap_err().to_string();
            assert!(error.contains("a.index, ckpt-1.index"), "{error}");
        }
        assert!(found(&files("\u{0}")).is_err());
    }

    #[test]
    fn an_only_checkpoint_may_have_any_name() {
        finds(&[("any.index", ""), ("vocab.txt", "")], "any.index");
        assert_eq!(found(&[("vocab.txt", "")]).unwrap(), None);
    }
}
