//! What the run was started with: configuration, environment, load report, checkpoints.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use serde_json::Value;

use super::text::{self, From};
use crate::display::dashboard::app::App;
use crate::display::dashboard::run::{Run, printable};
use crate::display::dashboard::theme::Theme;
use crate::display::format::thousands;
use crate::events::Start;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &mut App) {
    let mut lines = Vec::new();
    for run in &app.runs {
        lines.push(Line::styled(format!(" {}", run.name), app.theme.strong()));
        match &run.history.start {
            None => lines.push(Line::styled(" not begun yet", app.theme.faint())),
            Some(start) => lines.extend(setup(run, start, app.theme)),
        }
        lines.push(Line::default());
    }
    text::draw(frame, area, lines, &mut app.view, From::Top, true);
}

fn setup(run: &Run, start: &Start, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let row = |name: &str, value: String| {
        Line::from(vec![
            Span::styled(format!("   {name:<30} "), theme.faint()),
            Span::raw(printable(&value)),
        ])
    };
    let heading = |name: &str| Line::styled(format!(" {name}"), theme.strong());
    let environment = &start.environment;
    lines.extend([
        row("task", start.task.clone()),
        row("backend", environment.backend.clone()),
        row(
            "machine",
            format!(
                "{}, {}, {} threads",
                environment.host, environment.platform, environment.threads
            ),
        ),
        row("version", environment.version.clone()),
        row("process", environment.pid.to_string()),
        row("parameters", thousands(start.parameters)),
        row("training examples", thousands(start.train_examples)),
        row("dev examples", thousands(start.eval_examples)),
        row("steps", thousands(start.total_steps)),
    ]);
    for split in &start.data {
        let name = format!("{} data", split.split);
        lines.push(row(&name, split.statistics.to_string()));
    }
    if start.resumed_step > 0 {
        lines.push(row("went on after step", start.resumed_step.to_string()));
    }
    if let Some(last) = run.history.checkpoints.last() {
        lines.push(row("newest checkpoint", last.path.display().to_string()));
    }
    if !start.load_report.is_empty() {
        lines.extend([Line::default(), heading("load report")]);
        let report = start.load_report.lines();
        lines.extend(report.map(|line| Line::raw(format!("   {}", printable(line)))));
    }
    for (name, values) in [("arguments", &start.arguments), ("model", &start.model)] {
        lines.extend([Line::default(), heading(name)]);
        if let Value::Object(values) = values {
            let values = values.iter();
            lines.extend(values.map(|(name, value)| row(&printable(name), plain(value))));
        }
    }
    lines
}

/// Without quotation marks about words.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "not set".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
