//! What can be wrong with a question, what to do about it, and what was found and done.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::UnknownName;

/// So many ids of a kind are shown.
const SHOWN_IDS: usize = 5;

/// What to do about a question that something is wrong with (see [`Problem`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BadExamples {
    /// Mend what can be mended: an answer with a wrong offset moves to the nearest place that reads
    /// the same, and an impossible question loses its answers. Drop the rest.
    #[default]
    Correct,
    /// Drop bad answers, and questions that are bad themselves or lose their last answer.
    Drop,
    /// Stop at the first.
    Error,
}

impl fmt::Display for BadExamples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Correct => "correct",
            Self::Drop => "drop",
            Self::Error => "error",
        })
    }
}

impl FromStr for BadExamples {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match name {
            "correct" => Ok(Self::Correct),
            "drop" => Ok(Self::Drop),
            "error" => Ok(Self::Error),
            _ => Err(UnknownName {
                what: "choice for bad examples",
                value: name.to_owned(),
                allowed: "correct, drop, error",
            }),
        }
    }
}

/// Something wrong with a question or its answers. Places in a context are in characters
/// (Unicode code points), as the files count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A question before it has the same id.
    #[error("a question before it has the same id")]
    DuplicateId,
    /// The question is empty or white space.
    #[error("the question is empty")]
    EmptyQuestion,
    /// The context is empty or white space.
    #[error("the context is empty")]
    EmptyContext,
    /// An answer is empty or white space.
    #[error("an answer is empty")]
    EmptyAnswer,
    /// The answer is in the context, and not where the file says.
    #[error("the answer {text:?} is not at {answer_start}; the nearest is at {nearest}")]
    WrongOffset {
        /// The answer.
        text: String,
        /// Where the file says it is.
        answer_start: i64,
        /// Where it is: the place nearest to that.
        nearest: usize,
    },
    /// The answer is nowhere in the context.
    #[error("the answer {text:?} is not in the context")]
    NotInContext {
        /// The answer.
        text: String,
    },
    /// The question has answers and is said to have none.
    #[error("is_impossible is true and there are answers")]
    ImpossibleWithAnswers,
}

impl Problem {
    /// The kind of problem, for counting.
    fn kind(&self) -> &'static str {
        match self {
            Self::DuplicateId => "id of a question before",
            Self::EmptyQuestion => "empty question",
            Self::EmptyContext => "empty context",
            Self::EmptyAnswer => "empty answer",
            Self::WrongOffset { .. } => "answer not at its answer_start",
            Self::NotInContext { .. } => "answer not in the context",
            Self::ImpossibleWithAnswers => "is_impossible with answers",
        }
    }
}

/// What was done about a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// The question stays, mended.
    Corrected,
    /// The question stays, without the answer.
    AnswerDropped,
    /// The question is left out.
    QuestionDropped,
}

impl Remedy {
    fn name(self) -> &'static str {
        match self {
            Self::Corrected => "corrected",
            Self::AnswerDropped => "answer dropped",
            Self::QuestionDropped => "question dropped",
        }
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A problem, where it is, and what was done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Id of the question.
    pub id: String,
    /// What is wrong with it.
    pub problem: Problem,
    /// What was done.
    pub remedy: Remedy,
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}; {}", self.id, self.problem, self.remedy)
    }
}

/// What a file holds and what was wrong with it.
///
/// Its text is one line of counts, then a line for each kind of problem and remedy with the
/// number of cases and the first few ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SquadReport {
    /// Articles in the file.
    pub articles: usize,
    /// Paragraphs in the file.
    pub paragraphs: usize,
    /// Questions in the file.
    pub questions: usize,
    /// Questions kept: the examples that were read.
    pub kept: usize,
    /// Questions kept that the passage does not answer.
    pub impossible: usize,
    /// Questions kept for which the file gives no answer, without saying that there is none. A
    /// model cannot be trained on them, only asked.
    pub unlabelled: usize,
    /// Everything that was wrong, in the file's order.
    pub issues: Vec<Issue>,
}

impl SquadReport {
    /// Number of questions left out.
    pub fn dropped(&self) -> usize {
        self.questions - self.kept
    }
}

impl fmt::Display for SquadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} questions on {} paragraphs of {} articles; {} kept: {} with an answer, {} \
             impossible, {} without an answer given",
            self.questions,
            self.paragraphs,
            self.articles,
            self.kept,
            self.kept - self.impossible - self.unlabelled,
            self.impossible,
            self.unlabelled,
        )?;
        let mut kinds: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for issue in &self.issues {
            kinds
                .entry((issue.problem.kind(), issue.remedy.name()))
                .or_default()
                .push(&issue.id);
        }
        for ((kind, remedy), ids) in kinds {
            let shown = &ids[..ids.len().min(SHOWN_IDS)];
            let more = if shown.len() < ids.len() { ", ..." } else { "" };
            let count = ids.len();
            write!(
                f,
                "\n{count} x {kind}, {remedy}: {}{more}",
                shown.join(", ")
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_have_names() {
        for choice in [BadExamples::Correct, BadExamples::Drop, BadExamples::Error] {
            assert_eq!(choice.to_string().parse(), Ok(choice));
            assert_eq!(serde_json::to_value(choice).unwrap(), choice.to_string());
        }
        assert!("skip".parse::<BadExamples>().is_err());
    }

    #[test]
    fn a_report_counts_and_names_what_was_wrong() {
        let issue = |id: usize, problem, remedy| Issue {
            id: format!("q{id}"),
            problem,
            remedy,
        };
        let mut report = SquadReport {
            articles: 1,
            paragraphs: 2,
            questions: 20,
            kept: 19,
            impossible: 4,
            unlabelled: 1,
            issues: vec![issue(3, Problem::EmptyQuestion, Remedy::QuestionDropped)],
        };
        for id in 10..17 {
            let problem = Problem::WrongOffset {
                text: "é".to_owned(),
                answer_start: -1,
                nearest: 7,
            };
            report.issues.push(issue(id, problem, Remedy::Corrected));
        }
        assert_eq!(
            report.to_string(),
            "20 questions on 2 paragraphs of 1 articles; 19 kept: 14 with an answer, 4 \
             impossible, 1 without an answer given\n\
             7 x answer not at its answer_start, corrected: q10, q11, q12, q13, q14, ...\n\
             1 x empty question, question dropped: q3"
        );
        assert_eq!(report.dropped(), 1);
        assert_eq!(
            report.issues[1].to_string(),
            "\"q10\": the answer \"é\" is not at -1; the nearest is at 7; corrected"
        );
    }
}
