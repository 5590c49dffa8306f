//! Which of a run's checkpoints to go on from, and which to remove.

use std::path::{Path, PathBuf};

use super::Checkpoint;
use crate::training::TrainingError;

/// What a search for the newest whole checkpoint came to.
#[derive(Debug)]
pub struct Found {
    /// The newest that is whole.
    pub checkpoint: Option<Checkpoint>,
    /// Newer ones that are not, and why.
    pub skipped: Vec<TrainingError>,
}

/// The checkpoints of a run, whole or not, the newest first.
pub fn all(output_dir: &Path) -> Vec<(usize, PathBuf)> {
    let mut found: Vec<(usize, PathBuf)> = std::fs::read_dir(output_dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let step = name.to_str()?.strip_prefix("checkpoint-")?.parse().ok()?;
            entry.path().is_dir().then(|| (step, entry.path()))
        })
        .collect();
    found.sort_by_key(|&(step, _)| std::cmp::Reverse(step));
    found
}

/// The newest whole checkpoint of a run.
pub fn newest(output_dir: &Path) -> Found {
    let mut skipped = Vec::new();
    for (_, folder) in all(output_dir) {
        match Checkpoint::open(&folder) {
            Ok(checkpoint) => {
                return Found {
                    checkpoint: Some(checkpoint),
                    skipped,
                };
            }
            Err(reason) => skipped.push(reason),
        }
    }
    Found {
        checkpoint: None,
        skipped,
    }
}

/// Removes all but the newest `keep` checkpoints. What cannot be removed stays: it takes room and
/// does no harm.
pub fn remove_old(output_dir: &Path, keep: usize) {
    for (_, folder) in all(output_dir).into_iter().skip(keep) {
        let _ = std::fs::remove_dir_all(folder);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::fs;

    use bert_core::config::BertConfig;
    use bert_core::files::FileError;

    use super::*;
    use crate::training::checkpoint::{Identity, write};
    use crate::training::{TrainingArguments, TrainingState};

    fn checkpoint(output_dir: &Path, step: usize) -> PathBuf {
        let state = TrainingState {
            step,
            ..Default::default()
        };
        let identity = Identity::new(&TrainingArguments::default(), &BertConfig::default());
        let file = |path: &Path| fs::write(path, "12345").map_err(FileError::at("write", path));
        write(
            output_dir,
            &state,
            &identity,
            |folder| Ok(file(&folder.join("model.safetensors"))?),
            |path| {
                file(path)?;
                Ok(HashMap::from([("a".to_owned(), step)]))
            },
        )
        .unwrap()
    }

    #[test]
    fn damaged_ones_are_skipped_with_a_reason() {
        let root = tempfile::tempdir().unwrap();
        for step in [9, 10, 11, 12, 100] {
            checkpoint(root.path(), step);
        }
        let path = |step: usize, file: &str| root.path().join(format!("checkpoint-{step}/{file}"));
        fs::write(path(100, "model.safetensors"), "1234").unwrap();
        fs::write(path(12, "optimizer.safetensors"), "12346").unwrap();
        let record = fs::read(path(11, "checkpoint.json")).unwrap();
        fs::write(path(11, "checkpoint.json"), &record[..record.len() / 2]).unwrap();
        fs::create_dir(root.path().join("checkpoint-13")).unwrap();
        fs::create_dir(root.path().join("checkpoint-last")).unwrap();

        let found = newest(root.path());
        let checkpoint = found.checkpoint.unwrap();
        assert_eq!(
            (checkpoint.state.step, checkpoint.optimizer_steps["a"]),
            (10, 10)
        );
        let reasons: Vec<String> = found.skipped.iter().map(ToString::to_string).collect();
        for (reason, (folder, what)) in reasons.iter().zip([
            ("checkpoint-100", "4 bytes of 5"),
            ("checkpoint-13", "checkpoint.json"),
            ("checkpoint-12", "has changed"),
            ("checkpoint-11", "checkpoint.json"),
        ]) {
            assert!(reason.contains(folder) && reason.contains(what), "{reason}");
        }
        assert_eq!(reasons.len(), 4);
    }

    #[test]
    fn the_newest_are_kept() {
        let root = tempfile::tempdir().unwrap();
        for step in [9, 10, 11] {
            checkpoint(root.path(), step);
        }
        remove_old(root.path(), 2);
        let steps: Vec<usize> = all(root.path()).into_iter().map(|(step, _)| step).collect();
        assert_eq!(steps, [11, 10]);
        assert!(newest(&root.path().join("nothing")).checkpoint.is_none());
    }
}
