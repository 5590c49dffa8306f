//! Warnings, and what the process has printed.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::text::{self, From};
use crate::display::dashboard::app::App;
use crate::display::dashboard::run::printable;
use crate::display::format::time_of_day;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &mut App) {
    let mut lines = Vec::new();
    for run in &app.runs {
        if app.runs.len() > 1 {
            lines.push(Line::styled(format!(" {}", run.name), app.theme.strong()));
        }
        for line in &run.log {
            lines.push(Line::raw(format!(" {line}")));
        }
        for (time, message) in &run.history.warnings {
            lines.push(Line::from(vec![
                Span::styled(format!(" {} UTC ", time_of_day(*time)), app.theme.faint()),
                Span::styled("warning ", app.theme.warning()),
                Span::raw(printable(message)),
            ]));
        }
        if run.log.is_empty() && run.history.warnings.is_empty() {
            lines.push(Line::styled(" nothing was said", app.theme.faint()));
        }
    }
    text::draw(frame, area, lines, &mut app.view, From::Bottom, true);
}
