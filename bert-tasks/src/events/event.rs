//! What can happen in a run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bert_data::EncodingStatistics;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::Mark;
use crate::metrics::ClassScores;

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
    /// Name of the machine.
    #[serde(default)]
    pub host: String,
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
            host: host_name(),
            pid: std::process::id(),
        }
    }
}

/// The machine's name; empty where the system does not tell.
#[cfg(unix)]
pub(crate) fn host_name() -> String {
    let names = rustix::system::uname();
    names.nodename().to_string_lossy().into_owned()
}

/// The machine's name; empty where the system does not tell.
#[cfg(not(unix))]
pub(crate) fn host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A process has begun to train, from the start or from a checkpoint.
    Start(Box<Start>),
    /// From here on the process does something else.
    Phase {
        /// What.
        phase: Phase,
        /// Optimizer steps so far.
        step: usize,
    },
    /// An optimizer step is done.
    Step(Step),
    /// How far an evaluation is, now and then.
    Progress {
        /// Examples scored.
        done: usize,
        /// Examples of the split.
        total: usize,
    },
    /// The validation split has been scored.
    Evaluation(Box<Evaluated>),
    /// A checkpoint is whole on disk.
    Checkpoint {
        /// Optimizer steps so far.
        step: usize,
        /// Its folder.
        path: PathBuf,
        /// Wall time.
        seconds: f64,
    },
    /// What the process uses, every few seconds.
    Resources(Resources),
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

/// What a run had before there were several.
fn one() -> usize {
    1
}

/// A process has begun to train.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Such as `mrpc`.
    pub task: String,
    /// `TrainingArguments`.
    pub arguments: Value,
    /// `config.json`.
    pub model: Value,
    /// Where it runs.
    pub environment: Environment,
    /// What was loaded into the model, and what was not; empty for one from scratch.
    #[serde(default)]
    pub load_report: String,
    /// Numbers that are learned.
    pub parameters: usize,
    /// Examples of the training split.
    pub train_examples: usize,
    /// Examples of the validation split.
    pub eval_examples: usize,
    /// What was unknown or cut of each split, the training split first.
    #[serde(default)]
    pub data: Vec<SplitStatistics>,
    /// Optimizer steps of the whole run.
    pub total_steps: usize,
    /// Epochs of the whole run.
    pub total_epochs: usize,
    /// The metric that decides which evaluation is the best.
    pub metric_for_best_model: String,
    /// Whether more of it is better.
    pub higher_is_better: bool,
    /// Optimizer steps that were done before, by the process that wrote the checkpoint. Lines of
    /// later steps that stand above this one have been undone.
    pub resumed_step: usize,
    /// Processes that train it together.
    #[serde(default = "one")]
    pub ranks: usize,
}

/// What was unknown or cut of a split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitStatistics {
    /// `train` or `dev`.
    pub split: String,
    /// The counts.
    #[serde(flatten)]
    pub statistics: EncodingStatistics,
}

/// An optimizer step that is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// From 1.
    pub step: usize,
    /// From 1.
    pub epoch: usize,
    /// Mean loss over its examples.
    #[serde(deserialize_with = "number_or_nan")]
    pub loss: f64,
    /// Global norm of the gradients before clipping.
    #[serde(deserialize_with = "number_or_nan")]
    pub grad_norm: f64,
    /// The peak group's learning rate.
    pub learning_rate: f64,
    /// Examples in it.
    pub examples: usize,
    /// Tokens in it, padding not counted.
    pub tokens: usize,
    /// Wall time.
    pub seconds: f64,
    /// Of that, what was spent on adding gradients up with other ranks, and on waiting for them.
    #[serde(default)]
    pub wait: f64,
}

impl Step {
    /// Speed.
    pub fn examples_per_second(&self) -> f64 {
        self.examples as f64 / self.seconds
    }

    /// Speed, padding not counted.
    pub fn tokens_per_second(&self) -> f64 {
        self.tokens as f64 / self.seconds
    }
}

/// The metrics of one evaluation, by name.
pub type Scores = BTreeMap<String, f64>;

/// The validation split has been scored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluated {
    /// Optimizer steps so far.
    pub step: usize,
    /// From 1.
    pub epoch: usize,
    /// Mean loss over the training examples since the epoch began.
    #[serde(deserialize_with = "number_or_nan")]
    pub train_loss: f64,
    /// Over the whole split.
    #[serde(deserialize_with = "numbers_or_nan")]
    pub scores: Scores,
    /// Whether it is the best so far.
    pub is_best: bool,
    /// Wall time.
    pub seconds: f64,
    /// What the task adds.
    #[serde(default)]
    pub details: Details,
}

/// What a task adds to its scores. Every part may be empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// The names of the labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Precision, recall and F1 of each label.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_scores: Vec<ClassScores>,
    /// How many examples of each label (row) were given each label (column); left out where there
    /// are many labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confusion: Vec<Vec<usize>>,
    /// Some examples, the hardest first: those that are wrong, the most certain ones first, then
    /// those that are right, the least certain ones first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<ScoredExample>,
}

/// An example of the validation split, and what the model makes of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScoredExample {
    /// Its place in the split, from 0.
    pub index: usize,
    /// Its texts, as the model reads them.
    pub texts: Vec<String>,
    /// The right answer.
    pub expected: String,
    /// The model's answer.
    pub predicted: String,
    /// The probability that the model gives its answer.
    #[serde(deserialize_with = "number_or_nan")]
    pub probability: f64,
    /// Whether it is right.
    pub correct: bool,
    /// What is marked in the first text, in the order of the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
}

/// What a process uses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Resources {
    /// Memory that the process holds, in bytes.
    pub memory: u64,
    /// Every NVIDIA GPU of the machine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gpus: Vec<Gpu>,
}

/// What a GPU is used for, by all processes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gpu {
    /// As its driver has it.
    pub name: String,
    /// Share of the time that it computes, in percent.
    pub utilization: u32,
    /// Memory in use, in bytes.
    pub memory: u64,
    /// Memory that it has, in bytes.
    pub total_memory: u64,
}

/// JSON has no NaN: it is written as null.
pub(crate) fn number_or_nan<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(f64::NAN))
}

pub(crate) fn numbers_or_nan<'de, D: Deserializer<'de>>(from: D) -> Result<Scores, D::Error> {
    let scores = BTreeMap::<String, Option<f64>>::deserialize(from)?;
    let number = |(name, value): (String, Option<f64>)| (name, value.unwrap_or(f64::NAN));
    Ok(scores.into_iter().map(number).collect())
}

/// Where a process's time went, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// Forward and backward passes, clipping, updates.
    pub compute: f64,
    /// Waiting for the next batch.
    pub input: f64,
    /// Adding gradients up with other ranks, and waiting for them.
    #[serde(default)]
    pub wait: f64,
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
    fn a_score_that_is_no_number_comes_back_as_such() {
        let event = Event::Evaluation(Box::new(Evaluated {
            scores: [("loss".to_owned(), f64::NAN)].into(),
            details: Details {
                examples: vec![ScoredExample {
                    probability: f64::NAN,
                    ..ScoredExample::default()
                }],
                ..Details::default()
            },
            ..Evaluated::default()
        }));
        let line = serde_json::to_string(&Stamped {
            v: SCHEMA,
            time: 0.0,
            event,
        });
        let read = serde_json::from_str::<Stamped>(&line.unwrap()).unwrap();
        match read.event {
            Event::Evaluation(evaluated) => {
                assert!(evaluated.scores["loss"].is_nan());
                assert!(evaluated.details.examples[0].probability.is_nan());
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn fields_of_later_versions_are_skipped() {
        let line = r#"{"v":1,"time":2,"event":"phase","phase":"save","step":3,"mood":"good"}"#;
        let event = serde_json::from_str::<Stamped>(line).unwrap().event;
        let phase = Phase::Save;
        assert_eq!(event, Event::Phase { phase, step: 3 });
    }
}
