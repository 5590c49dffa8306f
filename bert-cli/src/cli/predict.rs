//! What a model predicts.

use std::path::Path;

use bert_core::config::BertConfig;
use bert_core::weights::{find_weights, open};
use bert_tasks::training::TrainingError;
use clap::{Args, Command};

use crate::commands::answer::Answer;
use crate::commands::choose::Choose;
use crate::commands::classify::Classify;
use crate::commands::convert::architecture;
use crate::commands::fill_mask::Fill;
use crate::commands::tag::Tag;

/// What is done with a model, by its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Predictor {
    /// Labels texts.
    Classify,
    /// Tags words.
    Tag,
    /// Answers questions on a passage.
    Answer,
    /// Picks one of several choices.
    Choose,
    /// Says which words fit where a text has `[MASK]`.
    FillMask,
}

impl Predictor {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Classify,
        Self::Tag,
        Self::Answer,
        Self::Choose,
        Self::FillMask,
    ];

    /// That of the model in a folder; nothing where its head is none of these.
    ///
    /// # Errors
    /// When the folder holds no model.
    pub fn of_model(folder: &Path) -> Result<Option<Self>, TrainingError> {
        let config = BertConfig::from_folder(folder)?;
        let mut named = config.architectures.iter().map(String::as_str);
        if let Some(found) = named.find_map(Self::of_architecture) {
            return Ok(Some(found));
        }
        // Older files do not say what they are.
        let source = open(&find_weights(folder)?)?;
        Ok(architecture(source.as_ref()).and_then(|name| Self::of_architecture(&name)))
    }

    fn of_architecture(name: &str) -> Option<Self> {
        match name {
            "BertForSequenceClassification" | "BertForNextSentencePrediction" => {
                Some(Self::Classify)
            }
            "BertForTokenClassification" => Some(Self::Tag),
            "BertForQuestionAnswering" => Some(Self::Answer),
            "BertForMultipleChoice" => Some(Self::Choose),
            "BertForMaskedLM" | "BertForPreTraining" => Some(Self::FillMask),
            _ => None,
        }
    }

    /// As `--task` has it: the name of the task on the hub, which is mostly that of the pipeline of
    /// `transformers`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Classify => "text-classification",
            Self::Tag => "token-classification",
            Self::Answer => "question-answering",
            Self::Choose => "multiple-choice",
            Self::FillMask => "fill-mask",
        }
    }

    /// That of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.name() == name)
    }

    /// All of them, a line each.
    pub fn list() -> String {
        let line = |task: Self| format!("  {:<20}  {}\n", task.name(), task.about());
        Self::ALL.into_iter().map(line).collect()
    }

    /// In a line.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Classify => "labels texts",
            Self::Tag => "finds names in texts, or tags their words",
            Self::Answer => "answers questions on a passage",
            Self::Choose => "picks one of several choices",
            Self::FillMask => "says which words fit where a text has [MASK]",
        }
    }

    /// A command line.
    pub const fn example(self) -> &'static str {
        match self {
            Self::Classify => "bert predict --model DIR < pairs.tsv > labels.tsv",
            Self::Tag => "bert predict --model DIR \"Ada Lovelace lived in London.\"",
            Self::Answer => "bert predict --model DIR --context FILE --question \"Who ...?\"",
            Self::Choose => "bert predict --model DIR < questions.jsonl > choices.jsonl",
            Self::FillMask => "bert predict --model DIR \"The [MASK] of the United States.\"",
        }
    }

    /// `command` with its flags.
    pub fn add_flags(self, command: Command) -> Command {
        match self {
            Self::Classify => Classify::augment_args(command),
            Self::Tag => Tag::augment_args(command),
            Self::Answer => Answer::augment_args(command),
            Self::Choose => Choose::augment_args(command),
            Self::FillMask => Fill::augment_args(command),
        }
    }
}
