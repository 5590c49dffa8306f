//! Who sees a run's events besides the file.

use std::path::Path;

use bert_core::files::FileError;

use super::Stamped;

/// Sees a run's events as they happen. What it has to do is done in this order, and all of it once
/// more for the next run that it observes; each does nothing unless said otherwise.
///
/// `begin`, `event` and `flush` are called on the thread that writes the events down; the training
/// waits for `open` and `end` alone.
pub trait Observer: Send + Sync {
    /// A run is about to begin in `output_dir`: opens what the observer cannot do without.
    ///
    /// # Errors
    /// When that cannot be had. The run does not begin then.
    fn open(&self, output_dir: &Path) -> Result<(), FileError> {
        let _ = output_dir;
        Ok(())
    }

    /// The run in `output_dir` begins, or goes on after these events.
    fn begin(&self, output_dir: &Path, past: &[Stamped]) {
        let _ = (output_dir, past);
    }

    /// Something has happened.
    fn event(&self, stamped: &Stamped) {
        let _ = stamped;
    }

    /// What it has seen so far is to reach the disk now. Called about twice a second, and after the
    /// last event.
    fn flush(&self) {}

    /// The run is over, and `events.jsonl` in `output_dir` is whole.
    ///
    /// # Errors
    /// In words, when it could not finish what it does. That is a warning of the run, which has
    /// its result all the same.
    fn end(&self, output_dir: &Path) -> Result<(), String> {
        let _ = output_dir;
        Ok(())
    }
}
