//! What can be wrong with a file of questions.

use std::path::PathBuf;

use crate::table::TableError;
use crate::table::nearest::{or_nearest, some_of};

/// Questions that cannot be read. Lines count from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// The file is no table of one of the formats, or one of its rows is broken.
    #[error(transparent)]
    Table(Box<TableError>),
    /// A folder without a file of RACE's.
    #[error(
        "{} has no file that ends in .txt, as the folders of RACE have; give a file of questions, \
         or a pattern of names",
        folder.display()
    )]
    EmptyFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// A field that every question of its layout has.
    #[error(
        "{}: no field is named {field:?}{}; the fields are {}; {layout}{}",
        file.display(),
        or_nearest(nearest.as_deref()),
        some_of(fields),
        advice(field)
    )]
    NoField {
        /// The file.
        file: PathBuf,
        /// The name that was looked for.
        field: String,
        /// The name that is most like it.
        nearest: Option<String>,
        /// The names there are.
        fields: Vec<String>,
        /// What a question has.
        layout: &'static str,
    },
    /// A question that is none.
    #[error("{}, line {line}{}: {problem}", file.display(), of_passage(*question))]
    Row {
        /// The file.
        file: PathBuf,
        /// The line in which the row begins; of Parquet the number of the row.
        line: usize,
        /// Which of the questions on a passage, from 1, where a row has several.
        question: Option<usize>,
        /// What is wrong with it.
        problem: ChoiceProblem,
    },
}

/// What is wrong with a question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChoiceProblem {
    /// A text that is none.
    #[error("{found} where the text of {field:?} should be")]
    NoText {
        /// The field.
        field: String,
        /// What is there.
        found: &'static str,
    },
    /// Something else than a list.
    #[error("{found} where {field:?} should be a list; write lists as JSON lines have them")]
    NoList {
        /// The field.
        field: String,
        /// What is there.
        found: &'static str,
    },
    /// A passage whose lists do not go together.
    #[error("{questions} questions and {found} {field}; each question has its own")]
    Counts {
        /// The field.
        field: String,
        /// How many it has.
        found: usize,
        /// How many it should have.
        questions: usize,
    },
    /// A passage that nothing is asked on.
    #[error("the passage has no questions")]
    NoQuestions,
    /// Nothing to choose from.
    #[error("the question has no choices; it needs two at least")]
    NoChoices,
    /// Nothing to choose between.
    #[error("the question has one choice only, {choice:?}; it needs two at least")]
    OneChoice {
        /// The choice.
        choice: String,
    },
    /// A choice without a text.
    #[error("choice {choice} (from 0) is empty; take it out, and mind the label")]
    EmptyChoice {
        /// Its number, from 0.
        choice: usize,
    },
    /// Nothing says which choice is right.
    #[error("the question is not labelled, and training and scoring need its right choice")]
    NoLabel,
    /// A number or a letter that no choice has.
    #[error(
        "the label is {label}, and there are {choices} choices: numbers from 0 to {}, letters from \
         A to {}",
        choices - 1,
        letter(*choices)
    )]
    LabelOutside {
        /// As it is written.
        label: String,
        /// How many there are.
        choices: usize,
    },
    /// A text that is none of the choices.
    #[error(
        "the label {label:?} is neither a number, nor a letter, nor one of the choices{}",
        or_nearest(nearest.as_deref())
    )]
    UnknownLabel {
        /// As it is written.
        label: String,
        /// The choice that is most like it.
        nearest: Option<String>,
    },
    /// A text that may stand for several choices.
    #[error(
        "the label {label:?} may be any of the choices {} (from 0); write the number of the right \
         one, in JSON without quotes",
        numbers(choices)
    )]
    AmbiguousLabel {
        /// As it is written.
        label: String,
        /// The numbers of these choices, from 0.
        choices: Vec<usize>,
    },
    /// A value that can be no label.
    #[error(
        "the label is {found}; it is the number of the right choice from 0, its letter or its text"
    )]
    LabelKind {
        /// What is there.
        found: &'static str,
    },
}

// Boxed, because it is the larger one.
impl From<TableError> for ChoiceError {
    fn from(error: TableError) -> Self {
        Self::Table(Box::new(error))
    }
}

fn advice(field: &str) -> &'static str {
    match field {
        "context" => "; where there is no passage, the question is the context",
        _ => "",
    }
}

fn of_passage(question: Option<usize>) -> String {
    question.map_or_else(String::new, |number| format!(", question {number}"))
}

/// That of the last choice.
fn letter(choices: usize) -> char {
    let last = u8::try_from(choices.saturating_sub(1)).unwrap_or(u8::MAX);
    char::from(b'A' + last.min(25))
}

fn numbers(choices: &[usize]) -> String {
    let numbers: Vec<String> = choices.iter().map(usize::to_string).collect();
    numbers.join(" and ")
}
