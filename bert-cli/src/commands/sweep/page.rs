//! `sweep.html`: all runs on one page.

use std::fmt::Write as _;

use super::outcome::{Outcome, metric};
use crate::html::{document, escaped};

/// Height of a row of the plot, and the parts of its width, in its own units.
const ROW: usize = 26;
const NAMES: f64 = 260.0;
const PLOT: f64 = 620.0;
const NUMBERS: f64 = 170.0;

/// The page of these runs, best first.
pub fn page(title: &str, outcomes: &[Outcome]) -> String {
    let metric = escaped(metric(outcomes));
    let mut rows = String::new();
    for outcome in outcomes {
        let cells = [
            outcome.name.clone(),
            outcome.shown(),
            outcome.time(),
            outcome.state(),
        ];
        let cells = cells.map(|cell| format!("<td>{}</td>", escaped(&cell)));
        let _ = writeln!(rows, "<tr>{}</tr>", cells.concat());
    }
    let is_several = outcomes
        .iter()
        .any(|outcome| outcome.score.as_ref().is_some_and(|one| one.models > 1));
    let bars = if is_several {
        " A bar is the standard deviation over its models."
    } else {
        ""
    };
    document(
        title,
        &format!(
            "<p>{metric} of the best model of each run, best first.{bars} The axis does not begin \
             at 0. The best of many runs looks better than it is: the rows that chose it are not \
             new to it.</p>\n{}\
             <table>\n<tr><th>run</th><th>{metric}</th><th>time</th><th>state</th></tr>\n{rows}\
             </table>\n",
            plot(outcomes)
        ),
    )
}

/// A dot for each run with a score; nothing where no score is finite.
fn plot(outcomes: &[Outcome]) -> String {
    let scores = outcomes.iter().filter_map(|outcome| {
        let value = outcome.score.as_ref()?.value;
        (value.mean.is_finite() && value.std.is_finite()).then_some((outcome, value))
    });
    let scores: Vec<_> = scores.collect();
    let ends = || {
        scores
            .iter()
            .flat_map(|(_, value)| [value.mean - value.std, value.mean + value.std])
    };
    let (low, high) = (
        ends().fold(f64::MAX, f64::min),
        ends().fold(f64::MIN, f64::max),
    );
    if scores.is_empty() {
        return String::new();
    }
    // One score, or equal ones, are in the middle.
    let room = match high > low {
        true => (high - low) * 0.05,
        false => 0.5,
    };
    let (low, high) = (low - room, high + room);
    let x = |value: f64| NAMES + (value - low) / (high - low) * PLOT;
    let height = ROW * (scores.len() + 1);
    let width = NAMES + PLOT + NUMBERS;
    let mut svg = format!("<svg viewBox=\"0 0 {width} {height}\" role=\"img\">\n");
    for (row, (outcome, value)) in scores.iter().enumerate() {
        let y = ROW * row + ROW / 2;
        let _ = writeln!(
            svg,
            "<text x=\"0\" y=\"{}\">{}</text><line class=\"rule\" x1=\"{NAMES}\" x2=\"{}\" \
             y1=\"{y}\" y2=\"{y}\"/><line class=\"spread\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{y}\" \
             y2=\"{y}\"/><circle cx=\"{:.1}\" cy=\"{y}\" r=\"5\"/><text x=\"{}\" y=\"{}\">{}</text>",
            y + 4,
            escaped(&outcome.name),
            NAMES + PLOT,
            x(value.mean - value.std),
            x(value.mean + value.std),
            x(value.mean),
            NAMES + PLOT + 12.0,
            y + 4,
            escaped(&outcome.shown()),
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{NAMES}\" y=\"{y}\">{low:.4}</text><text x=\"{}\" y=\"{y}\" \
         text-anchor=\"end\">{high:.4}</text>\n</svg>",
        NAMES + PLOT,
        y = height - 8
    );
    svg
}

#[cfg(test)]
mod tests {
    use bert_tasks::metrics::MeanStd;

    use super::super::outcome::{Score, Status};
    use super::*;

    #[test]
    fn each_run_has_a_row_and_each_score_a_dot() {
        let outcome = |name: &str, mean: Option<f64>| Outcome {
            name: name.to_owned(),
            command: Vec::new(),
            status: Status::Failed,
            reason: Some("<exit & code>".to_owned()),
            score: mean.map(|mean| Score {
                metric: "f1".to_owned(),
                higher_is_better: true,
                value: MeanStd { mean, std: 0.1 },
                models: 2,
                seconds: 3.0,
            }),
        };
        let all = [
            outcome("a", Some(0.9)),
            outcome("b", Some(0.7)),
            outcome("c", Some(f64::NAN)),
            outcome("d", None),
        ];
        let page = page("out", &all);
        assert_eq!(page.matches("<circle").count(), 2);
        assert_eq!(page.matches("<tr><td>").count(), 4);
        assert!(page.contains("failed: &lt;exit &amp; code&gt;"), "{page}");
        assert!(page.contains("0.9000 ± 0.1000"), "{page}");
        // 0.6 to 1.0 with a twentieth of it on each side.
        assert!(
            page.contains(">0.5800<") && page.contains(">1.0200<"),
            "{page}"
        );
        assert!(!super::page("out", &all[2..]).contains("<svg"));
        assert!(super::page("out", &all[..1]).contains("<circle"));
    }
}
