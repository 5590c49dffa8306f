//! The page: what it begins with, and the order of its parts.

use super::charts::charts;
use super::configuration::{configuration, warnings};
use super::details::details;
use super::evaluation::{evaluations, scores};
use super::markup::{clipped, duration, text};
use super::time::time;
use crate::display::format::thousands;
use crate::events::{Outcome, RunHistory, utc};

/// Characters that are shown of an error.
const LONGEST_MESSAGE: usize = 5000;

/// The whole document.
pub(super) fn page(history: &RunHistory, name: &str) -> String {
    let task = history.start.as_ref().map_or("", |start| &start.task);
    let (task, name) = (text(task), text(name));
    let title = match task.as_str() {
        "" => name.clone(),
        task => format!("{task} · {name}"),
    };
    let body = [
        header(history, &task, &name),
        scores(history),
        warnings(history),
        charts(history),
        evaluations(history),
        details(history),
        time(history),
        configuration(history),
    ];
    // Nothing may be loaded or run: whatever a text should smuggle in has no effect.
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <title>{title}</title>\n<style>\n{style}</style>\n</head>\n\
         <body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        style = include_str!("style.css"),
        body = body.concat(),
    )
}

fn header(history: &RunHistory, task: &str, name: &str) -> String {
    let (class, status) = status(history);
    let heading = match task {
        "" => format!("<h1>{name}</h1>"),
        task => format!("<p class=\"task\">{task}</p>\n<h1>{name}</h1>"),
    };
    format!(
        "<header>\n{heading}\n<p class=\"status {class}\">{status}</p>\n{}</header>\n",
        facts(history)
    )
}

/// How the run stands: a class of the style sheet, and words.
fn status(history: &RunHistory) -> (&'static str, String) {
    let latest = utc(history.latest);
    match &history.outcome {
        Some(Outcome::Ended { reason, .. }) if reason == "finished" => {
            ("finished", format!("<strong>Finished</strong> {latest}"))
        }
        Some(Outcome::Ended {
            reason, complete, ..
        }) => {
            let reason = clipped(reason, LONGEST_MESSAGE);
            let rest = if *complete {
                "Nothing is left to go on with."
            } else {
                "It can go on from its last checkpoint."
            };
            let words = format!("<strong>Ended early</strong> {latest}: {reason}. {rest}");
            ("stopped", words)
        }
        Some(Outcome::Failed(message)) => {
            let message = clipped(message, LONGEST_MESSAGE);
            (
                "failed",
                format!("<strong>Failed</strong> {latest}: {message}"),
            )
        }
        None if history.start.is_none() => (
            "running",
            "<strong>No training has begun here.</strong>".to_owned(),
        ),
        None => (
            "running",
            format!(
                "<strong>Still running, or killed</strong>: no end has been written down. The \
                 newest event is of {latest}."
            ),
        ),
    }
}

/// The size of it all.
fn facts(history: &RunHistory) -> String {
    let Some(start) = &history.start else {
        return String::new();
    };
    let epoch = history.steps.last().map_or(0, |step| step.epoch);
    let of = |done, all| format!("{} of {}", thousands(done), thousands(all));
    let seconds = history.seconds.unwrap_or(history.latest - history.started);
    let mut facts = vec![
        ("steps", of(history.step(), start.total_steps)),
        ("epochs", of(epoch, start.total_epochs)),
        ("time", duration(seconds)),
        ("parameters", thousands(start.parameters)),
        ("training examples", thousands(start.train_examples)),
        ("validation examples", thousands(start.eval_examples)),
    ];
    if !start.environment.backend.is_empty() {
        facts.push(("backend", text(&start.environment.backend)));
    }
    if !history.warnings.is_empty() {
        let count = thousands(history.warnings.len());
        facts.push(("warnings", format!("<a href=\"#warnings\">{count}</a>")));
    }
    let facts = facts.into_iter();
    let facts: String = facts
        .map(|(name, value)| format!("<div><dt>{name}</dt><dd>{value}</dd></div>\n"))
        .collect();
    format!("<dl class=\"facts\">\n{facts}</dl>\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{Spent, Start};

    fn status_of(outcome: Option<Outcome>) -> String {
        let history = RunHistory {
            start: Some(Start::default()),
            outcome,
            ..RunHistory::default()
        };
        let page = page(&history, "run");
        let (_, status) = page.split_once("<p class=\"status ").unwrap();
        status.split_once("</p>").unwrap().0.to_owned()
    }

    fn ended(reason: &str, complete: bool) -> Option<Outcome> {
        Some(Outcome::Ended {
            reason: reason.to_owned(),
            complete,
            spent: Spent::default(),
        })
    }

    #[test]
    fn the_status_says_how_the_run_ended() {
        let status = status_of(ended("finished", true));
        assert!(status.starts_with("finished\"><strong>Finished"));
        let status = status_of(ended("stopped by Ctrl-C", false));
        assert!(
            status.contains("UTC: stopped by Ctrl-C. It can go on"),
            "{status}"
        );
        let status = status_of(ended("no better evaluation", true));
        assert!(
            status.contains("no better evaluation. Nothing is left"),
            "{status}"
        );
        let status = status_of(Some(Outcome::Failed("a < b".to_owned())));
        assert!(
            status.starts_with("failed") && status.ends_with(": a &lt; b"),
            "{status}"
        );
        assert!(status_of(None).contains("Still running, or killed"));
        assert!(page(&RunHistory::default(), "run").contains("No training has begun"));
    }
}
