//! Every evaluation, and the confusion matrix of the last.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::text::{self, From};
use crate::display::dashboard::app::App;
use crate::display::dashboard::run::{Run, printable};
use crate::display::dashboard::theme::Theme;
use crate::display::format::clock;
use crate::display::telling::rank;
use crate::events::{Details, Evaluated};
use crate::metrics::ClassScores;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &mut App) {
    let mut lines = Vec::new();
    for run in &app.runs {
        if app.runs.len() > 1 {
            lines.push(Line::styled(format!(" {}", run.name), app.theme.strong()));
        }
        match run.history.evaluations.last() {
            None => lines.push(Line::styled(" no evaluation yet", app.theme.faint())),
            Some(last) => {
                lines.extend(table(run, app.theme, area.width.into()));
                lines.push(Line::default());
                lines.extend(classes(&last.details, app.theme));
                lines.extend(confusion(&last.details, app.theme));
            }
        }
        lines.push(Line::default());
    }
    text::draw(frame, area, lines, &mut app.view, From::Top, false);
}

/// Columns besides those of the scores.
const OTHERS: usize = 38;

/// Scores that have a column on however narrow a screen.
const FEWEST: usize = 3;

/// Every evaluation, with as many scores as there is room for, the most telling ones; those of the
/// last that have none come below.
fn table(run: &Run, theme: Theme, width: usize) -> Vec<Line<'static>> {
    let evaluations = &run.history.evaluations;
    let mut names: Vec<&String> = evaluations
        .iter()
        .flat_map(|one| one.scores.keys())
        .collect();
    names.sort();
    names.dedup();
    let decides = run.history.start.as_ref();
    let decides = decides.map(|start| start.metric_for_best_model.as_str());
    names.sort_by_key(|name| rank(name, decides));
    let mut room = width.saturating_sub(OTHERS);
    let fits = names.iter().take_while(|name| {
        let rest = room.checked_sub(name.len().max(10) + 1);
        room = rest.unwrap_or(0);
        rest.is_some()
    });
    let fits = fits.count().max(FEWEST).min(names.len());
    let mut others = names.split_off(fits);
    names.sort();
    others.sort();
    let best = run.history.best().map(|best| best.step);
    let mut header = format!("  {:>5} {:>7}", "epoch", "step");
    for name in &names {
        header += &format!(" {name:>10}");
    }
    let value = |one: &Evaluated, name: &String| one.scores.get(name).copied().unwrap_or(f64::NAN);
    header += &format!(" {:>11} {:>8}", "train loss", "time");
    let row = |one: &Evaluated| {
        let is_best = best == Some(one.step);
        let mark = if is_best { "★" } else { " " };
        let mut text = format!("{mark} {:>5} {:>7}", one.epoch, one.step);
        for name in &names {
            text += &format!(" {:>1$.4}", value(one, name), name.len().max(10));
        }
        let time = std::time::Duration::try_from_secs_f64(one.seconds).unwrap_or_default();
        text += &format!(" {:>11.4} {:>8}", one.train_loss, clock(time));
        match is_best {
            true => Line::styled(text, theme.good()),
            false => Line::raw(text),
        }
    };
    let mut lines = vec![Line::styled(header, theme.faint())];
    lines.extend(evaluations.iter().map(row));
    if let Some(last) = evaluations.last() {
        let mut line = String::new();
        for name in others {
            let score = format!("  {name} {:.4}", value(last, name));
            if line.len() + score.len() > width && !line.is_empty() {
                lines.push(Line::styled(std::mem::take(&mut line), theme.faint()));
            }
            line += &score;
        }
        if !line.is_empty() {
            lines.push(Line::styled(line, theme.faint()));
        }
    }
    lines
}

/// The scores of each class, where there is no matrix that tells more.
fn classes(details: &Details, theme: Theme) -> Vec<Line<'static>> {
    if !details.confusion.is_empty() || details.class_scores.is_empty() {
        return Vec::new();
    }
    let name = |label: usize| details.labels.get(label).map_or("", String::as_str);
    let names = (0..details.class_scores.len()).map(|label| printable(name(label)));
    let names: Vec<String> = names.collect();
    let widest = names.iter().map(|name| name.chars().count()).max();
    let widest = widest.unwrap_or(0).max(14);
    let heads = format!(
        " {:>widest$}  {:>7} {:>10} {:>7} {:>9}",
        "class", "f1", "precision", "recall", "examples"
    );
    let row = |(name, scores): (&String, &ClassScores)| {
        let bar = "█".repeat((scores.f1.clamp(0.0, 1.0) * 20.0).round() as usize);
        let numbers = format!(
            "  {:>7.4} {:>10.4} {:>7.4} {:>9}  ",
            scores.f1, scores.precision, scores.recall, scores.support
        );
        Line::from(vec![
            Span::styled(format!(" {name:>widest$}"), theme.faint()),
            Span::raw(numbers),
            Span::styled(bar, theme.line(0)),
        ])
    };
    let rows = names.iter().zip(&details.class_scores).map(row);
    let head = [
        Line::styled(" last evaluation", theme.strong()),
        Line::styled(heads, theme.faint()),
    ];
    head.into_iter().chain(rows).collect()
}

/// Rows are the right labels, columns the model's.
fn confusion(details: &Details, theme: Theme) -> Vec<Line<'static>> {
    if details.confusion.is_empty() {
        return Vec::new();
    }
    let name = |label: usize| -> String {
        let name = details.labels.get(label).cloned();
        name.unwrap_or_else(|| label.to_string())
    };
    let columns = details.confusion.len();
    let names: Vec<String> = (0..columns).map(name).collect();
    let widest = names.iter().map(|name| name.chars().count()).max();
    let widest = widest.unwrap_or(0).max(14);
    let mut header = format!(" {:>widest$}", "right \\ given");
    for name in &names {
        header += &format!("  {name:>widest$}");
    }
    let mut lines = vec![
        Line::styled(" last evaluation", theme.strong()),
        Line::styled(header, theme.faint()),
    ];
    for (right, row) in details.confusion.iter().enumerate() {
        let total = row.iter().sum::<usize>().max(1);
        let mut spans = vec![Span::styled(
            format!(" {:>widest$}", names[right.min(columns - 1)]),
            theme.faint(),
        )];
        for (given, count) in row.iter().enumerate() {
            let share = 100.0 * *count as f64 / total as f64;
            let cell = format!("  {:>widest$}", format!("{count} ({share:.0} %)"));
            let style = match (right == given, *count) {
                (true, _) => theme.good(),
                (false, 0) => theme.faint(),
                (false, _) => theme.bad(),
            };
            spans.push(Span::styled(cell, style));
        }
        lines.push(Line::from(spans));
    }
    lines
}
