//! The keys, from the table that dispatches them.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Paragraph};

use crate::display::dashboard::app::App;
use crate::display::dashboard::keys::{Action, BINDINGS, Binding, binding};

/// Of a column: keys and what they do.
const WIDTH: u16 = 54;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &mut App) {
    let theme = app.theme;
    let stop = app.can_stop();
    let shown = |binding: &&Binding| stop || binding.action != Action::Stop;
    let lines: Vec<Line<'_>> = BINDINGS
        .iter()
        .filter(shown)
        .map(|binding| {
            Line::from(vec![
                Span::styled(format!(" {:>14}  ", binding.keys()), theme.focus()),
                Span::raw(binding.help),
            ])
        })
        .collect();
    let columns = (area.width / WIDTH).clamp(1, 2);
    let rows = lines.len().div_ceil(usize::from(columns));
    let wanted = Rect {
        width: (WIDTH * columns).min(area.width),
        height: (rows as u16 + 2).min(area.height),
        ..area
    };
    let place = Rect {
        x: area.x + (area.width - wanted.width) / 2,
        y: area.y + (area.height - wanted.height) / 2,
        ..wanted
    };
    let block = Block::bordered().border_type(BorderType::Rounded);
    let inner = block.inner(place);
    let hidden = rows.saturating_sub(usize::from(inner.height));
    let title = match hidden {
        0 => " keys ".to_owned(),
        _ => format!(" keys, {} for more ", binding(Action::Down).key()),
    };
    frame.render_widget(Clear, place);
    frame.render_widget(block.title(title), place);

    app.view.places.hidden_lines = hidden;
    app.view.places.screen_lines = usize::from(inner.height);
    let above = app.view.scroll.min(hidden) as u16;
    for (column, lines) in lines.chunks(rows.max(1)).enumerate() {
        let left = Rect {
            x: inner.x + column as u16 * WIDTH,
            width: WIDTH.min(inner.width),
            ..inner
        };
        let text = Paragraph::new(lines.to_vec()).scroll((above, 0));
        frame.render_widget(text, left.intersection(inner));
    }
}
