//! Taking the terminal, and giving it back whatever happens.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{DisableMouseCapture, EnableMouseCapture};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{cursor, execute};

/// What draws on the terminal.
pub(super) type Screen = Terminal<CrosstermBackend<BufWriter<File>>>;

/// What has to be undone, where a terminal is taken.
static TAKEN: Mutex<Option<Taken>> = Mutex::new(None);

struct Taken {
    terminal: File,
    streams: Option<streams::Redirected>,
}

/// Takes the terminal. With `log`, what anything in this process writes to standard output and
/// standard error goes there from now on, if it would go to the terminal otherwise.
///
/// A panic gives the terminal back before its message is written.
///
/// # Errors
/// When there is no terminal, or the log cannot be opened.
pub(super) fn take(log: Option<&Path>) -> io::Result<Screen> {
    let log = log.map(open_log).transpose()?;
    let terminal = streams::terminal()?;
    let drawing = terminal.try_clone()?;
    let mut taken = Taken {
        terminal,
        streams: None,
    };
    enable_raw_mode()?;
    execute!(
        taken.terminal,
        EnterAlternateScreen,
        EnableMouseCapture,
        cursor::Hide
    )?;
    if let Some(log) = log {
        taken.streams = Some(streams::Redirected::to(&log)?);
    }
    *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(taken);
    give_back_on_panic();
    Terminal::new(CrosstermBackend::new(BufWriter::new(drawing)))
}

fn open_log(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

/// Gives the terminal back, if it is taken: for a program that is about to end at once.
pub fn give_back_terminal() {
    let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(mut taken) = taken else { return };
    // What is buffered was meant for the log.
    let _ = io::stdout().flush();
    // Whatever fails, the rest is still tried.
    let _ = execute!(
        taken.terminal,
        DisableMouseCapture,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
    if let Some(streams) = &taken.streams {
        streams.undo();
    }
}

/// Waits for input until `timeout`, or until a signal comes, such as that of another size.
///
/// # Errors
/// When the terminal is gone: its window was closed, or its connection has broken. To ask crossterm
/// for events then would never return.
pub(super) fn wait(timeout: Duration) -> io::Result<()> {
    streams::wait(timeout)
}

/// Whether this process has the terminal.
pub(super) fn is_taken() -> bool {
    TAKEN
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .is_some()
}

fn give_back_on_panic() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            // A batch that does not fit into memory is tried again in parts: that is no end, and
            // its message goes to the log.
            if crate::training::out_of_memory(panic.payload()).is_none() {
                give_back_terminal();
            }
            before(panic);
        }));
    });
}

#[cfg(unix)]
mod streams {
    use std::fs::File;
    use std::io::{self, IsTerminal};
    use std::os::fd::{AsFd, OwnedFd};
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::{Errno, dup};
    use rustix::stdio::{dup2_stderr, dup2_stdout, stderr, stdout};

    /// Standard output as it was, which is the terminal.
    pub(super) fn terminal() -> io::Result<File> {
        if !io::stdout().is_terminal() {
            return Err(io::Error::other("standard output is no terminal"));
        }
        Ok(File::from(dup(stdout())?))
    }

    pub(super) fn wait(timeout: Duration) -> io::Result<()> {
        let standard_input = io::stdin();
        // As crossterm has it.
        match standard_input.is_terminal() {
            true => wait_for(standard_input, timeout),
            false => wait_for(File::open("/dev/tty")?, timeout),
        }
    }

    fn wait_for(terminal: impl AsFd, timeout: Duration) -> io::Result<()> {
        let mut watched = [PollFd::new(&terminal, PollFlags::IN)];
        let timeout = Timespec {
            tv_sec: timeout.as_secs() as i64,
            tv_nsec: timeout.subsec_nanos().into(),
        };
        match poll(&mut watched, Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        match watched[0]
            .revents()
            .intersects(PollFlags::HUP | PollFlags::ERR)
        {
            true => Err(io::Error::other("the terminal is gone")),
            false => Ok(()),
        }
    }

    /// The streams that went to the terminal, as they were.
    pub(super) struct Redirected {
        out: Option<OwnedFd>,
        err: Option<OwnedFd>,
    }

    impl Redirected {
        pub(super) fn to(log: &File) -> io::Result<Self> {
            let mut this = Self {
                out: None,
                err: None,
            };
            if io::stderr().is_terminal() {
                this.err = Some(dup(stderr())?);
                dup2_stderr(log)?;
            }
            if io::stdout().is_terminal() {
                this.out = Some(dup(stdout())?);
                dup2_stdout(log)?;
            }
            Ok(this)
        }

        pub(super) fn undo(&self) {
            if let Some(out) = &self.out {
                let _ = dup2_stdout(out);
            }
            if let Some(err) = &self.err {
                let _ = dup2_stderr(err);
            }
        }
    }
}

/// Elsewhere the streams stay where they are, and what is printed may disturb the picture.
#[cfg(not(unix))]
mod streams {
    use std::fs::{File, OpenOptions};
    use std::io;
    use std::time::Duration;

    pub(super) fn terminal() -> io::Result<File> {
        OpenOptions::new().read(true).write(true).open("CONOUT$")
    }

    pub(super) fn wait(timeout: Duration) -> io::Result<()> {
        ratatui::crossterm::event::poll(timeout).map(drop)
    }

    pub(super) struct Redirected;

    impl Redirected {
        pub(super) fn to(_log: &File) -> io::Result<Self> {
            Ok(Self)
        }

        pub(super) fn undo(&self) {}
    }
}
