//! Taking the terminal, and giving it back whatever happens: for good, or while the process is
//! stopped or in the background.

#[cfg_attr(not(unix), path = "other.rs")]
#[cfg_attr(unix, path = "unix.rs")]
mod system;

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, Once, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use bert_core::backend::out_of_memory;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{DisableMouseCapture, EnableMouseCapture};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{cursor, execute};
use ratatui::{Frame, Terminal};

/// What has to be undone, where a terminal is taken.
static TAKEN: Mutex<Option<Taken>> = Mutex::new(None);

/// Held for the length of a picture, so that none ends on a terminal that was given back.
static DRAWING: Mutex<()> = Mutex::new(());

/// As long is a picture waited for, which may never end where drawing it has panicked.
const PICTURE: Duration = Duration::from_millis(200);

/// Between two looks whether the terminal is ours again.
const LOOK: Duration = Duration::from_millis(100);

/// Within this time a process that has asked to be stopped is stopped.
const STOPPING: Duration = Duration::from_millis(50);

struct Taken {
    terminal: File,
    streams: Option<system::Redirected>,
    /// Whether it is in raw mode and has the picture.
    is_held: bool,
    /// How many have asked for it while they stop this process.
    lent: usize,
    /// Whether nothing is drawn yet on what was entered.
    is_blank: bool,
}

impl Taken {
    fn enter(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        self.is_held = true;
        self.is_blank = true;
        execute!(
            self.terminal,
            EnterAlternateScreen,
            EnableMouseCapture,
            cursor::Hide
        )
    }

    /// Whatever fails, the rest is still tried.
    fn leave_picture(&mut self) {
        self.is_held = false;
        let _ = execute!(
            self.terminal,
            DisableMouseCapture,
            LeaveAlternateScreen,
            cursor::Show
        );
    }

    fn leave(&mut self) {
        if self.is_held {
            self.leave_picture();
            let _ = disable_raw_mode();
        }
    }

    /// Enters again, unless somebody has it: whoever stops this process, or the shell and its
    /// jobs in the foreground. Drawing and setting modes from the background would stop us.
    fn enter_again(&mut self) -> io::Result<()> {
        if self.is_held || self.lent > 0 || !system::is_in_foreground(&self.terminal) {
            return Ok(());
        }
        // Forgets modes of before that another program has changed since.
        let _ = disable_raw_mode();
        self.enter()
    }
}

/// What draws on the terminal, which is given back when this is dropped.
pub(super) struct Picture(Terminal<CrosstermBackend<BufWriter<File>>>);

impl Picture {
    /// Draws, where the terminal is ours at the moment.
    ///
    /// # Errors
    /// When the terminal cannot be written.
    pub(super) fn draw(&mut self, paint: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let _drawing = DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
        let is_blank = match &mut *taken() {
            Some(taken) if taken.is_held => std::mem::take(&mut taken.is_blank),
            _ => return Ok(()),
        };
        if is_blank {
            // Forgets what was there; `clear` would ask the terminal for its cursor.
            let size = self.0.size()?;
            self.0.resize(size.into())?;
        }
        self.0.draw(paint)?;
        Ok(())
    }
}

impl Drop for Picture {
    fn drop(&mut self) {
        give_back_terminal();
    }
}

/// Takes the terminal. With `log`, what anything in this process writes to standard output and
/// standard error goes there from now on, if it would go to the terminal otherwise.
///
/// A panic gives the terminal back before its message is written, and so does any error here.
///
/// # Errors
/// When there is no terminal, or the log cannot be opened.
pub(super) fn take(log: Option<&Path>) -> io::Result<Picture> {
    if let Some(reason) = unusable() {
        return Err(io::Error::other(reason));
    }
    let log = log.map(open_log).transpose()?;
    let terminal = system::terminal()?;
    let drawing = BufWriter::new(terminal.try_clone()?);
    let picture = Picture(Terminal::new(CrosstermBackend::new(drawing))?);
    give_back_on_panic();
    // From here on, dropping the picture undoes what was done.
    let mut place = taken();
    let taken = place.insert(Taken {
        terminal,
        streams: None,
        is_held: false,
        lent: 0,
        is_blank: true,
    });
    taken.enter()?;
    if let Some(log) = log {
        taken.streams = Some(system::Redirected::to(&log)?);
    }
    Ok(picture)
}

/// Why there can be no dashboard here, if there can be none.
pub(super) fn unusable() -> Option<String> {
    match system::is_terminal() {
        true => undrawable(),
        false => Some("standard output is no terminal".to_owned()),
    }
}

/// Why nothing can be drawn on a terminal, by its name in `TERM`.
fn undrawable() -> Option<String> {
    match std::env::var("TERM") {
        _ if cfg!(not(unix)) => None,
        Ok(term) if matches!(term.as_str(), "dumb" | "unknown") => {
            Some(format!("TERM is {term}, which cannot be drawn on"))
        }
        Ok(term) if !term.is_empty() => None,
        _ => Some("TERM is not set, so what the terminal can do is not known".to_owned()),
    }
}

/// Whether a line of a terminal can be drawn over: not where `TERM` is missing, empty or `dumb`.
pub fn can_draw() -> bool {
    undrawable().is_none()
}

/// Whether this process may take the terminal without being stopped for it.
pub(super) fn is_in_foreground() -> bool {
    system::terminal().is_ok_and(|terminal| system::is_in_foreground(&terminal))
}

fn open_log(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

fn taken() -> MutexGuard<'static, Option<Taken>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for the picture that is being drawn, unless it takes too long.
fn between_pictures() -> Option<MutexGuard<'static, ()>> {
    let begun = Instant::now();
    loop {
        match DRAWING.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if begun.elapsed() >= PICTURE => return None,
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// Gives the terminal back, if it is taken: for a program that is about to end at once.
pub fn give_back_terminal() {
    if !is_taken() {
        return;
    }
    let _between = between_pictures();
    let Some(mut taken) = taken().take() else {
        return;
    };
    // What is buffered was meant for the log.
    let _ = io::stdout().flush();
    taken.leave();
    if let Some(streams) = &taken.streams {
        streams.undo();
    }
}

/// Calls `stop`, which stops this process until it is continued, with the terminal given back for
/// that long. The dashboard is there again when the process is in the foreground next.
pub fn without_terminal(stop: impl FnOnce()) {
    {
        let _between = between_pictures();
        if let Some(taken) = &mut *taken() {
            taken.lent += 1;
            taken.leave();
        }
    }
    stop();
    if let Some(taken) = &mut *taken() {
        taken.lent = taken.lent.saturating_sub(1);
        // A terminal that is gone is found out by whoever waits for its keys.
        let _ = taken.enter_again();
    }
}

/// Draws the dashboard anew, if there is one: for a process that was stopped without a word and
/// now goes on (SIGCONT), whose terminal another program has had meanwhile.
pub fn refresh_terminal() {
    let _between = between_pictures();
    if let Some(taken) = &mut *taken() {
        if taken.is_held {
            // Its modes are the shell's by now, and to set them is not ours in the background.
            taken.leave_picture();
        }
        let _ = taken.enter_again();
    }
}

/// Stops this process and whatever is in its job, as Ctrl-Z does off the dashboard.
pub(super) fn stop_for_now() {
    without_terminal(|| {
        system::stop_job();
        // The signal may reach another thread first.
        std::thread::sleep(STOPPING);
    });
}

/// Waits for input until `timeout`, or until a signal comes, such as that of another size; where
/// the terminal is another program's at the moment, until it is ours. Says whether there can be
/// input.
///
/// # Errors
/// When the terminal is gone: its window was closed, or its connection has broken. To ask crossterm
/// for events then would never return.
pub(super) fn wait(timeout: Duration) -> io::Result<bool> {
    if is_held() {
        system::wait(timeout)?;
    } else {
        std::thread::sleep(timeout.min(LOOK));
        if let Some(taken) = &mut *taken() {
            taken.enter_again()?;
        }
    }
    Ok(is_held())
}

/// Whether this process has the terminal, be it in the background.
pub(super) fn is_taken() -> bool {
    taken().is_some()
}

fn is_held() -> bool {
    taken().as_ref().is_some_and(|taken| taken.is_held)
}

/// Whether the terminal waits for a first picture.
pub(super) fn is_blank() -> bool {
    taken()
        .as_ref()
        .is_some_and(|taken| taken.is_held && taken.is_blank)
}

fn give_back_on_panic() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            // A batch that does not fit into memory is tried again in parts: that is no end, and
            // its message goes to the log.
            if out_of_memory(panic.payload()).is_none() {
                give_back_terminal();
            }
            before(panic);
        }));
    });
}
