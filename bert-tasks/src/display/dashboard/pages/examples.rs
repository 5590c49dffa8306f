//! Examples of the last evaluation, the wrong ones first.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::text::{self, From};
use crate::display::dashboard::app::App;
use crate::display::dashboard::run::printable;
use crate::display::dashboard::theme::Theme;
use crate::display::marks::{Marked, Part, marked};
use crate::events::{MarkKind, ScoredExample};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &mut App) {
    let mut lines = Vec::new();
    for run in &app.runs {
        if app.runs.len() > 1 {
            lines.push(Line::styled(format!(" {}", run.name), app.theme.strong()));
        }
        let last = run.history.evaluations.last();
        let examples = last.map(|last| &last.details.examples[..]);
        match examples {
            None | Some([]) => {
                lines.push(Line::styled(" no examples yet", app.theme.faint()));
            }
            Some(examples) => lines.extend(examples.iter().flat_map(|one| example(one, app.theme))),
        }
        lines.push(Line::default());
    }
    text::draw(frame, area, lines, &mut app.view, From::Top, true);
}

fn example(example: &ScoredExample, theme: Theme) -> Vec<Line<'static>> {
    let percent = format!("{:.1} %", 100.0 * example.probability);
    let predicted = printable(&example.predicted);
    let verdict = match example.correct {
        true => vec![
            Span::styled(" ✓ ", theme.good()),
            Span::raw(format!("{predicted}, {percent} sure")),
        ],
        false => vec![
            Span::styled(" ✗ ", theme.bad()),
            Span::raw(format!(
                "{predicted}, {percent} sure; right is {}",
                printable(&example.expected)
            )),
        ],
    };
    let mut first = verdict;
    first.push(Span::styled(format!("  #{}", example.index), theme.faint()));
    let mut lines = vec![Line::from(first)];
    let marked = marked(example);
    let unmarked = example.texts.iter().skip(usize::from(!marked.is_empty()));
    lines.extend(marked.iter().map(|text| with_marks(text, theme)));
    lines.extend(unmarked.map(|text| Line::raw(format!("   {}", printable(text)))));
    lines.push(Line::default());
    lines
}

/// Brackets are there without colours, too.
fn with_marks(text: &Marked<'_>, theme: Theme) -> Line<'static> {
    let part = |(text, mark): &Part<'_>| match mark {
        None => Span::raw(printable(text)),
        Some(mark) => {
            let style = match mark.kind {
                MarkKind::Right => theme.good(),
                MarkKind::Missed | MarkKind::Wrong => theme.bad(),
            };
            let label = printable(&mark.label);
            Span::styled(format!("[{} {label}]", printable(text)), style)
        }
    };
    let name = Span::styled(format!("   {:<5}  ", text.name), theme.faint());
    let parts = text.parts.iter().map(part);
    Line::from_iter([name].into_iter().chain(parts))
}
