//! Which charts a run has.

use std::collections::BTreeSet;

use super::chart::{Chart, Line, Look};
use super::markup::section;
use super::series::{Point, decimate, finite, smooth, window};
use crate::display::format::thousands;
use crate::display::telling::rank;
use crate::events::{Evaluated, Gpu, Resources, RunHistory, Step};

/// The section of all charts: losses, scores, then how the steps went and what they took.
pub(super) fn charts(history: &RunHistory) -> String {
    let last_evaluation = history.evaluations.last().map_or(0, |last| last.step);
    let charts = Charts {
        history,
        last_step: history.step().max(last_evaluation) as f64,
    };
    let loss = charts.loss().html();
    let scores: Vec<Chart> = score_names(history)
        .into_iter()
        .filter(|name| *name != "loss")
        .map(|name| charts.score(name))
        .collect();
    let rest = [charts.steps(), charts.machine()].concat();
    let rest: String = scores.iter().chain(&rest).map(Chart::html).collect();
    if loss.is_empty() && rest.is_empty() {
        return String::new();
    }
    let content = format!(
        "<p class=\"note\">The horizontal axes are optimizer steps.</p>\n\
         <div class=\"wide\">{loss}</div>\n<div class=\"charts\">\n{rest}</div>\n"
    );
    section("charts", "Charts", &content)
}

/// The scores of all evaluations by name, the one that decides first.
pub(super) fn score_names(history: &RunHistory) -> Vec<&str> {
    let names = history.evaluations.iter().flat_map(|e| e.scores.keys());
    let names: BTreeSet<&str> = names.map(String::as_str).collect();
    let mut names: Vec<&str> = names.into_iter().collect();
    let deciding = history
        .start
        .as_ref()
        .map(|s| s.metric_for_best_model.as_str());
    names.sort_by_key(|name| rank(name, deciding));
    names
}

struct Charts<'a> {
    history: &'a RunHistory,
    last_step: f64,
}

impl Charts<'_> {
    fn loss(&self) -> Chart {
        let mut lines = self.noisy("training, ", |step| step.loss);
        lines.push(self.evaluations("loss"));
        self.chart("Loss", "", lines)
    }

    fn score(&self, name: &str) -> Chart {
        self.chart(name, "", vec![self.evaluations(name)])
    }

    /// What is known of each step besides its loss.
    fn steps(&self) -> Vec<Chart> {
        let learning_rate = vec![Line {
            name: "learning rate".to_owned(),
            look: Look::Main,
            points: decimate(&self.of_steps(|step| step.learning_rate)),
        }];
        let grad_norm = self.noisy("", |step| step.grad_norm);
        let counted = self.history.steps.iter().any(|step| step.examples > 0);
        let (unit, speed): (_, fn(&Step) -> f64) = match counted {
            true => ("examples/s", Step::examples_per_second),
            false => ("tokens/s", Step::tokens_per_second),
        };
        let speed = self.noisy("", speed);
        vec![
            self.chart("Learning rate", "", learning_rate).with_zero(),
            self.chart("Gradient norm before clipping", "", grad_norm)
                .with_zero(),
            self.chart("Speed", unit, speed).with_zero(),
        ]
    }

    /// What the machine gives.
    fn machine(&self) -> Vec<Chart> {
        let gigabytes = |bytes: u64| bytes as f64 / 1e9;
        let gpu = |value: fn(&Gpu) -> f64| {
            self.resources(move |used| used.gpus.iter().map(value).reduce(f64::max))
        };
        let main = |name: &str, points| Line {
            name: name.to_owned(),
            look: Look::Main,
            points,
        };
        let mut memory = vec![main(
            "process",
            self.resources(|used| Some(gigabytes(used.memory))),
        )];
        let gpu_memory = gpu(|gpu| gpu.memory as f64 / 1e9);
        if !gpu_memory.is_empty() {
            memory.push(Line {
                name: "fullest GPU".to_owned(),
                look: Look::Second,
                points: gpu_memory,
            });
        }
        let utilization = vec![main("GPU", gpu(|gpu| f64::from(gpu.utilization)))];
        vec![
            self.chart("Memory", "GB", memory).with_zero(),
            self.chart("Busiest GPU", "%", utilization).with_zero(),
        ]
    }

    fn chart(&self, title: &str, unit: &'static str, lines: Vec<Line>) -> Chart {
        Chart {
            title: title.to_owned(),
            unit,
            lines,
            from_zero: false,
            marked: self.history.best().map(|best| best.step as f64),
            last_step: self.last_step,
        }
    }

    /// Each step lightly and the mean of its surroundings strongly; one line where they are the
    /// same. Their names begin with `prefix`.
    fn noisy(&self, prefix: &str, value: impl Fn(&Step) -> f64) -> Vec<Line> {
        let points = self.of_steps(value);
        let line = |name, look, points| Line { name, look, points };
        match window(points.len()) {
            1 => vec![line(format!("{prefix}each step"), Look::Main, points)],
            steps => vec![
                line(format!("{prefix}each step"), Look::Raw, decimate(&points)),
                line(
                    format!("{prefix}mean of {} steps", thousands(steps)),
                    Look::Main,
                    smooth(&points),
                ),
            ],
        }
    }

    fn of_steps(&self, value: impl Fn(&Step) -> f64) -> Vec<Point> {
        let steps = self.history.steps.iter();
        finite(steps.map(|step| (step.step, value(step))))
    }

    fn evaluations(&self, score: &str) -> Line {
        let value = |e: &Evaluated| Some((e.step, *e.scores.get(score)?));
        Line {
            name: "evaluation".to_owned(),
            look: Look::Evaluation,
            points: finite(self.history.evaluations.iter().filter_map(value)),
        }
    }

    fn resources(&self, value: impl Fn(&Resources) -> Option<f64>) -> Vec<Point> {
        let sample = |(step, used): &(usize, Resources)| Some((*step, value(used)?));
        decimate(&finite(self.history.resources.iter().filter_map(sample)))
    }
}

impl Chart {
    /// With an axis of values that begins at 0.
    fn with_zero(self) -> Self {
        Self {
            from_zero: true,
            ..self
        }
    }
}
