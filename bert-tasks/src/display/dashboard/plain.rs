//! One readable line every few steps: for logs, pipes and CI. No control characters.

use std::fmt::Write as _;

use serde_json::Value;

use super::eta;
use crate::display::format::{clock, short};
use crate::display::telling::rank;
use crate::events::{Event, RunHistory, Stamped, Step};

/// As many scores are all told in a line; of more, the most telling ones.
const FEW: usize = 5;

/// Makes lines such as
/// `epoch 1/3  step 20/345  loss 0.6512  grad norm 1.2031  lr 1.14e-5  31.2 examples/s  ETA 12:31`
/// and, for each evaluation, one with its scores.
#[derive(Default)]
pub struct PlainLines {
    history: RunHistory,
    /// Steps since the last line.
    since: Vec<Step>,
}

impl PlainLines {
    /// Of a run that goes on after these events, which get no lines.
    pub fn after(past: Vec<Stamped>) -> Self {
        Self {
            history: RunHistory::of(past),
            since: Vec::new(),
        }
    }

    /// The line that an event is worth.
    pub fn line(&mut self, stamped: &Stamped) -> Option<String> {
        self.history.apply(stamped.clone());
        match &stamped.event {
            Event::Step(step) => self.step(*step, stamped.time),
            Event::Evaluation(evaluated) => {
                let mut line = format!("{}  dev", self.place(evaluated.epoch, evaluated.step));
                let decides = self.history.start.as_ref();
                let decides = decides.map(|start| start.metric_for_best_model.as_str());
                let is_told = |name: &str| evaluated.scores.len() <= FEW || rank(name, decides) < 2;
                for (name, value) in evaluated.scores.iter().filter(|(name, _)| is_told(name)) {
                    let _ = write!(line, "  {name} {value:.4}");
                }
                if evaluated.is_best {
                    line.push_str("  best so far");
                }
                Some(line)
            }
            Event::Warning { message } => Some(format!("warning: {message}")),
            _ => None,
        }
    }

    fn step(&mut self, step: Step, now: f64) -> Option<String> {
        self.since.push(step);
        let start = self.history.start.as_ref()?;
        let every = start.arguments.get("logging_steps").and_then(Value::as_u64);
        let every = every.unwrap_or(1).max(1) as usize;
        let number = step.step;
        if number != 1 && !number.is_multiple_of(every) && number != start.total_steps {
            return None;
        }
        let since = std::mem::take(&mut self.since);
        let loss = since.iter().map(|step| step.loss).sum::<f64>() / since.len() as f64;
        let mut line = format!(
            "{}  loss {loss:.4}  grad norm {}  lr {:.2e}  {:.1} examples/s",
            self.place(step.epoch, number),
            short(step.grad_norm),
            step.learning_rate,
            self.history.examples_per_second().unwrap_or(0.0),
        );
        if let Some(share) = self.history.waiting() {
            let _ = write!(line, "  waiting {:.0} %", 100.0 * share);
        }
        if let Some(left) = eta::remaining(&self.history, now) {
            let _ = write!(line, "  ETA {}", clock(left));
        }
        Some(line)
    }

    /// `epoch 1/3  step 20/345`.
    fn place(&self, epoch: usize, step: usize) -> String {
        let start = self.history.start.as_ref();
        let (epochs, steps) = start.map_or((0, 0), |start| (start.total_epochs, start.total_steps));
        format!("epoch {epoch}/{epochs}  step {step}/{steps}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{Evaluated, SCHEMA, Start};

    fn at(time: f64, event: Event) -> Stamped {
        Stamped {
            v: SCHEMA,
            time,
            event,
        }
    }

    fn step(step: usize) -> Stamped {
        let event = Event::Step(Step {
            step,
            epoch: 1,
            loss: 1.0 / step as f64,
            grad_norm: 2.5,
            learning_rate: 1e-4,
            examples: 16,
            tokens: 400,
            wait: 0.0,
            seconds: 0.5,
        });
        at(step as f64 / 2.0, event)
    }

    #[test]
    fn a_line_every_few_steps_and_one_for_each_evaluation() {
        let start = at(
            0.0,
            Event::Start(Box::new(Start {
                arguments: serde_json::json!({"logging_steps": 4}),
                total_steps: 10,
                total_epochs: 2,
                ..Start::default()
            })),
        );
        let evaluation = at(
            9.0,
            Event::Evaluation(Box::new(Evaluated {
                step: 10,
                epoch: 2,
                scores: [("accuracy".to_owned(), 0.75), ("f1".to_owned(), 0.5)].into(),
                is_best: true,
                ..Evaluated::default()
            })),
        );
        let warning = Event::Warning {
            message: "careful".to_owned(),
        };
        let events = [vec![start], (1..=10).map(step).collect(), vec![evaluation]].concat();
        let mut lines = PlainLines::default();
        let mut said: Vec<String> = events.iter().filter_map(|e| lines.line(e)).collect();
        said.extend(lines.line(&at(10.0, warning)));
        assert_eq!(
            said,
            [
                "epoch 1/2  step 1/10  loss 1.0000  grad norm 2.5000  lr 1.00e-4  32.0 examples/s  ETA 0:04",
                "epoch 1/2  step 4/10  loss 0.3611  grad norm 2.5000  lr 1.00e-4  32.0 examples/s  ETA 0:03",
                "epoch 1/2  step 8/10  loss 0.1586  grad norm 2.5000  lr 1.00e-4  32.0 examples/s  ETA 0:01",
                "epoch 1/2  step 10/10  loss 0.1056  grad norm 2.5000  lr 1.00e-4  32.0 examples/s  ETA 0:00",
                "epoch 2/2  step 10/10  dev  accuracy 0.7500  f1 0.5000  best so far",
                "warning: careful",
            ]
        );
    }
}
