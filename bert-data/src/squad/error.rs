//! What can be wrong with a SQuAD file, and with the lengths it is encoded to.

use std::path::{Path, PathBuf};

use super::file::JsonPath;
use super::json::SHAPE;
use super::report::Problem;
use crate::foreign::Foreign;
use crate::text::Unread;
use crate::tokenizer::TokenizerError;

/// A SQuAD file that cannot be used, or not encoded as asked. Lines and columns count from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SquadError {
    /// The file does not exist or cannot be read.
    #[error("cannot read {}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not UTF-8.
    #[error("{}, line {line}: not UTF-8; convert the file to UTF-8 first", file.display())]
    NotUtf8 {
        /// The file.
        file: PathBuf,
        /// Line of the first bad byte.
        line: usize,
    },
    /// The file has no bytes, or only white space.
    #[error("{} is empty", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
    },
    /// The file is of another kind.
    #[error("{} is not SQuAD's JSON: it is {what}", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// What it is.
        what: Foreign,
    },
    /// The file is not JSON, a field is missing or null that must be there, or one has a value of
    /// the wrong type.
    #[error(
        "{}, line {line}, column {column}{}: {message}",
        file.display(),
        place(key, id.as_deref())
    )]
    Json {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The column.
        column: usize,
        /// The keys that lead there, such as `data[0].paragraphs[2].qas[1]`; empty at the top.
        key: Box<str>,
        /// The question's id, if it is in one and the id is known.
        id: Option<Box<str>>,
        /// What is wrong there.
        message: Box<str>,
    },
    /// A Parquet file, and the feature that reads them is not built.
    #[error(
        "{}: this build does not read Parquet; build with the feature `parquet`, or write the \
         questions as JSON lines",
        file.display()
    )]
    NotBuilt {
        /// The file.
        file: PathBuf,
    },
    /// A Parquet file that is broken, or written in a way that is not read.
    #[error("{}: {message}", file.display())]
    Parquet {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        message: Box<str>,
    },
    /// A Parquet file without a column that must be there.
    #[error(
        "{}: no column {column:?}; SQuAD's Parquet has id, title, context, question and \
         answers: {{text: [...], answer_start: [...]}}, and this has {}",
        file.display(),
        columns.join(", ")
    )]
    NoColumn {
        /// The file.
        file: PathBuf,
        /// The column.
        column: &'static str,
        /// The columns that are there.
        columns: Vec<String>,
    },
    /// A value in a Parquet file that is missing or of the wrong type.
    #[error(
        "{}, row {row}{}: {message}",
        file.display(),
        place(key, id.as_deref())
    )]
    Row {
        /// The file.
        file: PathBuf,
        /// Number of the row, from 1.
        row: usize,
        /// The column, and the way to the value in it, such as `answers.answer_start[0]`.
        key: Box<str>,
        /// The question's id, if it is known.
        id: Option<Box<str>>,
        /// What is wrong there.
        message: Box<str>,
    },
    /// An object that is neither a file of questions nor one of them.
    #[error("{}, top level: no \"data\"; {SHAPE}", file.display())]
    NoData {
        /// The file.
        file: PathBuf,
    },
    /// The file has the right shape and no question.
    #[error("{} has no questions", file.display())]
    NoQuestions {
        /// The file.
        file: PathBuf,
    },
    /// Something is wrong with a question, and it was asked not to go on then.
    #[error(
        "{}, {place}, id {id:?}: {problem}; mend the file, or read it with `bad_examples` \
         correct or drop",
        file.display()
    )]
    BadExample {
        /// The file.
        file: PathBuf,
        /// The question.
        place: JsonPath,
        /// The question's id.
        id: String,
        /// What is wrong.
        problem: Problem,
    },
    /// The lengths leave a long question's passage no window, or none that moves on.
    #[error(
        "`max_seq_length` {max_seq_length} is too small: after {max_query_length} tokens of \
         question (`max_query_length`) and 3 special tokens, {window} are left for the passage, \
         and more than `doc_stride` {doc_stride} must be; enlarge `max_seq_length` or lower the \
         other two"
    )]
    NoWindow {
        /// The longest sequence asked for, in tokens.
        max_seq_length: usize,
        /// The longest question asked for, in tokens.
        max_query_length: usize,
        /// The overlap of windows asked for, in tokens.
        doc_stride: usize,
        /// Tokens that are left for the passage.
        window: usize,
    },
    /// A passage of 4 GiB or more.
    #[error("the passage of question {id:?} has {bytes} bytes; a passage must be under 4 GiB")]
    LongPassage {
        /// Id of the first question on it.
        id: String,
        /// Its length.
        bytes: usize,
    },
    /// The tokenizer failed on a text.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
}

impl SquadError {
    /// What a file is not read for.
    pub(super) fn unread(file: &Path, fault: Unread) -> Self {
        let file = file.to_owned();
        match fault {
            Unread::Io(source) => Self::Io { file, source },
            Unread::Foreign(what) => Self::Foreign { file, what },
            Unread::NotUtf8 { line } => Self::NotUtf8 { file, line },
        }
    }
}

/// A key and an id, as they follow a line and a column.
fn place(key: &str, id: Option<&str>) -> String {
    let key = match key {
        "" => String::new(),
        key => format!(", {key}"),
    };
    match id {
        Some(id) => format!("{key}, id {id:?}"),
        None => key,
    }
}
