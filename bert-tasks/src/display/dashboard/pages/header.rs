//! Above every page: what runs, how far it is, and the pages.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::display::dashboard::app::App;
use crate::display::dashboard::eta;
use crate::display::dashboard::run::{Run, Status};
use crate::display::dashboard::theme::Theme;
use crate::display::dashboard::view::Page;
use crate::display::format::{bytes, clock, duration, short, thousands};
use crate::display::telling::rank;

/// Runs with a line of their own.
const MOST_RUNS: usize = 6;

/// Lines that it takes: fewer on a small screen.
pub(super) fn height(app: &App, area: Rect) -> u16 {
    let runs = match app.runs.len() {
        0 | 1 if area.height >= 20 => 4,
        0 | 1 if area.height >= 10 => 2,
        0 | 1 => 1,
        several => several.min(MOST_RUNS).min(usize::from(area.height / 4)) as u16,
    };
    runs + 1
}

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &mut App) {
    let wanted = usize::from(area.height.saturating_sub(1));
    let width = usize::from(area.width);
    let theme = app.theme;
    let lines = match &app.runs[..] {
        [run] => one_run(run, app.now, theme, width, wanted),
        runs => {
            let line = |(nth, run): (usize, &Run)| run_line(run, app.now, theme, nth);
            runs.iter().enumerate().map(line).take(wanted).collect()
        }
    };
    frame.render_widget(Paragraph::new(lines), area);
    let tabs = Rect {
        y: area.bottom().saturating_sub(1),
        height: 1.min(area.height),
        ..area
    };
    draw_tabs(frame, tabs, app);
}

/// The lines of a single run, the most important first where there is room for few.
fn one_run(run: &Run, now: f64, theme: Theme, width: usize, wanted: usize) -> Vec<Line<'static>> {
    match wanted {
        0 | 1 => vec![progress(run, now, theme, width, true)],
        2 | 3 => vec![progress(run, now, theme, width, true), numbers(run, theme)],
        _ => vec![
            name(run, theme, width),
            progress(run, now, theme, width, false),
            numbers(run, theme),
            best(run, theme),
        ],
    }
}

/// `mrpc  out/mrpc  flex (CPU, 2 threads)`
fn name(run: &Run, theme: Theme, width: usize) -> Line<'static> {
    let mut spans = Vec::new();
    if let Some(start) = &run.history.start {
        spans.push(Span::styled(format!(" {}  ", start.task), theme.strong()));
        spans.push(Span::raw(run.name.clone()));
        let backend = &start.environment.backend;
        let parameters = thousands(start.parameters);
        let ranks = match start.ranks {
            0 | 1 => String::new(),
            ranks => format!("{ranks} ranks of "),
        };
        spans.push(Span::styled(
            format!("  {ranks}{backend}  {parameters} parameters"),
            theme.faint(),
        ));
    } else {
        spans.push(Span::raw(format!(" {}", run.name)));
    }
    cut(Line::from(spans), width)
}

/// `● training  step 120/345  epoch 2/3  ━━━━━───── 35 %  0:12 + 0:23`
fn progress(run: &Run, now: f64, theme: Theme, width: usize, small: bool) -> Line<'static> {
    let (word, style) = status(run, theme);
    let mut spans = vec![Span::styled(format!(" {word}"), style)];
    let Some(start) = &run.history.start else {
        return cut(Line::from(spans), width);
    };
    let (step, total) = (run.history.step(), start.total_steps.max(1));
    let epoch = run.history.steps.last().map_or(1, |step| step.epoch);
    let mut after = format!("  {step}/{total} steps");
    if !small {
        let per_epoch = total.div_ceil(start.total_epochs.max(1));
        let in_epoch = step.saturating_sub((epoch - 1) * per_epoch).min(per_epoch);
        let percent = 100 * in_epoch / per_epoch;
        after += &format!("  epoch {epoch}/{} {percent} %", start.total_epochs);
    }
    spans.push(Span::raw(after));
    let share = step as f64 / total as f64;
    let time = time(run, now);
    let used: usize = spans.iter().map(Span::width).sum();
    let end = format!(" {:.0} %  {time}", 100.0 * share);
    let room = width.saturating_sub(used + end.chars().count() + 3).min(60);
    if room >= 8 {
        let full = (share * room as f64).round() as usize;
        spans.push(Span::raw("  "));
        spans.push(Span::styled("━".repeat(full), theme.line(0)));
        spans.push(Span::styled("─".repeat(room - full), theme.faint()));
    }
    spans.push(Span::raw(end));
    cut(Line::from(spans), width)
}

/// `0:12:31 left`, or how long it took.
fn time(run: &Run, now: f64) -> String {
    let history = &run.history;
    let elapsed = |until: f64| {
        let seconds = (until - history.started).max(0.0);
        clock(duration(seconds))
    };
    if !run.is_running() {
        let all = history.seconds.map(duration);
        return all.map_or_else(|| elapsed(history.latest), clock);
    }
    match eta::remaining(history, now) {
        Some(left) => format!("{} left", clock(left)),
        None => elapsed(now),
    }
}

fn status(run: &Run, theme: Theme) -> (String, Style) {
    let status = run.status();
    let style = match &status {
        Status::Finished => theme.good(),
        Status::Failed(_) | Status::Died => theme.bad(),
        Status::Stopped(_) => theme.warning(),
        _ => theme.focus(),
    };
    let words = match status {
        Status::Preparing(what) => format!("○ {what}"),
        Status::FirstStep => "○ first step: compiling and warming up".to_owned(),
        Status::Training => "● training".to_owned(),
        Status::Evaluating(None) => "● evaluating".to_owned(),
        Status::Evaluating(Some((done, total))) => format!("● evaluating {done}/{total}"),
        Status::Saving => "● saving".to_owned(),
        Status::Finished => "✓ finished".to_owned(),
        Status::Stopped(reason) => format!("■ {reason}"),
        Status::Failed(message) => format!("✗ failed: {message}"),
        Status::Died => "✗ its process is gone; it can be resumed".to_owned(),
    };
    (words, style)
}

/// `loss 0.4312  lr 1.2e-5  grad norm 1.23  31.2 examples/s  1,650 tokens/s  1.2 GB`
fn numbers(run: &Run, theme: Theme) -> Line<'static> {
    let history = &run.history;
    let Some(last) = history.steps.last() else {
        return Line::default();
    };
    let mut spans = vec![Span::raw(" ")];
    let mut number = |name: &str, value: String| {
        spans.push(Span::styled(format!("{name} "), theme.faint()));
        spans.push(Span::raw(format!("{value}  ")));
    };
    number("loss", short(last.loss));
    number("lr", short(last.learning_rate));
    number("grad", short(last.grad_norm));
    let speeds = [
        ("examples/s", history.examples_per_second()),
        ("tokens/s", history.tokens_per_second()),
    ];
    for (name, speed) in speeds {
        if let Some(speed) = speed {
            number(name, short(speed));
        }
    }
    if let Some(share) = history.waiting() {
        number("waiting", format!("{:.0} %", 100.0 * share));
    }
    if let Some((_, used)) = history.resources.last() {
        number("memory", bytes(used.memory));
        for gpu in &used.gpus {
            let (memory, total) = (bytes(gpu.memory), bytes(gpu.total_memory));
            let utilization = gpu.utilization;
            number("GPU", format!("{utilization} % {memory}/{total}"));
        }
    }
    Line::from(spans)
}

/// `best f1 0.8721 at step 115 (epoch 1)  accuracy 0.8112  loss 0.4410`
fn best(run: &Run, theme: Theme) -> Line<'static> {
    let history = &run.history;
    let (Some(best), Some(start)) = (history.best(), &history.start) else {
        return Line::styled(" no evaluation yet", theme.faint());
    };
    let name = &start.metric_for_best_model;
    let value = best.scores.get(name).copied().unwrap_or(f64::NAN);
    let mut spans = vec![
        Span::styled(" best ", theme.faint()),
        Span::styled(format!("{name} {}", short(value)), theme.good()),
        Span::raw(format!(" at step {} (epoch {})", best.step, best.epoch)),
    ];
    let mut others: Vec<_> = best
        .scores
        .iter()
        .filter(|(other, _)| *other != name)
        .collect();
    others.sort_by_key(|(other, _)| rank(other, Some(name)));
    for (other, value) in others {
        spans.push(Span::styled(format!("  {other} "), theme.faint()));
        spans.push(Span::raw(short(*value)));
    }
    Line::from(spans)
}

/// Of several runs: `━ out/seed-42  ● training 120/345  loss 0.4312  best f1 0.8721`
fn run_line(run: &Run, now: f64, theme: Theme, nth: usize) -> Line<'static> {
    let history = &run.history;
    let (word, style) = status(run, theme);
    let mut spans = vec![
        Span::styled(" ━ ", theme.line(nth)),
        Span::styled(format!("{}  ", run.name), theme.strong()),
        Span::styled(word, style),
    ];
    if let Some(start) = &history.start {
        let (step, total) = (history.step(), start.total_steps);
        spans.push(Span::raw(format!("  {step}/{total}  {}", time(run, now))));
        let name = &start.metric_for_best_model;
        if let Some(value) = history.best().and_then(|best| best.scores.get(name)) {
            spans.push(Span::raw(format!("  best {name} {}", short(*value))));
        }
    }
    Line::from(spans)
}

fn draw_tabs(frame: &mut Frame<'_>, area: Rect, app: &mut App) {
    let mut x = area.x;
    for (nth, page) in Page::ALL.into_iter().enumerate() {
        let text = match area.width {
            0..60 => format!(" {} ", nth + 1),
            _ => format!(" {} {} ", nth + 1, page.title()),
        };
        // On a small screen, the page that is shown has its name.
        let text = match page == app.view.page && area.width < 60 {
            true => format!(" {} {} ", nth + 1, page.title()),
            false => text,
        };
        let width = (text.chars().count() as u16).min(area.right().saturating_sub(x));
        let place = Rect { x, width, ..area };
        let style = match page == app.view.page {
            true => app.theme.chosen(),
            false => Style::new(),
        };
        frame.render_widget(Span::styled(text, style), place);
        app.view.places.tabs.push((place, page));
        x = x.saturating_add(width + 1).min(area.right());
    }
}

/// What fits, with an ellipsis where it does not.
fn cut(line: Line<'static>, width: usize) -> Line<'static> {
    if line.width() <= width {
        return line;
    }
    let mut left = width.saturating_sub(1);
    let mut spans = Vec::new();
    for span in line.spans {
        let take: String = span.content.chars().take(left).collect();
        left = left.saturating_sub(take.chars().count());
        spans.push(Span::styled(take, span.style));
    }
    spans.push(Span::raw("…"));
    Line::from(spans)
}
