//! Ending a process in the middle, for tests: after so many steps on the disk every further one
//! fails, those that clean up as well. It is per thread, and compiled only for tests (the feature
//! `fault-injection`); otherwise a step costs nothing.

#[cfg(all(target_os = "linux", any(test, feature = "fault-injection")))]
pub(super) use armed::can_exchange;
#[cfg(any(test, feature = "fault-injection"))]
pub(super) use armed::step;
#[cfg(any(test, feature = "fault-injection"))]
pub use armed::{killed_after, without_exchange};

#[cfg(not(any(test, feature = "fault-injection")))]
#[inline]
pub(super) fn step() -> std::io::Result<()> {
    Ok(())
}

#[cfg(all(target_os = "linux", not(any(test, feature = "fault-injection"))))]
pub(super) fn can_exchange() -> bool {
    true
}

#[cfg(any(test, feature = "fault-injection"))]
mod armed {
    use std::cell::Cell;
    use std::io;

    thread_local! {
        static STEPS_LEFT: Cell<Option<usize>> = const { Cell::new(None) };
        static CAN_EXCHANGE: Cell<bool> = const { Cell::new(true) };
    }

    pub(in crate::files) fn step() -> io::Result<()> {
        let left = STEPS_LEFT.get();
        match left {
            None => Ok(()),
            Some(0) => Err(io::Error::other("the process was killed")),
            Some(left) => {
                STEPS_LEFT.set(Some(left - 1));
                Ok(())
            }
        }
    }

    pub(in crate::files) fn can_exchange() -> bool {
        CAN_EXCHANGE.get()
    }

    /// Runs `work` with so many steps on the disk; says whether they were all used up, so that it
    /// may have been cut short.
    pub fn killed_after(steps: usize, work: impl FnOnce()) -> bool {
        STEPS_LEFT.set(Some(steps));
        work();
        STEPS_LEFT.replace(None) == Some(0)
    }

    /// Runs `work` as on a file system that cannot swap two names.
    pub fn without_exchange(work: impl FnOnce()) {
        CAN_EXCHANGE.set(false);
        work();
        CAN_EXCHANGE.set(true);
    }
}
