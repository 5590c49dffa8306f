//! What a viewer looks at, and how: everything that keys change.

use ratatui::layout::Rect;

/// A page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Page {
    #[default]
    Plots,
    Scores,
    Examples,
    Run,
    Log,
}

impl Page {
    pub(super) const ALL: [Self; 5] = [
        Self::Plots,
        Self::Scores,
        Self::Examples,
        Self::Run,
        Self::Log,
    ];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Plots => "Curves",
            Self::Scores => "Scores",
            Self::Examples => "Examples",
            Self::Run => "Run",
            Self::Log => "Log",
        }
    }

    pub(super) fn next(self) -> Self {
        let place = Self::ALL.iter().position(|page| *page == self);
        Self::ALL[(place.unwrap_or(0) + 1) % Self::ALL.len()]
    }
}

/// How much of the past a smoothed value keeps, from one step to the next.
pub(super) const SMOOTHING: [f64; 5] = [0.0, 0.6, 0.9, 0.97, 0.99];

/// What is shown, and how.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) page: Page,
    /// Of the curves that the filter leaves.
    pub(super) focus: usize,
    /// The focused curve alone.
    pub(super) enlarged: bool,
    /// First and last step that are shown; all where it is not set.
    pub(super) window: Option<(f64, f64)>,
    pub(super) log_axis: bool,
    /// Place in [`SMOOTHING`].
    pub(super) smoothing: usize,
    /// Part of the names of the curves that are shown.
    pub(super) filter: String,
    /// Whether keys go to the filter.
    pub(super) typing: bool,
    pub(super) paused: bool,
    pub(super) help: bool,
    /// Whether `stop` waits for an answer.
    pub(super) asking: bool,
    /// Lines above the screen of the page's text; in the log, lines below it.
    pub(super) scroll: usize,
    /// A word on the last key.
    pub(super) notice: Option<String>,
    /// Where things are on the screen, for the mouse.
    pub(super) places: Places,
}

/// Where the last picture had things.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    pub(super) plots: Vec<(Rect, usize)>,
    pub(super) tabs: Vec<(Rect, Page)>,
    /// Lines that the page's text has beyond the screen.
    pub(super) hidden_lines: usize,
    /// Lines of a screen.
    pub(super) screen_lines: usize,
}

impl Default for View {
    fn default() -> Self {
        Self {
            page: Page::default(),
            focus: 0,
            enlarged: false,
            window: None,
            log_axis: false,
            smoothing: 2,
            filter: String::new(),
            typing: false,
            paused: false,
            help: false,
            asking: false,
            scroll: 0,
            notice: None,
            places: Places::default(),
        }
    }
}

impl View {
    pub(super) fn show(&mut self, page: Page) {
        if self.page != page {
            (self.page, self.scroll) = (page, 0);
        }
    }

    pub(super) fn smoothing(&self) -> f64 {
        SMOOTHING[self.smoothing]
    }

    /// By `share` of what is shown to the right, within 0 and `last`.
    pub(super) fn pan(&mut self, share: f64, last: f64) {
        if let Some((from, to)) = self.window {
            let width = to - from;
            let from = (from + share * width).clamp(0.0, (last - width).max(0.0));
            self.window = Some((from, from + width));
        }
    }

    /// Shows `factor` as many steps, about the middle of the window; all of them where the window
    /// gets as wide.
    pub(super) fn zoom(&mut self, factor: f64, last: f64) {
        let (from, to) = self.window.unwrap_or((0.0, last));
        let width = ((to - from) * factor).max(4.0);
        if width >= last {
            self.window = None;
            return;
        }
        let middle = (from + to) / 2.0;
        let from = (middle - width / 2.0).clamp(0.0, last - width);
        self.window = Some((from, from + width));
    }

    /// By `lines`, as far as there are any.
    pub(super) fn scroll_by(&mut self, lines: isize) {
        let most = self.places.hidden_lines;
        self.scroll = self.scroll.saturating_add_signed(lines).min(most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_stays_within_the_run() {
        let mut view = View::default();
        view.pan(0.5, 100.0);
        assert_eq!(view.window, None);
        view.zoom(0.5, 100.0);
        assert_eq!(view.window, Some((25.0, 75.0)));
        view.pan(10.0, 100.0);
        assert_eq!(view.window, Some((50.0, 100.0)));
        view.pan(-10.0, 100.0);
        assert_eq!(view.window, Some((0.0, 50.0)));
        view.zoom(1.5, 100.0);
        assert_eq!(view.window, Some((0.0, 75.0)));
        view.zoom(2.0, 100.0);
        assert_eq!(view.window, None);
        for _ in 0..20 {
            view.zoom(0.5, 100.0);
        }
        assert_eq!(view.window, Some((48.0, 52.0)));
    }

    #[test]
    fn pages_follow_each_other() {
        let mut page = Page::Plots;
        for _ in Page::ALL {
            page = page.next();
        }
        assert_eq!(page, Page::Plots);
    }
}
