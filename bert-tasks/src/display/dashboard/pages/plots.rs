//! Curves: as many as fit, or the focused one alone.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::display::dashboard::app::App;
use crate::display::dashboard::plot;

/// A curve is not drawn smaller than this beside others.
const LEAST: (u16, u16) = (50, 9);

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &mut App) {
    let quantities = app.quantities();
    if quantities.is_empty() {
        let text = format!("no curve has `{}` in its name", app.view.filter);
        let text = Line::styled(text, app.theme.faint()).centered();
        frame.render_widget(Paragraph::new(text), area);
        return;
    }
    app.view.focus = app.view.focus.min(quantities.len() - 1);
    let focus = app.view.focus;
    let columns = (area.width / LEAST.0).clamp(1, 3);
    let rows = (area.height / LEAST.1).max(1);
    let room = usize::from(columns * rows);
    if app.view.enlarged || room == 1 {
        let names: Vec<String> = quantities.iter().map(|one| one.title()).collect();
        let area = match area.height {
            0..8 => area,
            _ => {
                let [list, rest] =
                    Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
                frame.render_widget(name_list(&names, focus, list.width, app), list);
                rest
            }
        };
        let quantity = &quantities[focus];
        plot::draw(frame, area, quantity, &app.runs, &app.view, app.theme, true);
        app.view.places.plots.push((area, focus));
        return;
    }
    // The screenful that has the focused one.
    let first = focus / room * room;
    let shown = &quantities[first..quantities.len().min(first + room)];
    let columns = usize::from(columns).min(shown.len());
    let rows = shown.len().div_ceil(columns);
    let heights = Layout::vertical(vec![Constraint::Fill(1); rows]).split(area);
    for (row, line) in shown.chunks(columns).enumerate() {
        // The last row's curves share its whole width.
        let widths = Layout::horizontal(vec![Constraint::Fill(1); line.len()]).split(heights[row]);
        for (column, quantity) in line.iter().enumerate() {
            let nth = first + row * columns + column;
            let place: Rect = widths[column];
            let focused = nth == focus;
            plot::draw(
                frame, place, quantity, &app.runs, &app.view, app.theme, focused,
            );
            app.view.places.plots.push((place, nth));
        }
    }
}

/// The names of all curves in a line, from the focused one on where they do not fit.
fn name_list(names: &[String], focus: usize, width: u16, app: &App) -> Line<'static> {
    let all: usize = names.iter().map(|name| name.len() + 2).sum();
    let from = if all > usize::from(width) { focus } else { 0 };
    let spans = names.iter().enumerate().skip(from).map(|(nth, name)| {
        let style = match nth == focus {
            true => app.theme.focus(),
            false => app.theme.faint(),
        };
        Span::styled(format!(" {name} "), style)
    });
    Line::from(spans.collect::<Vec<_>>())
}
