//! The state of a viewer, and what keys and mouse do to it.

use ratatui::crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::keys::{Action, action};
use super::plot::last_step;
use super::process;
use super::run::{Run, Status};
use super::series::Quantity;
use super::theme::Theme;
use super::view::{Page, SMOOTHING, View};
use crate::stop::{StopFlag, StopReason};

/// Where a viewer runs.
pub(super) enum Role {
    /// In the process that trains, which this flag stops.
    Live(StopFlag),
    /// In another process, or after the run.
    Attached,
}

/// How a viewer was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// The view alone; a run goes on.
    View,
    /// The whole program, at once.
    Program,
}

/// Runs, how they are looked at, and who looks.
pub(super) struct App {
    pub(super) runs: Vec<Run>,
    pub(super) view: View,
    pub(super) theme: Theme,
    /// Seconds since 1970.
    pub(super) now: f64,
    role: Role,
    pub(super) leave: Option<Leave>,
    /// Whether the process is to be stopped until its shell lets it go on.
    pub(super) stops: bool,
}

impl App {
    pub(super) fn new(runs: Vec<Run>, role: Role, theme: Theme) -> Self {
        Self {
            runs,
            view: View::default(),
            theme,
            now: 0.0,
            role,
            leave: None,
            stops: false,
        }
    }

    /// The curves that the filter leaves.
    pub(super) fn quantities(&self) -> Vec<Quantity> {
        let mut all = Quantity::of(self.runs.iter().map(|run| &run.history));
        let wanted = self.view.filter.to_lowercase();
        all.retain(|quantity| quantity.title().to_lowercase().contains(&wanted));
        all
    }

    /// The run that `stop` would stop: the only one that is running, where a signal reaches it.
    fn stoppable(&self) -> Option<&Run> {
        let mut running = self.runs.iter().filter(|run| run.is_running());
        let only = running.next().filter(|_| running.next().is_none())?;
        let reached = match self.role {
            Role::Live(_) => true,
            Role::Attached => cfg!(unix) && only.alive == Some(true),
        };
        reached.then_some(only)
    }

    pub(super) fn can_stop(&self) -> bool {
        self.stoppable().is_some()
    }

    pub(super) fn key(&mut self, event: KeyEvent) {
        if action(event) == Some(Action::StopForNow) {
            self.stops = true;
            return;
        }
        self.view.notice = None;
        if self.view.asking {
            self.view.asking = false;
            match event.code {
                KeyCode::Char('y' | 'Y') => self.stop(),
                _ => self.view.notice = Some("goes on".to_owned()),
            }
            return;
        }
        let ends = action(event) == Some(Action::Interrupt);
        if self.view.typing && !ends {
            self.type_filter(event.code);
            return;
        }
        if let Some(action) = action(event) {
            self.act(action);
        }
    }

    fn type_filter(&mut self, code: KeyCode) {
        let view = &mut self.view;
        match code {
            KeyCode::Char(c) => view.filter.push(c),
            KeyCode::Backspace => drop(view.filter.pop()),
            KeyCode::Enter => view.typing = false,
            KeyCode::Esc => {
                view.typing = false;
                view.filter.clear();
            }
            _ => {}
        }
        view.focus = 0;
    }

    fn act(&mut self, action: Action) {
        let (curves, last) = (self.quantities().len().max(1), last_step(&self.runs));
        let view = &mut self.view;
        let screen = view.places.screen_lines.max(2) as isize - 1;
        // The log is read from its end.
        let up = match view.page == Page::Log && !view.help {
            true => 1,
            false => -1,
        };
        match action {
            Action::Show(page) => {
                view.help = false;
                view.show(page);
            }
            Action::NextPage => view.show(view.page.next()),
            Action::FocusNext => view.focus = (view.focus + 1) % curves,
            Action::FocusPrevious => view.focus = (view.focus + curves - 1) % curves,
            Action::Enlarge => view.enlarged = !view.enlarged,
            Action::PanLeft => view.pan(-0.25, last),
            Action::PanRight => view.pan(0.25, last),
            Action::ZoomIn => view.zoom(0.5, last),
            Action::ZoomOut => view.zoom(2.0, last),
            Action::ShowAll => view.window = None,
            Action::LogAxis => view.log_axis = !view.log_axis,
            Action::SmoothLess | Action::SmoothMore => {
                view.smoothing = match action {
                    Action::SmoothLess => view.smoothing.saturating_sub(1),
                    _ => (view.smoothing + 1).min(SMOOTHING.len() - 1),
                };
                view.notice = Some(format!("smoothing {}", view.smoothing()));
            }
            Action::Filter => {
                view.show(Page::Plots);
                (view.typing, view.help) = (true, false);
            }
            Action::Up => view.scroll_by(up),
            Action::Down => view.scroll_by(-up),
            Action::PageUp => view.scroll_by(up * screen),
            Action::PageDown => view.scroll_by(-up * screen),
            Action::Top => view.scroll_by(up * isize::MAX),
            Action::Bottom => view.scroll_by(-up * isize::MAX),
            Action::Pause => view.paused = !view.paused,
            Action::Help => (view.help, view.scroll) = (!view.help, 0),
            Action::Back => {
                if view.help {
                    (view.help, view.scroll) = (false, 0);
                } else if !view.filter.is_empty() {
                    view.filter.clear();
                } else {
                    view.enlarged = false;
                }
            }
            Action::Stop => match self.can_stop() {
                true => self.view.asking = true,
                false => self.view.notice = Some("there is nothing to stop".to_owned()),
            },
            Action::Interrupt => self.interrupt(),
            Action::StopForNow => self.stops = true,
            Action::Quit => self.leave = Some(Leave::View),
        }
    }

    fn stop(&mut self) {
        let asked = match &self.role {
            Role::Live(flag) => {
                flag.stop(&StopReason::Dashboard);
                true
            }
            Role::Attached => self
                .stoppable()
                .is_some_and(|run| process::interrupt(&run.folder)),
        };
        self.view.notice = Some(match asked {
            true => "stopping: the step is finished and saved".to_owned(),
            false => "the run cannot be reached from here".to_owned(),
        });
    }

    /// As Ctrl-C does off the dashboard: once to stop and save, twice to end at once.
    fn interrupt(&mut self) {
        match &self.role {
            Role::Attached => self.leave = Some(Leave::View),
            Role::Live(flag) if flag.requested().is_some() => self.leave = Some(Leave::Program),
            Role::Live(flag) => {
                flag.stop(&StopReason::Interrupt);
                let words = "stopping: the step is finished and saved; Ctrl-C again ends at once";
                self.view.notice = Some(words.to_owned());
            }
        }
    }

    /// True if it did anything.
    pub(super) fn mouse(&mut self, event: MouseEvent) -> bool {
        let position = Position::new(event.column, event.row);
        let places = &self.view.places;
        let plot = places
            .plots
            .iter()
            .find(|(place, _)| place.contains(position));
        let plot = plot.map(|(_, nth)| *nth);
        let tab = places
            .tabs
            .iter()
            .find(|(place, _)| place.contains(position));
        let last = last_step(&self.runs);
        match (event.kind, tab.map(|(_, page)| *page), plot) {
            (MouseEventKind::Down(MouseButton::Left), Some(page), _) => self.view.show(page),
            (MouseEventKind::Down(MouseButton::Left), None, Some(nth)) => {
                self.view.enlarged = self.view.focus == nth && !self.view.enlarged;
                self.view.focus = nth;
            }
            (MouseEventKind::ScrollUp, _, Some(_)) => self.view.zoom(0.8, last),
            (MouseEventKind::ScrollDown, _, Some(_)) => self.view.zoom(1.25, last),
            (MouseEventKind::ScrollUp, _, None) => self.act(Action::Up),
            (MouseEventKind::ScrollDown, _, None) => self.act(Action::Down),
            _ => return false,
        }
        true
    }

    /// Whether the picture changes by itself, because a clock is in it.
    pub(super) fn has_clock(&self) -> bool {
        let ticks = |run: &Run| {
            let begun = run.history.start.is_some();
            run.is_running() && (begun || matches!(run.status(), Status::Preparing(_)))
        };
        !self.view.paused && self.runs.iter().any(ticks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::crossterm::event::KeyModifiers;

    fn press(app: &mut App, keys: &str) {
        for c in keys.chars() {
            app.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
        }
    }

    fn ctrl_c(app: &mut App) {
        app.key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
    }

    #[test]
    fn ctrl_z_stops_whatever_is_typed() {
        let (mut app, flag) = live();
        for before in ["", "/", "S"] {
            press(&mut app, before);
            app.key(KeyEvent::new(KeyCode::Char('z'), KeyModifiers::CONTROL));
            assert!(std::mem::take(&mut app.stops));
        }
        assert_eq!((flag.requested(), app.leave), (None, None));
    }

    fn live() -> (App, StopFlag) {
        let flag = StopFlag::default();
        let role = Role::Live(flag.clone());
        (App::new(vec![Run::default()], role, Theme::plain()), flag)
    }

    #[test]
    fn stop_asks_first() {
        let (mut app, flag) = live();
        press(&mut app, "Sn");
        assert_eq!(flag.requested(), None);
        press(&mut app, "Sy");
        assert_eq!(flag.requested(), Some(StopReason::Dashboard));
        assert_eq!(app.leave, None);
    }

    #[test]
    fn ctrl_c_stops_and_the_second_ends_the_program() {
        let (mut app, flag) = live();
        press(&mut app, "/");
        ctrl_c(&mut app);
        assert_eq!(flag.requested(), Some(StopReason::Interrupt));
        assert_eq!(app.leave, None);
        ctrl_c(&mut app);
        assert_eq!(app.leave, Some(Leave::Program));

        let mut attached = App::new(Vec::new(), Role::Attached, Theme::plain());
        ctrl_c(&mut attached);
        assert_eq!(attached.leave, Some(Leave::View));
    }

    #[test]
    fn the_filter_takes_every_key_until_it_is_done() {
        let (mut app, _) = live();
        press(&mut app, "/lq");
        assert!(app.view.typing && app.leave.is_none() && !app.view.log_axis);
        assert_eq!(app.view.filter, "lq");
        app.key(KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE));
        let titles: Vec<String> = app.quantities().iter().map(Quantity::title).collect();
        assert_eq!(titles, ["train loss", "learning rate", "examples/s"]);
        app.key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE));
        press(&mut app, "l");
        assert!(app.view.log_axis);
        app.key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE));
        assert!(app.view.filter.is_empty());
    }

    #[test]
    fn every_action_can_be_done_at_any_time() {
        for binding in super::super::keys::BINDINGS {
            let (mut app, _) = live();
            app.act(binding.action);
            app.act(binding.action);
        }
    }
}
