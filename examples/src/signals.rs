//! Ctrl-C and SIGTERM.

use bert_tasks::training::StopFlag;

/// A flag that the first Ctrl-C or SIGTERM raises: the training finishes its step, saves and
/// returns. The second one gives the terminal back and ends the program at once.
#[cfg(unix)]
pub fn stop_on_signals() -> std::io::Result<StopFlag> {
    use std::io::Write;

    use bert_tasks::training::StopReason;
    use crossterm::{cursor::Show, execute, terminal};
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let stop = StopFlag::default();
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let raised = stop.clone();
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for signal in signals.forever() {
                if raised.requested().is_some() {
                    let mut out = std::io::stdout();
                    let _ = terminal::disable_raw_mode();
                    let _ = execute!(out, terminal::LeaveAlternateScreen, Show);
                    let _ = out.flush();
                    std::process::exit(128 + signal);
                }
                raised.stop(&match signal {
                    SIGTERM => StopReason::Terminate,
                    _ => StopReason::Interrupt,
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
