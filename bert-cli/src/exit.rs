//! How a program ends: one message, and an exit code that scripts can tell apart.

use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use bert_core::files::FileError;
use bert_data::table::{TableError, WriteError};
use bert_data::{ChoiceError, TagError};
use bert_tasks::PredictionError;
use bert_tasks::embedding::EmbeddingError;
use bert_tasks::training::{StopReason, TrainingError};

use crate::backend::BackendError;
use crate::group::GroupError;
use crate::option_names::as_flags;
use crate::sample;

/// What ended a program.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// The backend cannot be had.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The display cannot be had.
    #[error("cannot open the display: {0}; --dashboard plain needs no terminal")]
    Display(std::io::Error),
    /// The dashboard cannot be had, and it is all that there is.
    #[error("cannot open the dashboard: {0}")]
    Dashboard(std::io::Error),
    /// A run is a folder.
    #[error("{} is no folder", .0.display())]
    NoFolder(PathBuf),
    /// Signals cannot be had.
    #[error("cannot listen to signals: {0}")]
    Signals(#[from] std::io::Error),
    /// Anything in between.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// Data that cannot be had by its name.
    #[cfg(feature = "hub")]
    #[error(transparent)]
    Hub(#[from] Box<bert_hub::HubError>),
    /// Data by its name, in a build that knows no hub.
    #[error("{name} is data on the hub, which a build with cargo's feature hub reads")]
    NoHub {
        /// What was given.
        name: String,
    },
    /// Processes that cannot work together.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// Nothing could be predicted.
    #[error(transparent)]
    Prediction(Box<PredictionError>),
    /// Texts have no vectors.
    #[error(transparent)]
    Embedding(Box<EmbeddingError>),
    /// A file that cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// What went wrong with a line of standard input.
    #[error("line {number} of standard input: {error}")]
    AtLine {
        /// From 1.
        number: usize,
        /// Of the line alone.
        error: Box<ProgramError>,
    },
    /// Standard input that cannot be read, or is not UTF-8.
    #[error("cannot read standard input: {0}")]
    Input(std::io::Error),
    /// A line of standard input that is neither a text nor two.
    #[error("line {number} of standard input is not a text, nor two with a tab between them")]
    Line {
        /// From 1.
        number: usize,
    },
    /// A line of standard input that the model says nothing of.
    #[error(
        "the model's scores of line {number} of standard input are no numbers ({value}); its \
         weights are damaged, or too large"
    )]
    Scores {
        /// From 1.
        number: usize,
        /// The first such score.
        value: f64,
    },
    /// The same of a row of a table.
    #[error(
        "the model's scores of the row in line {line} are no numbers ({value}); its weights are \
         damaged, or too large"
    )]
    RowScores {
        /// Where the row begins, from 1.
        line: usize,
        /// The first such score.
        value: f64,
    },
    /// Questions that cannot be read.
    #[error(transparent)]
    Choice(Box<ChoiceError>),
    /// The model says nothing of a question.
    #[error(
        "the model's scores of the question in line {line} of {} are no numbers ({value}); its \
         weights are damaged, or too large",
        file.display()
    )]
    QuestionScores {
        /// The file, or standard input.
        file: PathBuf,
        /// Where the question begins, from 1.
        line: usize,
        /// The first such score.
        value: f64,
    },
    /// A table that cannot be read.
    #[error(transparent)]
    Table(Box<TableError>),
    /// Tagged sentences that cannot be read.
    #[error(transparent)]
    Tags(Box<TagError>),
    /// A table that cannot be written.
    #[error(transparent)]
    WriteTable(Box<WriteError>),
    /// A model that ONNX is not written of.
    #[error(
        "architectures is {class}, which is none of those that are written as ONNX: BertModel, \
         BertForSequenceClassification, BertForNextSentencePrediction, BertForTokenClassification, \
         BertForQuestionAnswering, BertForMultipleChoice, BertForMaskedLM and BertForPreTraining"
    )]
    NoGraph {
        /// What the configuration says.
        class: String,
    },
    /// Several tables that are read as one.
    #[error(
        "{}: its columns are {}, and those of {} are {}; they go into one table",
        file.display(),
        columns.join(", "),
        first.display(),
        first_columns.join(", ")
    )]
    OtherColumns {
        /// The one with others.
        file: PathBuf,
        /// Its columns.
        columns: Vec<String>,
        /// The one before it.
        first: PathBuf,
        /// The columns of that.
        first_columns: Vec<String>,
    },
    /// A file that is not to be replaced.
    #[error("{} is there already; use `overwrite` to replace it, or another name", .0.display())]
    Exists(PathBuf),
    /// A file that cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Standard output that cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(std::io::Error),
}

#[cfg(feature = "hub")]
impl From<bert_hub::HubError> for ProgramError {
    fn from(error: bert_hub::HubError) -> Self {
        Self::Hub(Box::new(error))
    }
}

impl From<TableError> for ProgramError {
    fn from(error: TableError) -> Self {
        Self::Table(Box::new(error))
    }
}

impl From<ChoiceError> for ProgramError {
    fn from(error: ChoiceError) -> Self {
        Self::Choice(Box::new(error))
    }
}

impl From<TagError> for ProgramError {
    fn from(error: TagError) -> Self {
        Self::Tags(Box::new(error))
    }
}

impl From<WriteError> for ProgramError {
    fn from(error: WriteError) -> Self {
        Self::WriteTable(Box::new(error))
    }
}

impl From<PredictionError> for ProgramError {
    fn from(error: PredictionError) -> Self {
        Self::Prediction(Box::new(error))
    }
}

impl From<EmbeddingError> for ProgramError {
    fn from(error: EmbeddingError) -> Self {
        Self::Embedding(Box::new(error))
    }
}

impl ProgramError {
    /// Says that it was about the line of standard input with this number, from 1.
    pub fn at_line(self, number: usize) -> Self {
        let error = Box::new(self);
        Self::AtLine { number, error }
    }

    /// What is said of it, perhaps on several lines.
    pub(crate) fn text(&self) -> String {
        let message = as_flags(&self.to_string());
        match sample::missing(&message) {
            Some(note) => format!("error: {message}\n{note}"),
            None => format!("error: {message}"),
        }
    }

    /// 2 for wrong flags, as clap has it; 1 for everything else.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Backend(BackendError::NoDevice { .. }) => 1,
            Self::NoFolder(_)
            | Self::Group(GroupError::NotBuilt { .. } | GroupError::ForOne { .. })
            | Self::Backend(_)
            | Self::Training(
                TrainingError::Argument { .. }
                | TrainingError::NotOfHead { .. }
                | TrainingError::UnknownClass { .. }
                | TrainingError::UnknownMetric { .. }
                | TrainingError::Layers { .. }
                | TrainingError::FrozenFresh { .. },
            ) => 2,
            _ => 1,
        }
    }
}

/// Says what went wrong, if anything did, on standard error. A program that a signal has stopped
/// ends as one that the signal has killed: 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
/// One whose reader has seen enough, as in `classify | head`, has done all that was asked for.
pub fn exit_code(result: Result<Option<StopReason>, ProgramError>) -> ExitCode {
    match result {
        Ok(Some(StopReason::Interrupt)) => ExitCode::from(130),
        Ok(Some(StopReason::Terminate)) => ExitCode::from(143),
        Ok(Some(StopReason::Hangup)) => ExitCode::from(129),
        Ok(_) => ExitCode::SUCCESS,
        Err(ProgramError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(ProgramError::WriteTable(error)) if error.is_closed_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.text());
            ExitCode::from(error.code())
        }
    }
}

/// Writes a line to standard error. Nobody may be there to read it, which is no reason to panic.
pub fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Writes a result to standard output, now.
///
/// # Errors
/// When nobody reads it any more, or a disk is full.
pub fn say(text: &str) -> Result<(), ProgramError> {
    let mut out = std::io::stdout().lock();
    let done = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    done.map_err(ProgramError::Output)
}
