//! `report.html`: a training run on one page, to read, to print and to send to somebody.
//!
//! The page is made from the events of the run alone, so it can be made at any time, of a run that
//! goes on, was killed or is long over. It is one file that loads nothing and runs nothing.
//!
//! - [`ReportWriter`]: makes it at the end of a run; [`write_report`]: at any time.
//! - `page`: the page, its header and the order of its parts.
//! - `evaluation`, `details`, `charts`, `time`, `configuration`: its parts.
//! - `chart`, `axis`, `series`: a chart as SVG, its axes, and lines of any length made short.
//! - `markup`: escaping, tables and other pieces of HTML.

mod axis;
mod chart;
mod charts;
mod configuration;
mod details;
mod evaluation;
mod examples;
mod markup;
mod page;
mod series;
mod time;

use std::path::Path;

use bert_core::files::{FileError, write_atomically};

use crate::events::{EventReader, Observer, RunHistory};

/// Leaves `report.html` in the output folder of every run that it observes, at its end.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReportWriter;

impl Observer for ReportWriter {
    fn end(&self, output_dir: &Path) -> Result<(), String> {
        write_report(output_dir).map_err(|error| format!("no report: {error}"))
    }
}

/// Makes `report.html` in a run's output folder from the `events.jsonl` there.
///
/// # Errors
/// When the events are not there or cannot be read, or the report cannot be written.
pub fn write_report(output_dir: &Path) -> Result<(), FileError> {
    let events = output_dir.join("events.jsonl");
    std::fs::metadata(&events).map_err(FileError::at("read", &events))?;
    let mut history = RunHistory::default();
    EventReader::new(output_dir).read(|stamped| history.apply(stamped))?;
    let content = html(&history, &name(output_dir));
    write_atomically(&output_dir.join("report.html"), content.as_bytes())
}

/// The report as an HTML document. The same history always gives the same document.
///
/// `name` is what the run is called, such as the name of its output folder.
pub fn html(history: &RunHistory, name: &str) -> String {
    page::page(history, name)
}

/// The folder's own name, also where the path to it ends in `..`.
fn name(folder: &Path) -> String {
    let whole = folder.canonicalize();
    let whole = whole.as_deref().unwrap_or(folder);
    let name = whole.file_name().unwrap_or(whole.as_os_str());
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::events::{
        Details, Environment, Evaluated, Gpu, Outcome, Resources, ScoredExample, Start, Step,
    };

    fn steps(count: usize) -> Vec<Step> {
        let step = |step| Step {
            step,
            epoch: 1,
            loss: 1.0 / step as f64 + (step % 17) as f64 / 100.0,
            grad_norm: (step % 23) as f64,
            learning_rate: 2e-5 * (1.0 - step as f64 / count as f64),
            examples: 16,
            tokens: 800,
            wait: 0.0,
            seconds: 0.25 + (step % 5) as f64 / 100.0,
        };
        (1..=count).map(step).collect()
    }

    fn evaluation(step: usize, scores: usize) -> Evaluated {
        let score = |number| (format!("score {number}"), (step + number) as f64 / 1e6);
        Evaluated {
            step,
            scores: (0..scores).map(score).collect(),
            is_best: true,
            ..Evaluated::default()
        }
    }

    #[test]
    fn every_text_from_outside_is_escaped() {
        let evil = "<script>alert('x')</script>\"&";
        let example = |correct| ScoredExample {
            texts: vec![evil.to_owned(); 2],
            expected: evil.to_owned(),
            predicted: evil.to_owned(),
            correct,
            ..ScoredExample::default()
        };
        let mut history = RunHistory {
            start: Some(Start {
                task: evil.to_owned(),
                arguments: serde_json::json!({evil: evil, "list": [evil]}),
                model: serde_json::json!({evil: {evil: evil}}),
                environment: Environment {
                    version: evil.to_owned(),
                    backend: evil.to_owned(),
                    platform: evil.to_owned(),
                    host: evil.to_owned(),
                    ..Environment::default()
                },
                load_report: evil.to_owned(),
                metric_for_best_model: evil.to_owned(),
                ..Start::default()
            }),
            steps: steps(2),
            evaluations: vec![Evaluated {
                step: 2,
                scores: [(evil.to_owned(), 0.5)].into(),
                is_best: true,
                details: Details {
                    class_scores: Vec::new(),
                    labels: vec![evil.to_owned(); 2],
                    confusion: vec![vec![1, 2], vec![3, 4]],
                    examples: vec![example(true), example(false)],
                },
                ..Evaluated::default()
            }],
            warnings: vec![(0.0, evil.to_owned())],
            outcome: Some(Outcome::Failed(evil.to_owned())),
            ..RunHistory::default()
        };
        let failed = html(&history, evil);
        history.outcome = Some(Outcome::Ended {
            reason: evil.to_owned(),
            complete: false,
            spent: Default::default(),
        });
        for page in [failed, html(&history, evil)] {
            assert!(!page.contains("<script") && !page.contains("'x'"));
            assert!(page.matches("&lt;script&gt;").count() > 25);
        }
    }

    #[test]
    fn runs_without_steps_or_with_one_make_sane_pages() {
        let mut history = RunHistory::default();
        for (title, section) in [("empty", "header"), ("begun", "time"), ("one", "charts")] {
            let page = html(&history, title);
            assert!(page.contains(&format!("<title>{title}</title>")));
            let has = |id: &str| page.contains(&format!("id=\"{id}\""));
            assert_eq!(has("charts"), title == "one");
            assert!(section == "header" || has(section));
            for nonsense in ["NaN", "inf", "-0.0"] {
                let body = page.split_once("</style>").unwrap().1;
                assert!(!body.contains(nonsense), "{nonsense} in {title}");
            }
            history.steps = if history.start.is_some() {
                steps(1)
            } else {
                Vec::new()
            };
            history.start = Some(Start::default());
        }
    }

    #[test]
    fn a_long_run_makes_a_small_page_quickly() {
        let used = |step| {
            let gpu = Gpu::default();
            let gpus = vec![gpu; 8];
            (
                step,
                Resources {
                    memory: 1 << 33,
                    gpus,
                },
            )
        };
        let history = RunHistory {
            start: Some(Start::default()),
            steps: steps(200_000),
            evaluations: (1..=2000).map(|n| evaluation(100 * n, 6)).collect(),
            resources: (1..=20_000).map(|n| used(10 * n)).collect(),
            warnings: vec![(0.0, "careful".to_owned()); 10_000],
            ..RunHistory::default()
        };
        let began = Instant::now();
        let page = html(&history, "long");
        let took = began.elapsed();
        assert!(page.len() < 500_000, "{} bytes", page.len());
        // A tenth of a second in a release build.
        assert!(took.as_secs_f64() < 10.0, "{took:?}");
        assert_eq!(page, html(&history, "long"));
    }

    #[test]
    fn the_report_is_written_beside_the_events() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("my run");
        std::fs::create_dir(&run).unwrap();
        let error = write_report(&run).unwrap_err().to_string();
        assert!(
            error.contains("cannot read") && error.contains("events.jsonl"),
            "{error}"
        );
        assert!(!run.join("report.html").exists());
        let warning = ReportWriter.end(&run).unwrap_err();
        assert_eq!(warning, format!("no report: {error}"));

        let line = "{\"v\":1,\"time\":0,\"event\":\"warning\",\"message\":\"careful\"}\n";
        std::fs::write(run.join("events.jsonl"), line).unwrap();
        ReportWriter.end(&run.join("../my run/.")).unwrap();
        let page = std::fs::read_to_string(run.join("report.html")).unwrap();
        assert!(page.contains("<title>my run</title>") && page.contains("careful"));
    }

    #[test]
    fn the_page_loads_nothing_and_runs_nothing() {
        let mut history = RunHistory {
            start: Some(Start::default()),
            steps: steps(50),
            ..RunHistory::default()
        };
        history.evaluations.push(evaluation(50, 2));
        let page = html(&history, "run");
        for outside in [
            "http://", "https://", "<script", "src=", "@import", "url(", "onload",
        ] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
