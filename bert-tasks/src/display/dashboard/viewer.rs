//! The loop of a viewer: input, what is new of the runs, and a picture where something changed.

use std::io;
use std::time::{Duration, Instant, SystemTime};

use ratatui::crossterm::event::{self, Event, KeyEventKind};

use super::app::{App, Leave};
use super::pages;
use super::run::Run;
use super::terminal::{self, Picture};

/// Time between two pictures, except after a key.
const FRAME: Duration = Duration::from_millis(250);

/// Time between two looks at what is new.
const TICK: Duration = Duration::from_millis(100);

/// Between two looks where nothing runs, and between two pictures that differ in their clock.
const SECOND: Duration = Duration::from_secs(1);

/// Where the runs come from.
pub(super) trait Source {
    /// Brings the runs up to date; says whether anything is new.
    fn update(&mut self, runs: &mut Vec<Run>) -> bool;

    /// Whether there is nothing more to come, and the view is to close.
    fn is_over(&self) -> bool {
        false
    }
}

/// Shows the runs until the viewer is left, or the source is over.
///
/// # Errors
/// When the terminal cannot be read or written, or is gone.
pub(super) fn view(
    app: &mut App,
    source: &mut impl Source,
    picture: &mut Picture,
) -> io::Result<Option<Leave>> {
    let (mut touched, mut is_new) = (true, true);
    let mut drawn: Option<Instant> = None;
    loop {
        if !app.view.paused {
            is_new |= source.update(&mut app.runs);
        }
        if source.is_over() || app.leave.is_some() {
            return Ok(app.leave);
        }
        let since = drawn.map(|drawn| drawn.elapsed());
        let due = |after: Duration| since.is_none_or(|since| since >= after);
        if touched || (is_new && due(FRAME)) || (app.has_clock() && due(SECOND)) {
            app.now = now();
            picture.draw(|frame| pages::draw(frame, app))?;
            (touched, is_new) = (false, false);
            drawn = Some(Instant::now());
        }
        let running = app.runs.iter().any(Run::is_running);
        let may_read = terminal::wait(if running { TICK } else { SECOND })?;
        while may_read && event::poll(Duration::ZERO)? {
            touched |= take(app, &event::read()?);
        }
        if std::mem::take(&mut app.stops) {
            terminal::stop_for_now();
        }
        // Another program has had the terminal meanwhile.
        touched |= terminal::is_blank();
    }
}

/// True if the picture has to follow.
fn take(app: &mut App, event: &Event) -> bool {
    match event {
        // Some terminals tell the release, too.
        Event::Key(key) if key.kind != KeyEventKind::Release => {
            app.key(*key);
            true
        }
        Event::Mouse(mouse) => app.mouse(*mouse),
        Event::Resize(..) => true,
        _ => false,
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0.0, |time| time.as_secs_f64())
}
