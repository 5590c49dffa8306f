//! A line chart as inline SVG.
//!
//! The plot is as wide as the page has room for, and the texts stay as large as they are: lines
//! are drawn in a square that is stretched, everything else is placed by percentages.

use super::axis::Axis;
use super::markup::text;
use super::series::{Point, decimate};
use crate::display::format::{short, thousands};

/// Points more than these are too close to each other for dots.
const MOST_DOTS: usize = 60;

/// Side lengths of the square that lines are drawn in.
const SQUARE: (f64, f64) = (2000.0, 1000.0);

/// How a line looks. The style sheet has the colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Light: each step of something noisy.
    Raw,
    /// Strong: what happens step by step.
    Main,
    /// In the second colour.
    Second,
    /// In the second colour, with dots: an evaluation now and then.
    Evaluation,
}

impl Look {
    fn class(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Main => "main",
            Self::Second => "second",
            Self::Evaluation => "evaluation",
        }
    }
}

/// A line of a chart.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// What the legend says.
    pub(super) name: String,
    pub(super) look: Look,
    /// By step.
    pub(super) points: Vec<Point>,
}

/// A quantity over the steps of a run.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    /// What it shows.
    pub(super) title: String,
    /// Unit of the values, empty for numbers without one.
    pub(super) unit: &'static str,
    /// The first is at the bottom.
    pub(super) lines: Vec<Line>,
    /// Whether the axis of values begins at 0.
    pub(super) from_zero: bool,
    /// The step whose values are marked: that of the best evaluation.
    pub(super) marked: Option<f64>,
    /// The step at which the axis of steps ends.
    pub(super) last_step: f64,
}

impl Chart {
    /// The chart as a `figure`; nothing where there are no points.
    pub(super) fn html(&self) -> String {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let values = || points().map(|point| point.1);
        if points().next().is_none() {
            return String::new();
        }
        let zero = if self.from_zero { 0.0 } else { f64::NAN };
        let x = Axis::of_steps(self.last_step, 5);
        let y = Axis::of_values(
            values().fold(zero, f64::min),
            values().fold(zero, f64::max),
            4,
        );
        let title = text(&self.title);
        let unit = [y.multiplier().as_deref().unwrap_or(""), self.unit].join(" ");
        let unit = match unit.trim() {
            "" => String::new(),
            unit => format!(" <span class=\"unit\">{unit}</span>"),
        };
        let lines: String = self.lines.iter().map(|line| path(line, &x, &y)).collect();
        let dots: String = self
            .lines
            .iter()
            .map(|line| self.dots(line, &x, &y))
            .collect();
        format!(
            "<figure class=\"chart\">\n<figcaption><strong>{title}</strong>{unit}{legend}\
             </figcaption>\n<div class=\"plot\"><svg role=\"img\" aria-label=\"{label}\">\
             <title>{title}</title>{grid}\
             <svg viewBox=\"0 0 {width} {height}\" width=\"100%\" height=\"100%\" \
             preserveAspectRatio=\"none\">{lines}</svg>{dots}</svg></div>\n</figure>\n",
            legend = self.legend(),
            label = text(&self.description()),
            grid = grid(&x, &y),
            width = SQUARE.0,
            height = SQUARE.1,
        )
    }

    /// Names of the lines, where there is more than one or something to say of it.
    fn legend(&self) -> String {
        let key = |look: &str, name: &str| {
            format!("<span class=\"key {look}\"><i></i>{}</span>", text(name))
        };
        let shown = self.lines.iter().filter(|line| !line.points.is_empty());
        let mut keys: String = match self.lines.len() {
            1 => String::new(),
            _ => shown
                .map(|line| key(line.look.class(), &line.name))
                .collect(),
        };
        if let Some((step, value)) = self.best() {
            let name = format!(
                "best evaluation {}, step {}",
                short(value),
                thousands(step as usize)
            );
            keys += &key("best", &name);
        }
        if keys.is_empty() {
            return keys;
        }
        format!("<span class=\"legend\">{keys}</span>")
    }

    /// The evaluation that is marked.
    fn best(&self) -> Option<Point> {
        let mut lines = self.lines.iter();
        let line = lines.find(|line| line.look == Look::Evaluation)?;
        let mut points = line.points.iter();
        points.find(|point| Some(point.0) == self.marked).copied()
    }

    /// Dots on the values of evaluations, a ring around the marked one, and a dot for a line that
    /// has one point only and would not be seen.
    fn dots(&self, line: &Line, x: &Axis, y: &Axis) -> String {
        let class = line.look.class();
        let dot = |class: &str, radius: f64, point: Point| {
            format!(
                "<circle class=\"dot {class}\" cx=\"{:.2}%\" cy=\"{:.2}%\" r=\"{radius}\">\
                 <title>step {}: {}</title></circle>",
                100.0 * x.place(point.0),
                100.0 * (1.0 - y.place(point.1)),
                thousands(point.0 as usize),
                short(point.1),
            )
        };
        if line.look != Look::Evaluation {
            return match line.points[..] {
                [only] => dot(class, 3.0, only),
                _ => String::new(),
            };
        }
        let mut dots = String::new();
        if line.points.len() <= MOST_DOTS {
            dots.extend(line.points.iter().map(|&point| dot(class, 4.0, point)));
        }
        dots.extend(self.best().map(|point| dot("best", 7.5, point)));
        dots
    }

    /// The chart in words, for those who do not see it.
    fn description(&self) -> String {
        let mut words = format!("{} by step.", self.title);
        for line in self.lines.iter().filter(|line| line.look != Look::Raw) {
            let (Some(first), Some(last)) = (line.points.first(), line.points.last()) else {
                continue;
            };
            let values = || line.points.iter().map(|point| point.1);
            words += &format!(
                " {}: {} at step {}, {} at step {}, lowest {}, highest {}.",
                line.name,
                short(first.1),
                first.0,
                short(last.1),
                last.0,
                short(values().fold(f64::NAN, f64::min)),
                short(values().fold(f64::NAN, f64::max)),
            );
        }
        words
    }
}

/// A line in the square.
fn path(line: &Line, x: &Axis, y: &Axis) -> String {
    if line.points.len() < 2 {
        return String::new();
    }
    let place = |point: &Point| {
        let across = (SQUARE.0 * x.place(point.0)).round();
        let down = (SQUARE.1 * (1.0 - y.place(point.1))).round();
        format!("{across} {down}")
    };
    let points: Vec<String> = decimate(&line.points).iter().map(place).collect();
    let class = line.look.class();
    format!("<path class=\"line {class}\" d=\"M{}\"/>", points.join("L"))
}

/// Lines across at the ticks of the values, and the labels of both axes.
fn grid(x: &Axis, y: &Axis) -> String {
    let value = |(value, label): (f64, String)| {
        let down = 100.0 * (1.0 - y.place(value));
        format!(
            "<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{down:.2}%\" y2=\"{down:.2}%\"/>\
             <text x=\"0\" y=\"{down:.2}%\" dx=\"-8\" dy=\"4\" text-anchor=\"end\">{label}</text>"
        )
    };
    let step = |(step, label): (f64, String)| {
        let across = 100.0 * x.place(step);
        // A long label in the middle of the right edge would stick out.
        let anchor = match across {
            ..97.0 => "text-anchor=\"middle\"",
            _ => "dx=\"9\" text-anchor=\"end\"",
        };
        format!("<text x=\"{across:.2}%\" y=\"100%\" dy=\"18\" {anchor}>{label}</text>")
    };
    let values: String = y.ticks().into_iter().map(value).collect();
    let steps: String = x.ticks().into_iter().map(step).collect();
    values + &steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::report::series::finite;

    fn chart(points: Vec<Point>) -> Chart {
        Chart {
            title: "F1".to_owned(),
            unit: "",
            last_step: points.last().map_or(0.0, |point| point.0),
            lines: vec![Line {
                name: "evaluation".to_owned(),
                look: Look::Evaluation,
                points,
            }],
            from_zero: false,
            marked: Some(20.0),
        }
    }

    #[test]
    fn lines_run_from_corner_to_corner() {
        let mut chart = chart(vec![(0.0, 1.0), (20.0, 3.0), (40.0, 2.0)]);
        chart.marked = None;
        let html = chart.html();
        assert!(html.contains("d=\"M0 1000L1000 0L2000 500\""), "{html}");
        assert_eq!(html.matches("<circle").count(), 3);
        assert!(html.contains("cx=\"50.00%\" cy=\"0.00%\" r=\"4\"><title>step 20: 3.0000<"));
        assert!(html.contains("aria-label=\"F1 by step. evaluation: 1.0000 at step 0, "));
        assert!(!html.contains("best"));
    }

    #[test]
    fn the_best_is_marked_and_named() {
        let html = chart(vec![(10.0, 0.5), (20.0, 0.75), (30.0, 0.625)]).html();
        assert_eq!(html.matches("class=\"dot best\"").count(), 1);
        assert!(html.contains("best evaluation 0.7500, step 20"));
    }

    #[test]
    fn one_point_is_a_dot_and_none_is_nothing() {
        let mut one = chart(vec![(1.0, 0.69)]);
        one.lines[0].look = Look::Main;
        let html = one.html();
        assert!(html.contains("<circle class=\"dot main\" cx=\"100.00%\" cy=\"55.00%\""));
        assert!(!html.contains("<path") && !html.contains("NaN"));
        assert_eq!(chart(Vec::new()).html(), "");
    }

    #[test]
    fn many_evaluations_have_no_dots_but_the_best() {
        let html = chart(finite((0..5000).map(|step| (step, step as f64)))).html();
        assert_eq!(html.matches("<circle").count(), 1);
        assert!(html.len() < 10_000, "{}", html.len());
    }
}
