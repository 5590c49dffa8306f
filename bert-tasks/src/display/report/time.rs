//! Where the time went, and what was done in it.

use super::markup::{duration, pairs, percent, section, table};
use crate::display::format::{short, thousands};
use crate::events::{Outcome, RunHistory, Spent, Step, utc};

/// The section.
pub(super) fn time(history: &RunHistory) -> String {
    if history.start.is_none() {
        return String::new();
    }
    let spent = match &history.outcome {
        Some(Outcome::Ended { spent, .. }) => shares(history, spent),
        _ => String::new(),
    };
    section("time", "Time", &(spent + &totals(history)))
}

/// A bar of the shares, and a table that tells which is which.
fn shares(history: &RunHistory, spent: &Spent) -> String {
    let parts = [
        (
            "compute",
            "training: forward, backward, update",
            spent.compute,
        ),
        ("input", "waiting for data", spent.input),
        ("wait", "waiting for other ranks", spent.wait),
        ("evaluate", "evaluation", spent.evaluate),
        ("save", "saving", spent.save),
        ("other", "everything else", spent.other),
    ];
    // A process alone waits for nobody.
    let is_there = |part: &(&str, &str, f64)| part.0 != "wait" || part.2 > 0.0;
    let parts: Vec<_> = parts.into_iter().filter(is_there).collect();
    let total: f64 = parts.iter().map(|part| part.2).sum();
    if total <= 0.0 {
        return String::new();
    }
    let bar = parts.iter().map(|(class, _, seconds)| {
        let share = 100.0 * seconds / total;
        format!("<i class=\"{class}\" style=\"width:{share:.3}%\"></i>")
    });
    let rows = parts.iter().map(|&(class, name, seconds)| {
        format!(
            "<tr><th scope=\"row\"><i class=\"swatch {class}\"></i>{name}</th><td>{}</td>\
             <td>{}</td></tr>\n",
            duration(seconds),
            percent(seconds, total)
        )
    });
    let resumed = history.start.as_ref().map_or(0, |start| start.resumed_step);
    let note = match resumed {
        0 => String::new(),
        step => format!(
            "<p class=\"note\">Of the process that went on after step {}.</p>\n",
            thousands(step)
        ),
    };
    let rows = table("Where the time went", "spent", &rows.collect::<String>());
    format!(
        "<div class=\"bar\" aria-hidden=\"true\">{}</div>\n{rows}{note}",
        bar.collect::<String>()
    )
}

fn totals(history: &RunHistory) -> String {
    let sum = |count: fn(&Step) -> usize| {
        let counts = history.steps.iter().map(count);
        counts.fold(0, usize::saturating_add)
    };
    let stepping: f64 = history.steps.iter().map(|step| step.seconds).sum();
    let per_second = |count: usize, unit: &str| match count as f64 / stepping {
        speed if speed.is_finite() && count > 0 => format!(", {} {unit}/s", short(speed)),
        _ => String::new(),
    };
    let (examples, tokens) = (sum(|step| step.examples), sum(|step| step.tokens));
    let mut rows = vec![
        ("this process began", utc(history.started)),
        ("newest event", utc(history.latest)),
    ];
    if let Some(seconds) = history.seconds {
        rows.push(("training and evaluation, all processes", duration(seconds)));
    }
    rows.extend([
        ("all steps", duration(stepping)),
        (
            "training examples",
            thousands(examples) + &per_second(examples, "examples"),
        ),
        (
            "tokens, padding not counted",
            thousands(tokens) + &per_second(tokens, "tokens"),
        ),
    ]);
    let mean = |what: &[f64]| match what.len() {
        0 => "0".to_owned(),
        count => {
            let mean = what.iter().sum::<f64>() / count as f64;
            format!("{}, {} each", thousands(count), duration(mean))
        }
    };
    let evaluations: Vec<f64> = history.evaluations.iter().map(|e| e.seconds).collect();
    let checkpoints: Vec<f64> = history.checkpoints.iter().map(|c| c.seconds).collect();
    rows.push(("evaluations", mean(&evaluations)));
    rows.push(("checkpoints", mean(&checkpoints)));
    pairs("Totals", rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Start;

    #[test]
    fn shares_add_up_and_totals_are_totals() {
        let step = Step {
            examples: 16,
            tokens: 1000,
            seconds: 0.5,
            ..Step::default()
        };
        let history = RunHistory {
            start: Some(Start::default()),
            steps: vec![step; 4],
            seconds: Some(3725.0),
            outcome: Some(Outcome::Ended {
                reason: "finished".to_owned(),
                complete: true,
                spent: Spent {
                    compute: 3.0,
                    evaluate: 1.0,
                    ..Spent::default()
                },
            }),
            ..RunHistory::default()
        };
        let html = time(&history);
        for text in [
            "style=\"width:75.000%\"",
            "<td>3.0 s</td><td>75.0 %</td>",
            "<td>1.0 s</td><td>25.0 %</td>",
            "<td>64, 32.0 examples/s</td>",
            "<td>4,000, 2,000 tokens/s</td>",
            "<td>1:02:05</td>",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[test]
    fn counts_that_are_too_large_do_no_harm() {
        let step = Step {
            examples: usize::MAX,
            tokens: usize::MAX,
            ..Step::default()
        };
        let history = RunHistory {
            start: Some(Start::default()),
            steps: vec![step; 2],
            ..RunHistory::default()
        };
        assert!(time(&history).contains("18,446,744,073,709,551,615"));
    }
}
