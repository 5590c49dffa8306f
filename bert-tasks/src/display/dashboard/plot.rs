//! A curve on the screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Block, BorderType, Chart, Dataset, GraphType};

use super::run::Run;
use super::series::{Quantity, smooth, thin};
use super::theme::Theme;
use super::view::View;
use crate::display::format::short;

/// One line of a plot.
struct Curve {
    style: Style,
    points: Vec<(f64, f64)>,
    is_dots: bool,
}

/// Draws what `runs` have of a quantity, in a frame with its name.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    quantity: &Quantity,
    runs: &[Run],
    view: &View,
    theme: Theme,
    focused: bool,
) {
    let (from, to) = view.window.unwrap_or_else(|| (0.0, last_step(runs)));
    let curves = curves(quantity, runs, view, theme, (from, to), area.width);
    let block = Block::bordered()
        .border_type(match focused {
            true => BorderType::Thick,
            false => BorderType::Rounded,
        })
        .border_style(if focused {
            theme.focus()
        } else {
            theme.faint()
        })
        .title(title(quantity, &curves, view, theme, focused));
    let visible = curves.iter().flat_map(|curve| &curve.points);
    let Some((low, high)) = bounds(visible.map(|point| point.1), view.log_axis) else {
        let nothing = match quantity {
            Quantity::Score(_) => "no evaluation here yet",
            _ => "no steps here yet",
        };
        let text = Line::styled(nothing, theme.faint()).centered();
        frame.render_widget(ratatui::widgets::Paragraph::new(text).block(block), area);
        return;
    };
    let label = |value: f64| match view.log_axis {
        true => short(10_f64.powf(value)),
        false => short(value),
    };
    let y_labels: Vec<String> = ticks(low, high, (area.height / 5).clamp(2, 5))
        .into_iter()
        .map(label)
        .collect();
    let x_labels = ticks(from, to, (area.width / 25).clamp(2, 6))
        .into_iter()
        .map(|step| format!("{step:.0}"));
    let datasets = curves.iter().map(|curve| {
        Dataset::default()
            .marker(match curve.is_dots {
                true => Marker::Dot,
                false => Marker::Braille,
            })
            .graph_type(match curve.is_dots {
                true => GraphType::Scatter,
                false => GraphType::Line,
            })
            .style(curve.style)
            .data(&curve.points)
    });
    let axis = || Axis::default().style(theme.faint());
    let chart = Chart::new(datasets.collect())
        .block(block)
        .legend_position(None)
        .x_axis(
            axis()
                .bounds([from, to])
                .labels(x_labels.collect::<Vec<_>>()),
        )
        .y_axis(axis().bounds([low, high]).labels(y_labels));
    frame.render_widget(chart, area);
}

/// The last step that any run has done, and at least the first.
pub(super) fn last_step(runs: &[Run]) -> f64 {
    let steps = runs.iter().map(|run| run.history.step());
    steps.max().unwrap_or(0).max(1) as f64
}

/// ` dev f1  0.8721  log `.
fn title<'a>(
    quantity: &Quantity,
    curves: &[Curve],
    view: &View,
    theme: Theme,
    focused: bool,
) -> Line<'a> {
    let style = if focused {
        theme.focus()
    } else {
        theme.strong()
    };
    let mut title = vec![Span::styled(format!(" {} ", quantity.title()), style)];
    let latest = curves.iter().rev().find(|curve| !curve.is_dots);
    if let Some((_, value)) = latest.and_then(|curve| curve.points.last()) {
        let value = if view.log_axis {
            10_f64.powf(*value)
        } else {
            *value
        };
        title.push(Span::raw(format!("{} ", short(value))));
    }
    if view.log_axis {
        title.push(Span::styled("log ", theme.faint()));
    }
    Line::from(title)
}

/// Of one run, a noisy quantity is drawn twice, as it is and smoothed; of several, one line each.
fn curves(
    quantity: &Quantity,
    runs: &[Run],
    view: &View,
    theme: Theme,
    (from, to): (f64, f64),
    width: u16,
) -> Vec<Curve> {
    let mut curves = Vec::new();
    for (nth, run) in runs.iter().enumerate() {
        let points = quantity.points(&run.history);
        let on_screen = |points: Vec<(f64, f64)>| -> Vec<(f64, f64)> {
            let first = points.partition_point(|point| point.0 < from);
            let end = points.partition_point(|point| point.0 <= to);
            // One more on either side, so that the line reaches the edge.
            let shown = &points[first.saturating_sub(1)..(end + 1).min(points.len())];
            let mut shown = thin(shown, usize::from(width));
            if view.log_axis {
                shown.retain(|point| point.1 > 0.0);
                shown.iter_mut().for_each(|point| point.1 = point.1.log10());
            }
            shown
        };
        let smoothed = quantity.is_noisy() && view.smoothing() > 0.0;
        if smoothed && runs.len() == 1 {
            curves.push(Curve {
                style: theme.faint(),
                points: on_screen(points.clone()),
                is_dots: false,
            });
        }
        let line = if smoothed {
            smooth(&points, view.smoothing())
        } else {
            points.clone()
        };
        let line = on_screen(line);
        if matches!(quantity, Quantity::Score(_)) {
            curves.push(Curve {
                style: theme.line(nth),
                points: line.clone(),
                is_dots: true,
            });
        }
        curves.push(Curve {
            style: theme.line(nth),
            points: line,
            is_dots: false,
        });
    }
    curves
}

/// Lowest and highest, with a little room, but not below zero for what is never below it, unless
/// these are logarithms. Nothing of nothing.
fn bounds(values: impl Iterator<Item = f64>, logarithms: bool) -> Option<(f64, f64)> {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values {
        (low, high) = (low.min(value), high.max(value));
    }
    if low > high {
        return None;
    }
    let room = match high - low {
        0.0 if low == 0.0 => 1.0,
        0.0 => low.abs() * 0.1,
        range => range * 0.05,
    };
    let floor = if low >= 0.0 && !logarithms {
        0.0
    } else {
        f64::NEG_INFINITY
    };
    Some(((low - room).max(floor), high + room))
}

/// `count` values from `low` to `high` at equal distances.
fn ticks(low: f64, high: f64, count: u16) -> Vec<f64> {
    let last = f64::from(count - 1);
    let tick = |place| low + (high - low) * f64::from(place) / last;
    (0..count).map(tick).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_leave_room_and_are_never_empty() {
        let bounds = |values: &[f64]| bounds(values.iter().copied(), false);
        assert_eq!(bounds(&[]), None);
        assert_eq!(bounds(&[0.0]), Some((0.0, 1.0)));
        assert_eq!(bounds(&[2.0, 2.0]), Some((1.8, 2.2)));
        assert_eq!(bounds(&[0.0, 10.0]), Some((0.0, 10.5)));
        assert_eq!(bounds(&[-10.0, 10.0]), Some((-11.0, 11.0)));
        assert_eq!(
            super::bounds([0.0, 2.0].into_iter(), true),
            Some((-0.1, 2.1))
        );
        assert_eq!(ticks(0.0, 4.0, 3), [0.0, 2.0, 4.0]);
    }
}
