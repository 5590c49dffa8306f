//! What can stop a training.

use std::path::PathBuf;

use bert_core::config::ConfigError;
use bert_core::files::{FileError, Holder};
use bert_core::model::InputError;
use bert_core::weights::WeightsError;
use bert_data::glue::SubmissionError;
use bert_data::table::{LabelError, SplitError, TableError, WriteError};
use bert_data::{ChoiceError, CorpusError, DataError, SquadError, TagError, TokenizerError};

use super::Outside;
use crate::events::utc;
use crate::folder::FolderError;
use crate::metrics::NotFinite;
use crate::prediction::PredictionError;

/// Why a training could not start, or could not go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// A hyperparameter that makes no run.
    #[error("`{name}` is {value}; it must be {expected}")]
    Argument {
        /// Its field of the arguments.
        name: &'static str,
        /// The value given.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The loss or the gradient became infinite or not a number.
    #[error(
        "the loss is {loss} and the gradient's norm {grad_norm} at epoch {epoch}, step {step} \
         (learning rate {learning_rate:e}, examples {}); the model of that step was not kept, \
         checkpoints of steps before it were; try a lower `learning_rate`",
        indices(examples)
    )]
    NotFinite {
        /// Mean loss of the step.
        loss: f64,
        /// Global norm of its gradient.
        grad_norm: f64,
        /// Epoch, from 1.
        epoch: usize,
        /// Optimizer step of the run, from 1.
        step: usize,
        /// The learning rate of that step.
        learning_rate: f64,
        /// Which examples of the split were in the step.
        examples: Vec<usize>,
    },
    /// Ranks that had the same gradients have other parameters.
    #[error(
        "the parameters of rank {} are not those of the others at step {step}, and no model of it \
         is kept: processors of different kinds, other versions of this program, or a defect of \
         memory",
        indices(ranks)
    )]
    RanksDiffer {
        /// Those that have others than most.
        ranks: Vec<usize>,
        /// Optimizer steps of the run so far.
        step: usize,
    },
    /// The ranks are so many that they cannot share the batches of a step.
    #[error(
        "a step of this run has {batches} batches, which {ranks} ranks cannot share evenly; go on \
         with a number of ranks that divides {batches}"
    )]
    RanksDoNotDivide {
        /// Of an optimizer step.
        batches: usize,
        /// How many there are.
        ranks: usize,
    },
    /// A number of an evaluation is infinite or not a number.
    #[error(
        "the evaluation of the dev split is worth nothing: {0}; the weights are damaged, or numbers \
         overflow"
    )]
    EvaluationNotFinite(NotFinite),
    /// No evaluation of a run is finite.
    #[error(
        "no evaluation of the run is finite (of {evaluations}), so no model is the best and none \
         was saved; checkpoints stay; try a lower `learning_rate`"
    )]
    NoBest {
        /// How many there are.
        evaluations: usize,
    },
    /// A pass does not fit into the device's memory.
    #[error(
        "a batch of {examples} does not fit into the device's memory ({message}); use \
         `auto_batch_size`, a smaller batch with `gradient_accumulation_steps`, or a \
         smaller `max_seq_length`"
    )]
    OutOfMemory {
        /// Examples of the pass.
        examples: usize,
        /// The backend's words.
        message: String,
    },
    /// A metric that the task does not have.
    #[error("`metric_for_best_model` is {name}; this task has {}", known.join(", "))]
    UnknownMetric {
        /// The value given.
        name: String,
        /// What there is.
        known: Vec<&'static str>,
    },
    /// A checkpoint from which no training can go on.
    #[error("{} is not a whole checkpoint: {reason}", folder.display())]
    BadCheckpoint {
        /// Its folder.
        folder: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A checkpoint of a run that would learn something else.
    #[error(
        "{} is of another run; what differs:\n  {}\ngive the same to go on, or another \
         `output_dir` to start anew",
        folder.display(),
        differences.join("\n  ")
    )]
    AnotherRun {
        /// The checkpoint.
        folder: PathBuf,
        /// A line each.
        differences: Vec<String>,
    },
    /// The output folder has an unfinished run.
    #[error(
        "{} is of a run that has not finished; use `Resume::Newest` to go on with it, \
         `Resume::Overwrite` to start anew, or another `output_dir`",
        folder.display()
    )]
    Unfinished {
        /// Its newest checkpoint.
        folder: PathBuf,
    },
    /// A split without an example.
    #[error("the {split} split is empty")]
    EmptySplit {
        /// "train" or "dev".
        split: &'static str,
    },
    /// A token or a segment that the model has no embedding for.
    #[error("{}", no_embedding(split, outside, *size))]
    NoEmbedding {
        /// "train" or "dev".
        split: &'static str,
        /// What it is.
        outside: Outside,
        /// `vocab_size` or `type_vocab_size` of the model.
        size: usize,
    },
    /// A model that was not made from the configuration that it is to be saved with.
    #[error("the model's {key} is {model} and its folder's {folder}; they do not belong together")]
    AnotherModel {
        /// Of `config.json`.
        key: &'static str,
        /// The model's.
        model: usize,
        /// The folder's.
        folder: usize,
    },
    /// An option that a head has no use for.
    #[error("`{name}` is {value}, and there is no such thing in {head}; leave it out")]
    NotOfHead {
        /// Its field.
        name: &'static str,
        /// The value given.
        value: String,
        /// What is learned.
        head: &'static str,
    },
    /// A class that the model does not have.
    #[error("`class_weights` has {name:?}, and the classes are {}", known.join(", "))]
    UnknownClass {
        /// What was given.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A model of another task.
    #[error(
        "the model has {model} labels and the task has {task}; it was trained for another task"
    )]
    OtherLabels {
        /// Labels of the model.
        model: usize,
        /// Labels of the task.
        task: usize,
    },
    /// A label that the model has no score for.
    #[error(
        "example {index} of the {split} split has label {label}, and the model has {num_labels} \
         labels (from 0)"
    )]
    LabelOutside {
        /// "train" or "dev".
        split: &'static str,
        /// The example, from 0.
        index: usize,
        /// Its label, from 0.
        label: usize,
        /// Labels of the model.
        num_labels: usize,
    },
    /// A label of another kind than the model learns.
    #[error(
        "example {index} of the {split} split has {found} as its label, and the model learns \
         {expected}"
    )]
    LabelKind {
        /// "train" or "dev".
        split: &'static str,
        /// The example, from 0.
        index: usize,
        /// What its label is.
        found: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// The output folder has a run that came to its end.
    #[error(
        "{} holds a run that has finished; use `Resume::Overwrite` to replace it, or another \
         `output_dir`",
        folder.display()
    )]
    Finished {
        /// The output folder.
        folder: PathBuf,
    },
    /// The output folder has files that somebody else has put there.
    #[error(
        "{} holds {}, which no run has left there; use another folder, or \
         `Resume::Overwrite` to replace what has the same name",
        folder.display(),
        names.join(", ")
    )]
    NotARun {
        /// The output folder.
        folder: PathBuf,
        /// What would be replaced.
        names: Vec<String>,
    },
    /// There are checkpoints, and none to go on from.
    #[error(
        "{} has no whole checkpoint to go on from, and nothing was removed:\n  {}\nuse \
         `Resume::Overwrite` to start anew, or another `output_dir`",
        folder.display(),
        reasons.join("\n  ")
    )]
    NoWholeCheckpoint {
        /// The output folder.
        folder: PathBuf,
        /// What is wrong with each of them.
        reasons: Vec<String>,
    },
    /// A folder with the name of a checkpoint that somebody else has made.
    #[error("{} is there and not this program's", folder.display())]
    ForeignCheckpoint {
        /// The folder.
        folder: PathBuf,
    },
    /// A run would replace the model that it starts from.
    #[error(
        "{} would be written over the model that is read from {}; use another output folder",
        folder.display(),
        model.display()
    )]
    OverModel {
        /// The output folder.
        folder: PathBuf,
        /// The model's folder.
        model: PathBuf,
    },
    /// Another process has the output folder.
    #[error(
        "{} is in use by {}; wait until it has ended, stop it, or use another folder",
        folder.display(),
        holder(by)
    )]
    InUse {
        /// The output folder.
        folder: PathBuf,
        /// Which process, where it is known.
        by: Option<Holder>,
    },
    /// A split has no label where training or scoring needs one.
    #[error("example {index} of the {split} split has no label")]
    NoLabel {
        /// "train" or "dev".
        split: &'static str,
        /// The example, from 0.
        index: usize,
    },
    /// A question does not say what its answer is.
    #[error(
        "question {id:?} of the {split} split {}", no_answer(*is_impossible)
    )]
    NoAnswer {
        /// "train" or "dev".
        split: &'static str,
        /// The question.
        id: String,
        /// Whether it is said to have no answer.
        is_impossible: bool,
    },
    /// Sequences would be longer than the positions that the model has.
    #[error(
        "`max_seq_length` {max_seq_length} is beyond the model's {positions} positions; \
         use at most {positions}"
    )]
    TooLong {
        /// The value given.
        max_seq_length: usize,
        /// `max_position_embeddings` of the model.
        positions: usize,
    },
    /// Layers that the model has not.
    #[error(
        "`{name}` is {layers} and the model has {num_hidden_layers} layers; use at most \
         {num_hidden_layers}"
    )]
    Layers {
        /// The field.
        name: &'static str,
        /// The value given.
        layers: usize,
        /// Layers of the model.
        num_hidden_layers: usize,
    },
    /// Layers that would be fresh and never learn.
    #[error(
        "`freeze_layers` {frozen} and `reinit_layers` {fresh} are together more than the model's \
         {num_hidden_layers} layers; a layer that starts fresh has to learn"
    )]
    FrozenFresh {
        /// `freeze_layers`.
        frozen: usize,
        /// `reinit_layers`.
        fresh: usize,
        /// Layers of the model.
        num_hidden_layers: usize,
    },
    /// See [`FolderError`].
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// See [`ConfigError`].
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// See [`WeightsError`].
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// See [`InputError`].
    #[error(transparent)]
    Input(#[from] InputError),
    /// See [`TokenizerError`].
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// See [`DataError`].
    #[error(transparent)]
    Data(#[from] DataError),
    /// See [`TableError`].
    #[error(transparent)]
    Table(Box<TableError>),
    /// See [`WriteError`].
    #[error(transparent)]
    WriteTable(Box<WriteError>),
    /// See [`PredictionError`].
    #[error(transparent)]
    Prediction(Box<PredictionError>),
    /// See [`LabelError`].
    #[error(transparent)]
    Label(#[from] LabelError),
    /// See [`SplitError`].
    #[error(transparent)]
    Split(#[from] SplitError),
    /// See [`SubmissionError`].
    #[error(transparent)]
    Submission(#[from] SubmissionError),
    /// See [`CorpusError`].
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// See [`TagError`].
    #[error(transparent)]
    Tags(#[from] TagError),
    /// See [`SquadError`].
    #[error(transparent)]
    Squad(#[from] SquadError),
    /// See [`ChoiceError`].
    #[error(transparent)]
    Choice(Box<ChoiceError>),
    /// See [`FileError`].
    #[error(transparent)]
    File(#[from] FileError),
}

impl From<PredictionError> for TrainingError {
    fn from(error: PredictionError) -> Self {
        Self::Prediction(Box::new(error))
    }
}

impl From<ChoiceError> for TrainingError {
    fn from(error: ChoiceError) -> Self {
        Self::Choice(Box::new(error))
    }
}

impl From<WriteError> for TrainingError {
    fn from(error: WriteError) -> Self {
        Self::WriteTable(Box::new(error))
    }
}

// Boxed, because it is the largest of all.
impl From<TableError> for TrainingError {
    fn from(error: TableError) -> Self {
        Self::Table(Box::new(error))
    }
}

fn no_embedding(split: &str, outside: &Outside, size: usize) -> String {
    let Outside { index, what, id } = outside;
    match *what {
        "input_ids" => format!(
            "example {index} of the {split} split has token {id}, and the model's vocab_size is \
             {size}; vocab.txt and config.json do not belong together"
        ),
        _ => format!(
            "example {index} of the {split} split has a second text, and the model's \
             type_vocab_size is {size}: it was made for single texts"
        ),
    }
}

fn holder(by: &Option<Holder>) -> String {
    let Some(Holder { pid, host, since }) = by else {
        return "another process".to_owned();
    };
    let since = utc(*since);
    match host.as_str() {
        "" => format!("process {pid}, since {since}"),
        host => format!("process {pid} on {host}, since {since}"),
    }
}

fn no_answer(is_impossible: bool) -> &'static str {
    if is_impossible {
        "has no answer, which only SQuAD 2.0 has; use `version_2_with_negative`"
    } else {
        "has no answers and is not said to be impossible; it can be neither trained on nor scored"
    }
}

fn indices(examples: &[usize]) -> String {
    const SHOWN: usize = 32;
    let mut text: Vec<String> = examples.iter().take(SHOWN).map(usize::to_string).collect();
    if examples.len() > SHOWN {
        text.push("...".to_owned());
    }
    text.join(" ")
}
