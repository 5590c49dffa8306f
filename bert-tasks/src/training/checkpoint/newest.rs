//! Which of a run's checkpoints to go on from, and which to remove.

use std::path::{Path, PathBuf};

use bert_core::files::remove_folder;

use super::{Checkpoint, is_own};
use crate::training::TrainingError;

/// What a search for the newest whole checkpoint came to.
#[derive(Debug)]
pub struct Found {
    /// The newest that is whole.
    pub checkpoint: Option<Checkpoint>,
    /// Newer ones that are not, and why.
    pub skipped: Vec<TrainingError>,
}

/// What is called a checkpoint in an output folder, whole or not and whoever wrote it, the newest
/// first.
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

/// Those that this program has written, whole or not, the newest first.
pub fn own(output_dir: &Path) -> Vec<(usize, PathBuf)> {
    let mut found = all(output_dir);
    found.retain(|(_, folder)| is_own(folder));
    found
}

/// Removes all but the newest `keep` of this program's checkpoints. What cannot be removed stays:
/// it takes room and does no harm.
pub fn remove_old(output_dir: &Path, keep: usize) {
    for (_, folder) in own(output_dir).into_iter().skip(keep) {
        let _ = remove_folder(&folder);
    }
}

/// Removes those of this program's checkpoints that are of a later step.
pub fn remove_after(output_dir: &Path, step: usize) {
    for (_, folder) in own(output_dir).into_iter().filter(|later| later.0 > step) {
        let _ = remove_folder(&folder);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::fs;

    use bert_core::config::BertConfig;
    use bert_core::files::{FileError, faults, recover};

    use super::*;
    use crate::training::checkpoint::{Identity, write};
    use crate::training::{TrainingArguments, TrainingState};

    fn checkpoint(output_dir: &Path, step: usize) -> PathBuf {
        save(output_dir, step, "12345").unwrap()
    }

    fn save(output_dir: &Path, step: usize, content: &str) -> Result<PathBuf, TrainingError> {
        let state = TrainingState {
            step,
            ..Default::default()
        };
        let identity = Identity::new(&TrainingArguments::default(), &BertConfig::default());
        let file = |path: &Path| fs::write(path, content).map_err(FileError::at("write", path));
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

    /// The names of all checkpoints, in order.
    fn names(root: &Path) -> Vec<usize> {
        let mut steps: Vec<usize> = all(root).into_iter().map(|(step, _)| step).collect();
        steps.sort();
        steps
    }

    #[test]
    fn only_what_this_program_has_written_is_removed_or_replaced() {
        let root = tempfile::tempdir().unwrap();
        let foreign = |step: usize, file: &str, content: &str| {
            let folder = root.path().join(format!("checkpoint-{step}"));
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join(file), content).unwrap();
            folder.join(file)
        };
        let kept = [
            foreign(500, "trainer_state.json", "{}"),
            foreign(600, "checkpoint.json", "{\"step\": 600}"),
            foreign(700, "checkpoint.json", "[half"),
        ];
        // Ours, with a record that was cut.
        let record = checkpoint(root.path(), 800).join("checkpoint.json");
        let text = fs::read(&record).unwrap();
        fs::write(&record, &text[..text.len() / 2]).unwrap();
        // A limit counts ours alone.
        for step in [9, 10, 11] {
            checkpoint(root.path(), step);
        }
        remove_old(root.path(), 2);
        assert_eq!(names(root.path()), [11, 500, 600, 700, 800]);
        remove_after(root.path(), 10);
        assert_eq!(names(root.path()), [500, 600, 700]);
        let message = save(root.path(), 500, "new").unwrap_err().to_string();
        assert!(message.contains("not this program's"), "{message}");
        assert!(kept.iter().all(|file| file.exists()));
        // Nor is one of them to go on from.
        let found = newest(root.path());
        assert!(found.checkpoint.is_none() && found.skipped.len() == 3);
    }

    /// A save is killed after each number of steps on the disk, with one checkpoint kept: there is
    /// always one that is whole, and the next process goes on.
    #[test]
    fn a_whole_checkpoint_is_left_wherever_a_save_is_killed() {
        let every_kill = |step: usize| {
            let mut kills = 0;
            loop {
                let root = tempfile::tempdir().unwrap();
                save(root.path(), 1, "old").unwrap();
                let was_killed = faults::killed_after(kills, || {
                    if save(root.path(), step, "new").is_ok() {
                        remove_old(root.path(), 1);
                    }
                });
                recover(root.path()).unwrap();
                let found = newest(root.path());
                let folder = found.checkpoint.expect("never none").folder;
                assert!(found.skipped.is_empty(), "{:?}", found.skipped);
                let content = fs::read_to_string(folder.join("model.safetensors")).unwrap();
                let is_new = content == "new" && folder.ends_with(format!("checkpoint-{step}"));
                let is_old = content == "old" && folder.ends_with("checkpoint-1");
                assert!(is_new || is_old, "{content} in {}", folder.display());
                save(root.path(), step, "newer").unwrap();
                remove_old(root.path(), 1);
                let left = fs::read_dir(root.path()).unwrap().count();
                assert_eq!(left, 1, "killed after {kills} steps");
                if !was_killed {
                    break;
                }
                kills += 1;
            }
            assert!(kills > 5, "{kills}");
        };
        for step in [1, 2] {
            every_kill(step);
            faults::without_exchange(|| every_kill(step));
        }
    }
}
