//! What a program shows of its run, on a thread of its own: training never waits for it.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;

use super::app::{App, Leave, Role};
use super::run::{LogTail, Run, log_path};
use super::terminal::{self, Picture};
use super::theme::Theme;
use super::viewer::{self, Source};
use super::{Display, PlainLines};
use crate::events::{Observer, Stamped};
use crate::stop::StopFlag;

/// Runs whose curves stay on the dashboard when the next one begins.
const MOST_RUNS: usize = 6;

/// The display of a program that trains, from before the first weight is read to its summary.
pub struct Screen {
    display: Display,
    messages: Option<Sender<Message>>,
    thread: Option<JoinHandle<()>>,
}

/// What the display is told.
enum Message {
    Preparing(String),
    Begin {
        output_dir: PathBuf,
        past: Vec<Stamped>,
    },
    Event(Stamped),
    Close,
}

impl Screen {
    /// Opens a display at once. On the dashboard, `stop` is raised by its keys, and everything that
    /// this process prints goes to `log.txt` in `output_dir`.
    ///
    /// A program that handles signals gives the terminal back at those that end it
    /// ([`give_back_terminal`](super::give_back_terminal)) and stop it
    /// ([`without_terminal`](super::without_terminal),
    /// [`refresh_terminal`](super::refresh_terminal)).
    ///
    /// # Errors
    /// When the dashboard is asked for and there is no terminal, or its log cannot be opened.
    pub fn open(display: Display, output_dir: &Path, stop: &StopFlag) -> io::Result<Self> {
        let log = log_path(output_dir);
        // Before anything is printed into it.
        let said = LogTail::from_end(&log);
        let (display, picture) = display.here(&log)?;
        let (messages, received) = channel();
        let thread = std::thread::Builder::new().name("display".to_owned());
        let thread = match (display, picture) {
            // Given back with the closure where no thread can be had.
            (_, Some(picture)) => {
                let (run, stop) = (Run::new(output_dir), stop.clone());
                thread.spawn(move || dashboard(picture, run, said, stop, received))
            }
            (Display::Json, None) => thread.spawn(move || json(&received)),
            (Display::None, None) => thread.spawn(move || nothing(&received)),
            (_, None) => thread.spawn(move || plain(&received, PlainLines::default())),
        };
        Ok(Self {
            display,
            messages: Some(messages),
            thread: Some(thread?),
        })
    }

    /// What it came to: never [`Display::Auto`].
    pub fn display(&self) -> Display {
        self.display
    }

    /// What is being done before the training begins: `reading the weights`.
    pub fn prepare(&self, what: impl Into<String>) {
        self.send(Message::Preparing(what.into()));
    }

    /// The same for another thread, and for many times.
    pub fn preparing(&self) -> impl Fn(String) + Send + use<> {
        let messages = Forward(self.messages.clone());
        move |what| messages.send(Message::Preparing(what))
    }

    /// Says something that is no event of a run. It goes to standard output, except where that is
    /// for machines; on the dashboard it is a line of the log.
    pub fn say(&self, text: &str) {
        // A closed pipe must not end a training.
        let _ = match self.display {
            Display::Json => writeln!(io::stderr(), "{text}"),
            _ => writeln!(io::stdout(), "{text}"),
        };
    }

    /// What sees the events of a run for this display.
    pub fn observer(&self) -> Arc<dyn Observer> {
        Arc::new(Forward(self.messages.clone()))
    }

    /// Ends the display and gives the terminal back; everything that was told is shown before.
    pub fn close(&mut self) {
        self.send(Message::Close);
        self.messages = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    fn send(&self, message: Message) {
        if let Some(messages) = &self.messages {
            let _ = messages.send(message);
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.close();
    }
}

impl Display {
    /// What [`Auto`](Self::Auto) comes to here, and the terminal where it is the dashboard.
    fn here(self, log: &Path) -> io::Result<(Self, Option<Picture>)> {
        match self {
            Self::Auto => {
                let can_draw = io::stdout().is_terminal() && terminal::unusable().is_none();
                if !can_draw || !terminal::is_in_foreground() {
                    return Ok((Self::Plain, None));
                }
                match terminal::take(Some(log)) {
                    Ok(picture) => Ok((Self::Dashboard, Some(picture))),
                    // As one that is not this process's to control.
                    Err(error) => {
                        let _ = writeln!(io::stderr(), "no dashboard on this terminal: {error}");
                        Ok((Self::Plain, None))
                    }
                }
            }
            Self::Dashboard => Ok((self, Some(terminal::take(Some(log))?))),
            other => Ok((other, None)),
        }
    }
}

struct Forward(Option<Sender<Message>>);

impl Forward {
    fn send(&self, message: Message) {
        if let Some(messages) = &self.0 {
            // The display may have been closed before the run.
            let _ = messages.send(message);
        }
    }
}

impl Observer for Forward {
    fn begin(&self, output_dir: &Path, past: &[Stamped]) {
        let (output_dir, past) = (output_dir.to_path_buf(), past.to_vec());
        self.send(Message::Begin { output_dir, past });
    }

    fn event(&self, stamped: &Stamped) {
        self.send(Message::Event(stamped.clone()));
    }
}

fn nothing(messages: &Receiver<Message>) {
    for message in messages {
        // Observers may hold the other end for longer.
        if matches!(message, Message::Close) {
            return;
        }
    }
}

fn plain(messages: &Receiver<Message>, mut lines: PlainLines) {
    for message in messages {
        match message {
            Message::Preparing(_) => {}
            Message::Begin { past, .. } => lines = PlainLines::after(past),
            Message::Event(stamped) => {
                if let Some(line) = lines.line(&stamped) {
                    let mut out = io::stdout().lock();
                    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
                }
            }
            Message::Close => return,
        }
    }
}

fn json(messages: &Receiver<Message>) {
    for message in messages {
        match message {
            Message::Preparing(_) | Message::Begin { .. } => {}
            Message::Event(stamped) => {
                if let Ok(line) = serde_json::to_string(&stamped) {
                    let mut out = io::stdout().lock();
                    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
                }
            }
            Message::Close => return,
        }
    }
}

fn dashboard(
    mut picture: Picture,
    run: Run,
    log: LogTail,
    stop: StopFlag,
    messages: Receiver<Message>,
) {
    let role = Role::Live(stop.clone());
    let mut app = App::new(vec![run], role, Theme::from_environment());
    let mut source = Live {
        messages,
        log,
        is_closed: false,
        seen: PlainLines::default(),
    };
    let left = viewer::view(&mut app, &mut source, &mut picture);
    drop(picture);
    if let Ok(Some(Leave::Program)) = left {
        stop.end_at_once();
    }
    // Also where the terminal is gone: the run goes on.
    if !source.is_closed {
        plain(&source.messages, source.seen);
    }
}

/// The runs of this process.
struct Live {
    messages: Receiver<Message>,
    log: LogTail,
    is_closed: bool,
    /// For the lines that follow when the view is left.
    seen: PlainLines,
}

impl Source for Live {
    fn update(&mut self, runs: &mut Vec<Run>) -> bool {
        let mut is_new = false;
        loop {
            let message = match self.messages.try_recv() {
                Ok(message) => message,
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => Message::Close,
            };
            is_new = true;
            match message {
                Message::Preparing(what) => {
                    if let Some(run) = runs.last_mut() {
                        run.preparing = Some(what);
                    }
                }
                Message::Begin { output_dir, past } => {
                    self.seen = PlainLines::after(past.clone());
                    begin(runs, &output_dir, past);
                }
                Message::Event(stamped) => {
                    let _ = self.seen.line(&stamped);
                    if let Some(run) = runs.last_mut() {
                        run.preparing = None;
                        run.history.apply(stamped);
                    }
                }
                Message::Close => {
                    self.is_closed = true;
                    break;
                }
            }
        }
        let lines = self.log.new_lines();
        if let (Some(run), false) = (runs.last_mut(), lines.is_empty()) {
            run.add_log(lines);
            is_new = true;
        }
        is_new
    }

    fn is_over(&self) -> bool {
        // After a panic the terminal is no longer ours.
        self.is_closed || !terminal::is_taken()
    }
}

/// Another run of the same program keeps the ones before it on the screen.
fn begin(runs: &mut Vec<Run>, output_dir: &Path, past: Vec<Stamped>) {
    let mut run = Run::new(output_dir);
    past.into_iter()
        .for_each(|stamped| run.history.apply(stamped));
    // What a process before this one ended with is no news.
    run.history.outcome = None;
    match runs.last_mut() {
        Some(last) if last.history.start.is_none() => {
            run.log = std::mem::take(&mut last.log);
            *last = run;
        }
        _ => runs.push(run),
    }
    let over = runs.len().saturating_sub(MOST_RUNS);
    runs.drain(..over);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_does_not_wait_for_those_who_still_watch() {
        let folder = tempfile::tempdir().unwrap();
        for display in [Display::None, Display::Plain, Display::Json] {
            let stop = StopFlag::default();
            let mut screen = Screen::open(display, folder.path(), &stop).unwrap();
            let observer = screen.observer();
            screen.close();
            observer.begin(folder.path(), &[]);
        }
    }

    #[test]
    fn another_run_of_the_program_keeps_the_ones_before_it() {
        let start = |task: &str| Stamped {
            v: crate::events::SCHEMA,
            time: 1.0,
            event: crate::events::Event::Start(Box::new(crate::events::Start {
                task: task.to_owned(),
                ..Default::default()
            })),
        };
        let (messages, received) = channel();
        let forward = Forward(Some(messages.clone()));
        let folder = tempfile::tempdir().unwrap();
        let mut source = Live {
            messages: received,
            log: LogTail::new(&folder.path().join("log.txt")),
            is_closed: false,
            seen: PlainLines::default(),
        };
        let mut runs = vec![Run::new(Path::new("out"))];
        messages
            .send(Message::Preparing("reading".to_owned()))
            .unwrap();
        assert!(source.update(&mut runs));
        assert_eq!(runs[0].preparing.as_deref(), Some("reading"));

        for seed in ["out/seed-1", "out/seed-2"] {
            forward.begin(Path::new(seed), &[]);
            forward.event(&start(seed));
        }
        assert!(source.update(&mut runs));
        let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
        assert_eq!(names, ["out/seed-1", "out/seed-2"]);
        assert!(!source.update(&mut runs) && !source.is_closed);
        for seed in 3..20 {
            forward.begin(&Path::new("out").join(format!("seed-{seed}")), &[]);
            forward.event(&start("more"));
        }
        source.update(&mut runs);
        assert_eq!(runs.len(), MOST_RUNS);
        messages.send(Message::Close).unwrap();
        source.update(&mut runs);
        assert!(source.is_closed);
    }
}
