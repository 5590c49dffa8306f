//! Ctrl-C, SIGTERM, SIGHUP of a terminal that is closed, and Ctrl-Z.

use bert_tasks::training::StopFlag;

/// A flag that the first of SIGINT, SIGTERM and SIGHUP raises: the training finishes its step,
/// saves and returns. The second one gives the terminal back and ends the program at once. One that
/// is ignored when the program begins, as SIGHUP under `nohup`, stays ignored.
///
/// SIGTSTP gives the terminal back before the program stops.
///
/// # Errors
/// When the system does not let this program listen.
#[cfg(unix)]
pub fn stop_on_signals() -> std::io::Result<StopFlag> {
    use bert_tasks::dashboard::{give_back_terminal, suspend};
    use bert_tasks::training::StopReason;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP};
    use signal_hook::iterator::Signals;

    let stop = StopFlag::default();
    let all = [SIGINT, SIGTERM, SIGHUP, SIGTSTP];
    let mut signals = Signals::new(all.into_iter().filter(|&signal| !is_ignored(signal)))?;
    let raised = stop.clone();
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for signal in signals.forever() {
                if signal == SIGTSTP {
                    suspend();
                    continue;
                }
                if raised.requested().is_some() {
                    give_back_terminal();
                    std::process::exit(128 + signal);
                }
                raised.stop(&match signal {
                    SIGINT => StopReason::Interrupt,
                    SIGHUP => StopReason::HangUp,
                    _ => StopReason::Terminate,
                });
            }
        })?;
    Ok(stop)
}

/// Elsewhere the system ends the program; the last checkpoint stays.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub fn stop_on_signals() -> std::io::Result<StopFlag> {
    Ok(StopFlag::default())
}

/// Whether whoever has started this program wants it to pass over a signal.
#[cfg(unix)]
#[allow(unsafe_code)]
fn is_ignored(signal: i32) -> bool {
    // SAFETY: an all-zero `sigaction` is a valid value of that plain C struct, and with no new
    // action the call only writes the present one into it.
    let action = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        match libc::sigaction(signal, std::ptr::null(), &mut action) {
            0 => action,
            _ => return false,
        }
    };
    action.sa_sigaction == libc::SIG_IGN
}
