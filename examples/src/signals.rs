//! Ctrl-C, SIGTERM, and SIGHUP of a terminal that is closed.

use bert_tasks::training::StopFlag;

/// A flag that the first of these signals raises: the training finishes its step, saves and
/// returns. The second one gives the terminal back and ends the program at once.
#[cfg(unix)]
pub fn stop_on_signals() -> std::io::Result<StopFlag> {
    use bert_tasks::dashboard::give_back_terminal;
    use bert_tasks::training::StopReason;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let stop = StopFlag::default();
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let raised = stop.clone();
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for signal in signals.forever() {
                if raised.requested().is_some() {
                    give_back_terminal();
                    std::process::exit(128 + signal);
                }
                raised.stop(&match signal {
                    SIGINT => StopReason::Interrupt,
                    // Also where the terminal is gone, as when a connection breaks.
                    _ => StopReason::Terminate,
                });
            }
        })?;
    Ok(stop)
}

/// Elsewhere the system ends the program; the last checkpoint stays.
#[cfg(not(unix))]
pub fn stop_on_signals() -> std::io::Result<StopFlag> {
    Ok(StopFlag::default())
}
