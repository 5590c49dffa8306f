//! Text that may be longer than the screen.

use ratatui::Frame;
use ratatui::layout::{Rect, Size};
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Scrollbar, ScrollbarOrientation, ScrollbarState, Wrap};

use crate::display::dashboard::view::View;

/// Which end a text is read from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    Top,
    Bottom,
}

/// Draws as much of `lines` as fits, scrolled as the view says, and tells the view how much does
/// not fit. Long lines go on in the next with `wrap`, and are cut without, as tables want it.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    lines: Vec<Line<'_>>,
    view: &mut View,
    from: From,
    wrap: bool,
) {
    let Size { width, height } = area.as_size();
    let text = Rect {
        width: width.saturating_sub(1),
        ..area
    };
    let paragraph = Paragraph::new(lines);
    let paragraph = match wrap {
        true => paragraph.wrap(Wrap { trim: false }),
        false => paragraph,
    };
    let total = paragraph.line_count(text.width);
    let hidden = total.saturating_sub(usize::from(height));
    view.places.hidden_lines = hidden;
    view.places.screen_lines = usize::from(height);
    let scroll = view.scroll.min(hidden);
    let above = match from {
        From::Top => scroll,
        From::Bottom => hidden - scroll,
    };
    let above = u16::try_from(above).unwrap_or(u16::MAX);
    frame.render_widget(paragraph.scroll((above, 0)), text);
    if hidden > 0 {
        let mut state = ScrollbarState::new(hidden).position(usize::from(above));
        let bar = Scrollbar::new(ScrollbarOrientation::VerticalRight);
        frame.render_stateful_widget(bar, area, &mut state);
    }
}
