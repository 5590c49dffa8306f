//! The signals of a program with a terminal: Ctrl-C, SIGTERM and SIGHUP of a terminal that is
//! closed end it; Ctrl-Z stops it until its shell lets it go on.
//!
//! What its parent has told it to ignore stays ignored, as SIGHUP below `nohup` and SIGINT of a
//! script's `program &`.

#[cfg(unix)]
mod disposition;

use std::io;

use bert_tasks::training::StopFlag;

/// A flag that the first of these signals raises: the training finishes its step, saves and
/// returns. The second one gives the terminal back and ends the program at once.
///
/// # Errors
/// When the system has no thread or no handler left.
#[cfg(unix)]
pub fn stop_on_signals() -> io::Result<StopFlag> {
    use bert_tasks::display::dashboard::give_back_terminal;
    use bert_tasks::training::StopReason;
    use signal_hook::consts::{SIGHUP, SIGINT};
    use std::time::{Duration, Instant};

    /// What sends a signal may send it twice, to a program and to its group: `timeout` does, and
    /// a shell with the terminal below it.
    const ECHO: Duration = Duration::from_millis(100);

    // Without the destructors of libraries whose threads still compute.
    let end = |signal| signal_hook::low_level::exit(128 + signal);
    let stop = StopFlag::with_end(move || end(SIGINT));
    let (raised, mut last) = (stop.clone(), None::<Instant>);
    listen(move |signal| {
        let is_echo = last.is_some_and(|last| last.elapsed() < ECHO);
        last = Some(Instant::now());
        match raised.requested() {
            None => raised.stop(&match signal {
                SIGINT => StopReason::Interrupt,
                SIGHUP => StopReason::Hangup,
                _ => StopReason::Terminate,
            }),
            // A connection that has broken is nobody's second word.
            Some(_) if is_echo || signal == SIGHUP => {}
            Some(_) => {
                give_back_terminal();
                end(signal);
            }
        }
    })?;
    Ok(stop)
}

/// Elsewhere the system ends the program; the last checkpoint stays.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn stop_on_signals() -> io::Result<StopFlag> {
    // Ctrl-C on the dashboard is a key.
    #[expect(clippy::exit, reason = "the program's own end")]
    let end = || std::process::exit(130);
    Ok(StopFlag::with_end(end))
}

/// Gives the terminal back before a signal ends a program that only watches.
///
/// # Errors
/// When the system has no thread or no handler left.
#[cfg(unix)]
pub fn end_on_signals() -> io::Result<()> {
    listen(end_by)
}

/// Elsewhere the system ends the program.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn end_on_signals() -> io::Result<()> {
    Ok(())
}

/// Ends this process by a signal, as if nobody had listened to it.
#[cfg(unix)]
fn end_by(signal: i32) {
    bert_tasks::display::dashboard::give_back_terminal();
    // It does not return.
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}

/// Calls `asked` with each signal that asks for an end, on a thread of its own, which does all the
/// rest by itself.
#[cfg(unix)]
fn listen(mut asked: impl FnMut(i32) + Send + 'static) -> io::Result<()> {
    use bert_tasks::display::dashboard::{refresh_terminal, without_terminal};
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
    use signal_hook::iterator::Signals;

    let all = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT];
    let heard = all
        .into_iter()
        .filter(|&signal| !disposition::is_ignored(signal));
    let mut signals = Signals::new(heard)?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for signal in signals.forever() {
                match signal {
                    SIGTSTP => without_terminal(disposition::stop),
                    SIGCONT => refresh_terminal(),
                    // Somebody wants a core dump.
                    SIGQUIT => end_by(signal),
                    _ => asked(signal),
                }
            }
        })?;
    Ok(())
}
