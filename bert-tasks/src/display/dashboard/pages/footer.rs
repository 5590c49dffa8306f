//! Below every page: the filter, a question, a word on the last key, or the keys.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::display::dashboard::app::App;
use crate::display::dashboard::keys::{Action, binding};
use crate::display::dashboard::view::Page;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let (view, theme) = (&app.view, app.theme);
    let line = if view.asking {
        let question = " stop the run after this step and save it? y/n";
        Line::styled(question, theme.warning())
    } else if view.typing {
        Line::from(vec![
            Span::styled(" curves with: ", theme.faint()),
            Span::styled(format!("{}▏", view.filter), theme.focus()),
            Span::styled("  Enter keeps it, Esc forgets it", theme.faint()),
        ])
    } else if let Some(notice) = &view.notice {
        Line::styled(format!(" {notice}"), theme.warning())
    } else if view.paused {
        let key = binding(Action::Pause).key();
        Line::styled(
            format!(" held still; {key} goes on with the picture"),
            theme.warning(),
        )
    } else {
        let mut actions = match view.page {
            Page::Plots => vec![
                (Action::FocusNext, "next"),
                (Action::Enlarge, "enlarge"),
                (Action::ZoomIn, "zoom"),
                (Action::LogAxis, "log"),
                (Action::Filter, "filter"),
            ],
            _ => vec![(Action::Down, "scroll")],
        };
        let stop = app.can_stop().then_some((Action::Stop, "stop and save"));
        actions.extend(stop);
        actions.extend([(Action::Quit, "leave"), (Action::Help, "help")]);
        let width = |(action, word): &(Action, &str)| {
            binding(*action).key().chars().count() + word.len() + 3
        };
        while actions.len() > 2 && actions.iter().map(width).sum::<usize>() > area.width.into() {
            // How to stop, to leave and to get help stay longest.
            actions.remove(actions.len().saturating_sub(4));
        }
        let spans = actions.into_iter().flat_map(|(action, word)| {
            let key = binding(action).key();
            [
                Span::styled(format!(" {key}"), theme.focus()),
                Span::styled(format!(" {word} "), theme.faint()),
            ]
        });
        Line::from(spans.collect::<Vec<_>>())
    };
    frame.render_widget(line, area);
}
