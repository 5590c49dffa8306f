//! What can happen in a run.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::training::Scores;

/// Version of the lines' layout. A reader of version 1 skips events and fields that it does not
/// know; a change that such a reader would misunderstand raises the number.
pub const SCHEMA: u32 = 1;

/// A line of `events.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stamped {
    /// [`SCHEMA`].
    pub v: u32,
    /// Seconds since 1970-01-01 UTC.
    pub time: f64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What a process does at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Forward, backward, update.
    Train,
    /// A pass over the validation split.
    Evaluate,
    /// Writing a checkpoint.
    Save,
}

/// Where a run runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Version of this library.
    pub version: String,
    /// Backend and device in words.
    pub backend: String,
    /// Operating system and processor architecture.
    pub platform: String,
    /// Threads that the machine runs at once.
    pub threads: usize,
    /// Of this process.
    pub pid: u32,
}

impl Environment {
    /// Of this process, which trains on `backend`.
    pub fn of(backend: impl Into<String>) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            backend: backend.into(),
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            pid: std::process::id(),
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A process has begun to train, from the start or from a checkpoint.
    Start {
        /// Such as `mrpc`.
        task: String,
        /// `TrainingArguments`.
        arguments: Value,
        /// `config.json`.
        model: Value,
        /// Where it runs.
        environment: Environment,
        /// Numbers that are learned.
        parameters: usize,
        /// Examples of the training split.
        train_examples: usize,
        /// Examples of the validation split.
        eval_examples: usize,
        /// Optimizer steps of the whole run.
        total_steps: usize,
        /// Epochs of the whole run.
        total_epochs: usize,
        /// The metric that decides which evaluation is the best.
        metric_for_best_model: String,
        /// Whether more of it is better.
        higher_is_better: bool,
        /// Optimizer steps that were done before, by the process that wrote the checkpoint. Lines
        /// of later steps that stand above this one have been undone.
        resumed_step: usize,
    },
    /// From here on the process does something else.
    Phase {
        /// What.
        phase: Phase,
        /// Optimizer steps so far.
        step: usize,
    },
    /// An optimizer step is done.
    Step {
        /// From 1.
        step: usize,
        /// From 1.
        epoch: usize,
        /// Mean loss over its examples.
        loss: f64,
        /// Global norm of the gradients before clipping.
        grad_norm: f64,
        /// The peak group's learning rate.
        learning_rate: f64,
        /// Examples in it.
        examples: usize,
        /// Tokens in it, padding not counted.
        tokens: usize,
        /// Wall time.
        seconds: f64,
    },
    /// The validation split has been scored.
    Evaluation {
        /// Optimizer steps so far.
        step: usize,
        /// From 1.
        epoch: usize,
        /// Mean loss over the training examples since the epoch began.
        train_loss: f64,
        /// Over the whole split.
        scores: Scores,
        /// Whether it is the best so far.
        is_best: bool,
        /// Wall time.
        seconds: f64,
        /// What the task adds: a confusion matrix, examples.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        details: Value,
    },
    /// A checkpoint is whole on disk.
    Checkpoint {
        /// Optimizer steps so far.
        step: usize,
        /// Its folder.
        path: PathBuf,
        /// Wall time.
        seconds: f64,
    },
    /// Something that somebody should know, and that training goes on in spite of.
    Warning {
        /// In words.
        message: String,
    },
    /// The process is done training.
    End {
        /// Optimizer steps so far.
        step: usize,
        /// `finished`, or why it ended before the last step.
        reason: String,
        /// Whether nothing is left to go on with.
        complete: bool,
        /// Wall time of training and evaluation, in all processes of the run.
        seconds: f64,
        /// Where this process's time went, in seconds.
        spent: Spent,
    },
    /// The training cannot go on.
    Failure {
        /// Optimizer steps so far.
        step: usize,
        /// In words.
        message: String,
    },
}

/// Where a process's time went, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// Forward and backward passes, clipping, updates.
    pub compute: f64,
    /// Waiting for the next batch.
    pub input: f64,
    /// Evaluations.
    pub evaluate: f64,
    /// Checkpoints and the best model.
    pub save: f64,
    /// Everything else in the loop.
    pub other: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_it_is() {
        let stamped = Stamped {
            v: SCHEMA,
            time: 1.5,
            event: Event::Warning {
                message: "no \"room\"\nleft".to_owned(),
            },
        };
        let line = serde_json::to_string(&stamped).unwrap();
        assert_eq!(
            line,
            r#"{"v":1,"time":1.5,"event":"warning","message":"no \"room\"\nleft"}"#
        );
        assert_eq!(serde_json::from_str::<Stamped>(&line).unwrap(), stamped);
    }

    #[test]
    fn fields_of_later_versions_are_skipped() {
        let line = r#"{"v":1,"time":2,"event":"phase","phase":"save","step":3,"mood":"good"}"#;
        let event = serde_json::from_str::<Stamped>(line).unwrap().event;
        let phase = Phase::Save;
        assert_eq!(event, Event::Phase { phase, step: 3 });
    }
}
