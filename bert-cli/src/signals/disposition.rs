//! What the system does at a signal, where `signal-hook` has no safe function for it.

#![allow(unsafe_code)]

use std::io;
use std::mem::MaybeUninit;
use std::ptr;

use libc::{SIG_DFL, SIG_IGN, SIGTSTP, c_int, sigaction};

/// Whether this process was told to ignore a signal by whoever started it.
pub(super) fn is_ignored(signal: c_int) -> bool {
    change(signal, None).is_ok_and(|now| now.sa_sigaction == SIG_IGN)
}

/// Stops this process until it is continued, as it would be without a handler: the system stops
/// none that no shell could continue.
pub(super) fn stop() {
    // SAFETY: all zeros is an action: no flags, no blocked signals, the default handler.
    let mut default: sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    default.sa_sigaction = SIG_DFL;
    if let Ok(handler) = change(SIGTSTP, Some(&default)) {
        // SAFETY: it has no conditions. The signal goes to this very thread, which so is stopped
        // before it goes on with the next line.
        unsafe { libc::raise(SIGTSTP) };
        let _ = change(SIGTSTP, Some(&handler));
    }
}

/// Sets what happens at a signal, where there is something to set; gives what happened before.
fn change(signal: c_int, to: Option<&sigaction>) -> io::Result<sigaction> {
    let mut before = MaybeUninit::uninit();
    let to = to.map_or(ptr::null(), ptr::from_ref);
    // SAFETY: `to` is null or a whole action, and `before` has room for one. The handlers that this
    // module sets are the system's and `signal-hook`'s own.
    match unsafe { sigaction(signal, to, before.as_mut_ptr()) } {
        // SAFETY: the call has filled it in.
        0 => Ok(unsafe { before.assume_init() }),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_is_seen() {
        // Rust's runtime ignores it, so that a closed pipe is an error and no end.
        assert!(is_ignored(libc::SIGPIPE));
        assert!(!is_ignored(libc::SIGWINCH));
    }
}
