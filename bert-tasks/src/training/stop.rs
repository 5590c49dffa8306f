//! Ending a training before its last step.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use serde::{Deserialize, Serialize};

/// Why a training ended before its last step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// Asked for on the dashboard.
    Dashboard,
    /// The time of [`max_time`](super::TrainingArguments::max_time) is over.
    MaxTime,
    /// As many evaluations without a better one as
    /// [`early_stopping_patience`](super::TrainingArguments::early_stopping_patience) says.
    EarlyStopping,
}

impl StopReason {
    /// Whether the run is complete: nothing is left that could go on.
    pub fn is_end(&self) -> bool {
        *self == Self::EarlyStopping
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "stopped by Ctrl-C",
            Self::Terminate => "stopped by SIGTERM",
            Self::Dashboard => "stopped on the dashboard",
            Self::MaxTime => "reached --max-time",
            Self::EarlyStopping => "no better evaluation for --early-stopping-patience evaluations",
        })
    }
}

/// A flag that another thread raises to end a training: it finishes its step, saves a checkpoint
/// and returns.
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Arc<AtomicU8>);

impl StopFlag {
    /// Asks for an end. Only the first reason counts; [`StopReason::MaxTime`] and
    /// [`StopReason::EarlyStopping`] are the loop's own.
    pub fn stop(&self, reason: &StopReason) {
        let code = match reason {
            StopReason::Interrupt => 1,
            StopReason::Terminate => 2,
            StopReason::Dashboard => 3,
            _ => return,
        };
        let _ = self
            .0
            .compare_exchange(0, code, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// What was asked for.
    pub fn requested(&self) -> Option<StopReason> {
        match self.0.load(Ordering::Relaxed) {
            1 => Some(StopReason::Interrupt),
            2 => Some(StopReason::Terminate),
            3 => Some(StopReason::Dashboard),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_counts_for_all_clones() {
        let flag = StopFlag::default();
        let seen = flag.clone();
        assert_eq!(seen.requested(), None);
        flag.stop(&StopReason::EarlyStopping);
        assert_eq!(seen.requested(), None);
        flag.stop(&StopReason::Terminate);
        flag.stop(&StopReason::Interrupt);
        assert_eq!(seen.requested(), Some(StopReason::Terminate));
    }
}
