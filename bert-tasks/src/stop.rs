//! Ending a run before its last step: [`StopFlag`], and [`StopReason`]: why it was.

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
    /// SIGHUP: the terminal was closed, or its connection has broken.
    Hangup,
    /// Asked for on the dashboard.
    Dashboard,
    /// The time of the argument `max_time` is over.
    MaxTime,
    /// As many evaluations without a better one as the argument `early_stopping_patience` says.
    EarlyStopping,
}

impl StopReason {
    /// Whether the run is complete: nothing is left that could go on.
    pub fn is_end(&self) -> bool {
        *self == Self::EarlyStopping
    }

    /// Whether a signal asked for it, which is how the program ends then.
    pub fn is_signal(&self) -> bool {
        matches!(self, Self::Interrupt | Self::Terminate | Self::Hangup)
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "stopped by Ctrl-C",
            Self::Terminate => "stopped by SIGTERM",
            Self::Hangup => "stopped by SIGHUP",
            Self::Dashboard => "stopped on the dashboard",
            Self::MaxTime => "max_time is over",
            Self::EarlyStopping => "no better evaluation for early_stopping_patience evaluations",
        })
    }
}

/// A flag that another thread raises to end a training: it finishes its step, saves a checkpoint
/// and returns.
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Arc<Asked>);

#[derive(Default)]
struct Asked {
    reason: AtomicU8,
    /// Ends the program, where it has said how.
    end: Option<Box<dyn Fn() + Send + Sync>>,
}

impl StopFlag {
    /// Where somebody at the dashboard asks for an end once more, and does not want to wait for the
    /// step, `end` is called with the terminal given back: it ends the program, which is not for a
    /// library to do. The flag's [`Default`] has none, and such a wish does nothing.
    pub fn with_end(end: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(Asked {
            end: Some(Box::new(end)),
            ..Asked::default()
        }))
    }

    /// Asks for an end. Only the first reason counts; [`StopReason::MaxTime`] and
    /// [`StopReason::EarlyStopping`] are the loop's own.
    pub fn stop(&self, reason: &StopReason) {
        let code = match reason {
            StopReason::Interrupt => 1,
            StopReason::Terminate => 2,
            StopReason::Dashboard => 3,
            StopReason::Hangup => 4,
            StopReason::MaxTime | StopReason::EarlyStopping => return,
        };
        let flag = &self.0.reason;
        let _ = flag.compare_exchange(0, code, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// What was asked for.
    pub fn requested(&self) -> Option<StopReason> {
        match self.0.reason.load(Ordering::Relaxed) {
            1 => Some(StopReason::Interrupt),
            2 => Some(StopReason::Terminate),
            3 => Some(StopReason::Dashboard),
            4 => Some(StopReason::Hangup),
            _ => None,
        }
    }

    /// Ends the program, where it has said how.
    pub fn end_at_once(&self) {
        if let Some(end) = &self.0.end {
            end();
        }
    }
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut asked = f.debug_struct("Asked");
        asked.field("reason", &self.reason).finish_non_exhaustive()
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

    #[test]
    fn an_end_at_once_is_the_programs() {
        let called = Arc::new(AtomicU8::new(0));
        let counter = called.clone();
        let flag = StopFlag::with_end(move || _ = counter.fetch_add(1, Ordering::Relaxed));
        flag.clone().end_at_once();
        assert_eq!(called.load(Ordering::Relaxed), 1);
        StopFlag::default().end_at_once();
        for reason in [StopReason::Hangup, StopReason::Dashboard] {
            let flag = StopFlag::default();
            flag.stop(&reason);
            assert_eq!(flag.requested(), Some(reason));
        }
    }
}
