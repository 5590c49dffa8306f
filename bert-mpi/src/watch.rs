//! Whether this rank waits for the others longer than it should: one of them may be frozen, and MPI
//! waits for ever.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A clock that a thread looks at.
pub(crate) struct Watch(Option<Arc<Shared>>);

struct Shared {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    since: Option<Instant>,
    has_ended: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch {
    /// Calls `at_timeout` once a wait takes longer than `timeout`, with how long it has taken.
    pub(crate) fn begin(
        timeout: Option<Duration>,
        at_timeout: impl FnOnce(Duration) + Send + 'static,
    ) -> Self {
        let Some(timeout) = timeout else {
            return Self(None);
        };
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            ended: Condvar::new(),
        });
        let seen = shared.clone();
        let look = (timeout / 8).clamp(Duration::from_millis(10), Duration::from_secs(1));
        let watching = thread::Builder::new().name("rank watch".to_owned());
        let watching = watching.spawn(move || {
            let mut state = seen.state();
            while !state.has_ended {
                let waited = state.since.map_or(Duration::ZERO, |since| since.elapsed());
                if waited > timeout {
                    drop(state);
                    return at_timeout(waited);
                }
                let woken = seen.ended.wait_timeout(state, look);
                state = woken.unwrap_or_else(PoisonError::into_inner).0;
            }
        });
        // Without a thread nobody looks.
        Self(watching.ok().map(|_| shared))
    }

    /// That this rank waits, as long as the answer lives.
    pub(crate) fn waiting(&self) -> Waiting<'_> {
        if let Some(shared) = &self.0 {
            shared.state().since = Some(Instant::now());
        }
        Waiting(self)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(shared) = &self.0 {
            shared.state().has_ended = true;
            shared.ended.notify_all();
        }
    }
}

pub(crate) struct Waiting<'a>(&'a Watch);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(shared) = &self.0.0 {
            shared.state().since = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn only_a_long_wait_is_told() {
        let (told, heard) = channel();
        let limit = Duration::from_millis(200);
        let watch = Watch::begin(Some(limit), move |waited| told.send(waited).unwrap());
        for _ in 0..4 {
            let _waiting = watch.waiting();
            thread::sleep(limit / 3);
        }
        assert!(heard.recv_timeout(2 * limit).is_err());
        let _waiting = watch.waiting();
        assert!(heard.recv_timeout(20 * limit).unwrap() > limit);
    }

    #[test]
    fn its_thread_ends_with_it() {
        let (told, heard) = channel::<()>();
        let watch = Watch::begin(Some(Duration::from_secs(100)), move |_| drop(told));
        drop(watch);
        assert!(heard.recv_timeout(Duration::from_secs(20)).is_err());
        drop(Watch::begin(None, |_| unreachable!()).waiting());
    }
}
