//! What can be trained.

use clap::{ArgMatches, Args, Command, Parser};

use super::CliError;
use crate::commands::choice::Choice;
use crate::commands::glue::Glue;
use crate::commands::mrpc::Mrpc;
use crate::commands::ner::Ner;
use crate::commands::nsp::Nsp;
use crate::commands::pretrain::Pretrain;
use crate::commands::squad::Squad;
use crate::commands::train_classifier::TrainClassifier;
use crate::start::{TaskProgram, with_defaults};

/// A task of `bert train` and `bert evaluate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Texts of a table with labels of its own.
    Classify,
    /// A task of GLUE.
    Glue,
    /// Pairs of sentences with labels.
    Mrpc,
    /// Tags of words.
    Ner,
    /// Whether one text follows another.
    Nsp,
    /// Answers to questions in a passage.
    Squad,
    /// The right one of several choices.
    Choice,
    /// Hidden tokens, and next sentences.
    Pretrain,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Classify,
        Self::Glue,
        Self::Mrpc,
        Self::Ner,
        Self::Nsp,
        Self::Squad,
        Self::Choice,
        Self::Pretrain,
    ];

    /// As `--task` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Classify => "classify",
            Self::Glue => "glue",
            Self::Mrpc => "mrpc",
            Self::Ner => "ner",
            Self::Nsp => "nsp",
            Self::Squad => "squad",
            Self::Choice => "choice",
            Self::Pretrain => "pretrain",
        }
    }

    /// The task of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.name() == name)
    }

    /// In a line.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Classify => "the labels of a table of your own: classes or numbers",
            Self::Glue => "a task of GLUE, such as inference (rte, mnli)",
            Self::Mrpc => "whether two sentences are paraphrases of each other",
            Self::Ner => "which words name persons, places and the like, or any tags of words",
            Self::Nsp => "whether one text follows the other",
            Self::Squad => "where in a passage the answer to a question is",
            Self::Choice => "which of several choices is right (SWAG, RACE, or your own)",
            Self::Pretrain => "hidden tokens and next sentences, on plain text",
        }
    }

    /// The flags with which it is trained on real data.
    pub const fn example(self) -> &'static str {
        match self {
            Self::Classify => {
                "--model google-bert/bert-base-uncased --train-file train.csv --text-column text --label-column label"
            }
            Self::Glue => {
                "--glue-task rte --model google-bert/bert-base-uncased --dataset nyu-mll/glue"
            }
            Self::Mrpc => "--model google-bert/bert-base-uncased --dataset nyu-mll/glue:mrpc",
            Self::Ner => {
                "--model google-bert/bert-base-uncased --train-file train.conll --validation-file dev.conll"
            }
            Self::Nsp => "--model google-bert/bert-base-uncased --text FILE",
            Self::Squad => "--model google-bert/bert-base-uncased --dataset rajpurkar/squad",
            Self::Choice => {
                "--model google-bert/bert-base-uncased --train-file train.jsonl --validation-file dev.jsonl"
            }
            Self::Pretrain => "--text FILE",
        }
    }

    /// The flags with which a model is scored on real data.
    pub const fn example_of_evaluation(self) -> &'static str {
        match self {
            Self::Classify => "--model OUT --validation-file validation.csv",
            Self::Glue => "--glue-task rte --model OUT --dataset nyu-mll/glue",
            Self::Mrpc => "--model OUT --dataset nyu-mll/glue:mrpc",
            Self::Ner => "--model OUT --validation-file test.conll",
            Self::Nsp | Self::Pretrain => "--model OUT --text FILE",
            Self::Squad => "--model OUT --dataset rajpurkar/squad",
            Self::Choice => "--model OUT --validation-file dev.jsonl",
        }
    }

    /// `command` with its flags.
    pub fn add_flags(self, command: Command) -> Command {
        match self {
            Self::Classify => {
                with_defaults::<TrainClassifier>(TrainClassifier::augment_args(command))
            }
            Self::Glue => with_defaults::<Glue>(Glue::augment_args(command)),
            Self::Mrpc => with_defaults::<Mrpc>(Mrpc::augment_args(command)),
            Self::Ner => with_defaults::<Ner>(Ner::augment_args(command)),
            Self::Nsp => with_defaults::<Nsp>(Nsp::augment_args(command)),
            Self::Squad => with_defaults::<Squad>(Squad::augment_args(command)),
            Self::Choice => with_defaults::<Choice>(Choice::augment_args(command)),
            Self::Pretrain => with_defaults::<Pretrain>(Pretrain::augment_args(command)),
        }
    }

    /// Checks the numbers of a run before anything is read for it.
    ///
    /// # Errors
    /// When one cannot be trained with.
    pub fn check(self, matches: &ArgMatches) -> Result<(), CliError> {
        match self {
            Self::Classify => check::<TrainClassifier>(matches),
            Self::Glue => check::<Glue>(matches),
            Self::Mrpc => check::<Mrpc>(matches),
            Self::Ner => check::<Ner>(matches),
            Self::Nsp => check::<Nsp>(matches),
            Self::Squad => check::<Squad>(matches),
            Self::Choice => check::<Choice>(matches),
            Self::Pretrain => check::<Pretrain>(matches),
        }
    }

    /// All of them, a line each.
    pub fn list() -> String {
        let line = |task: Self| format!("  {:<8}  {}\n", task.name(), task.about());
        Self::ALL.into_iter().map(line).collect()
    }
}

fn check<T: TaskProgram + Parser>(matches: &ArgMatches) -> Result<(), CliError> {
    let program = T::from_arg_matches(matches)?.with_implied_flags();
    Ok(program.arguments().check()?)
}
