//! The tasks of GLUE.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Split;
use super::spec::{self, TaskSpec};
use crate::error::UnknownName;

/// A task of the GLUE benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum GlueTask {
    /// Corpus of Linguistic Acceptability: is a sentence English?
    Cola,
    /// Stanford Sentiment Treebank: does a sentence praise a film?
    #[serde(alias = "sst-2")]
    Sst2,
    /// Microsoft Research Paraphrase Corpus: do two sentences say the same?
    Mrpc,
    /// Quora Question Pairs: do two questions ask the same?
    Qqp,
    /// Semantic Textual Similarity Benchmark: how alike are two sentences, from 0 to 5?
    #[serde(alias = "sts-b")]
    Stsb,
    /// Multi-Genre Natural Language Inference: does the second sentence follow from the first,
    /// contradict it, or neither?
    Mnli,
    /// Questions on passages (SQuAD): does a sentence answer a question?
    Qnli,
    /// Recognizing Textual Entailment: does the second text follow from the first?
    Rte,
    /// Winograd schemas: does the second sentence say what a pronoun in the first means?
    Wnli,
}

impl GlueTask {
    /// Every task there is.
    pub const ALL: [Self; 9] = [
        Self::Cola,
        Self::Sst2,
        Self::Mrpc,
        Self::Qqp,
        Self::Stsb,
        Self::Mnli,
        Self::Qnli,
        Self::Rte,
        Self::Wnli,
    ];

    pub(super) fn spec(self) -> &'static TaskSpec {
        match self {
            Self::Cola => &spec::COLA,
            Self::Sst2 => &spec::SST2,
            Self::Mrpc => &spec::MRPC,
            Self::Qqp => &spec::QQP,
            Self::Stsb => &spec::STSB,
            Self::Mnli => &spec::MNLI,
            Self::Qnli => &spec::QNLI,
            Self::Rte => &spec::RTE,
            Self::Wnli => &spec::WNLI,
        }
    }

    /// Name of the task as flags and Hugging Face have it: `sst2`.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// Name of the task as GLUE writes it, for folders and in print: `SST-2`.
    pub fn title(self) -> &'static str {
        self.spec().title
    }

    /// Names of the classes; a label is an index into them. They are Hugging Face's, for
    /// `id2label` in a model's configuration. A task whose label is a number has none.
    pub fn label_names(self) -> &'static [&'static str] {
        self.spec().label_names
    }

    /// The columns of its texts in Hugging Face's data set, as run_glue.py has them.
    pub fn column_names(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Cola | Self::Sst2 => ("sentence", None),
            Self::Mrpc | Self::Stsb | Self::Rte | Self::Wnli => ("sentence1", Some("sentence2")),
            Self::Qqp => ("question1", Some("question2")),
            Self::Mnli => ("premise", Some("hypothesis")),
            Self::Qnli => ("question", Some("sentence")),
        }
    }

    /// What Hugging Face's data set calls a split; `None` if the task has no such split.
    pub fn split_name(self, split: Split) -> Option<&'static str> {
        match (self, split) {
            (_, Split::Train) => Some("train"),
            (Self::Mnli, Split::Dev) => Some("validation_matched"),
            (Self::Mnli, Split::Test) => Some("test_matched"),
            (Self::Mnli, Split::DevMismatched) => Some("validation_mismatched"),
            (Self::Mnli, Split::TestMismatched) => Some("test_mismatched"),
            (_, Split::Dev) => Some("validation"),
            (_, Split::Test) => Some("test"),
            (_, Split::DevMismatched | Split::TestMismatched) => None,
        }
    }

    /// Whether the label is a number, not a class.
    pub fn is_regression(self) -> bool {
        self.spec().is_regression()
    }

    /// Names of the scores that GLUE reports, in its order; the first decides which model is best.
    pub fn metrics(self) -> &'static [&'static str] {
        self.spec().metrics
    }

    /// The splits that the task has.
    pub fn splits(self) -> &'static [Split] {
        match self {
            Self::Mnli => &Split::ALL,
            _ => &[Split::Train, Split::Dev, Split::Test],
        }
    }

    /// Name of a split's file in the task's folder; `None` if the task has no such split.
    pub fn file_name(self, split: Split) -> Option<&'static str> {
        match (self, split) {
            (_, Split::Train) => Some("train.tsv"),
            (Self::Mnli, Split::Dev) => Some("dev_matched.tsv"),
            (Self::Mnli, Split::Test) => Some("test_matched.tsv"),
            (Self::Mnli, Split::DevMismatched) => Some("dev_mismatched.tsv"),
            (Self::Mnli, Split::TestMismatched) => Some("test_mismatched.tsv"),
            (_, Split::Dev) => Some("dev.tsv"),
            (_, Split::Test) => Some("test.tsv"),
            (_, Split::DevMismatched | Split::TestMismatched) => None,
        }
    }
}

impl fmt::Display for GlueTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// From the task's name or title, in any case.
impl FromStr for GlueTask {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let is = |one: &str| one.eq_ignore_ascii_case(name);
        Self::ALL
            .into_iter()
            .find(|task| is(task.name()) || is(task.title()))
            .ok_or_else(|| UnknownName {
                what: "GLUE task",
                value: name.to_owned(),
                allowed: "cola, sst2, mrpc, qqp, stsb, mnli, qnli, rte, wnli",
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_have_names() {
        for task in GlueTask::ALL {
            assert_eq!(task.to_string().parse(), Ok(task));
            assert_eq!(task.title().parse(), Ok(task));
            assert_eq!(serde_json::to_value(task).unwrap(), task.name());
            let title = task.title().to_lowercase();
            assert_eq!(
                serde_json::from_value::<GlueTask>(title.into()).unwrap(),
                task
            );
        }
        let error = "qqq".parse::<GlueTask>().unwrap_err().to_string();
        let names = GlueTask::ALL.map(GlueTask::name).join(", ");
        assert_eq!(
            error,
            format!("\"qqq\" is not a GLUE task; choose one of {names}")
        );
    }

    #[test]
    fn a_split_has_a_file_if_the_task_has_the_split() {
        for task in GlueTask::ALL {
            for split in Split::ALL {
                let has = task.splits().contains(&split);
                assert_eq!(task.file_name(split).is_some(), has, "{task} {split}");
            }
        }
        let of = |split| GlueTask::Mnli.file_name(split);
        assert_eq!(of(Split::DevMismatched), Some("dev_mismatched.tsv"));
        assert_eq!(GlueTask::Rte.file_name(Split::Dev), Some("dev.tsv"));
    }

    #[test]
    fn only_the_similarity_of_sentences_is_a_number() {
        let numbers = GlueTask::ALL
            .into_iter()
            .filter(|task| task.is_regression());
        assert_eq!(numbers.collect::<Vec<_>>(), [GlueTask::Stsb]);
        for task in GlueTask::ALL {
            assert!(!task.metrics().is_empty());
        }
        assert_eq!(GlueTask::Qqp.metrics(), ["f1", "accuracy"]);
    }
}
