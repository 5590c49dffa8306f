//! Picks one of the choices of each question, with a model that `choice` or `transformers` has saved.
//!
//! Questions are JSON lines, or the files of `--file`. A line of output is an object: the number of
//! the `choice` from 0, its `text`, and the `probabilities` of all.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use crate::backend::{BackendInfo, BackendName, Program, TrainBackend, backend_flag};
use crate::exit::{ProgramError, complain};
use crate::flags::TokenizerFlags;
use crate::hub::ModelName;
use crate::labelled_tables::Output;
use crate::start::ModelProgram;
use bert_core::backend::BertBackend;
use bert_data::choice::ChoiceReader;
use bert_data::table::LabelUse;
use bert_data::{ChoiceError, ChoiceExample};
use bert_tasks::PredictionError;
use bert_tasks::choice::Chooser;
use clap::Parser;
use serde::Serialize;

/// Shown below its help.
const EXAMPLE: &str = "Example:\n  cargo run --release --example choose -- --model DIR < questions.jsonl\n  \
     cargo run --release --example choose -- --model DIR --file swag.csv --output choices.jsonl";

/// Questions that are read before one is answered: enough for batches of similar length.
const QUESTIONS: usize = 1024;

/// What a program writes in one go comes faster.
const NEXT: Duration = Duration::from_millis(100);

/// Picks one of the choices of each question: a JSON object a line, with context, question and
/// choices.
#[derive(Parser)]
#[command(name = "choose", after_help = EXAMPLE)]
pub struct Choose {
    /// Model: a folder with config.json, model.safetensors (or pytorch_model.bin), vocab.txt, or
    /// its name on the hub
    #[arg(long, value_name = "DIR|NAME", value_parser = ModelName::parser())]
    model: ModelName,
    /// A file of questions instead of standard input: JSON lines, or SWAG's or RACE's
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Where the choices go [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file of --output
    #[arg(long, requires = "output")]
    overwrite: bool,
    #[command(flatten)]
    tokenizer: TokenizerFlags,
    /// Backend to run on, of those compiled in; the strongest when not given
    #[arg(long, value_name = "NAME", value_parser = backend_flag())]
    backend: Option<BackendName>,
}

/// A line of output.
#[derive(Serialize)]
struct Line<'a> {
    choice: usize,
    text: &'a str,
    probabilities: Vec<f64>,
}

impl ModelProgram for Choose {
    fn backend(&self) -> Option<BackendName> {
        self.backend
    }
}

impl Program for Choose {
    type Output = Result<(), ProgramError>;

    fn run<B: TrainBackend>(self, device: B::Device, _backend: BackendInfo) -> Self::Output {
        let (folder, path) = self.tokenizer.open_and_say(&self.model)?;
        let loaded = folder.load_trained(&path, &device);
        let (model, _) = loaded.map_err(PredictionError::from)?;
        let chooser = Chooser::<B::InnerBackend>::new(model, folder);
        let mut output = Output::open(self.output.as_deref(), self.overwrite)?;
        let given = self.file.filter(|file| file.as_os_str() != "-");
        let name = given.clone().unwrap_or_else(|| "standard input".into());
        let read = questions(given);
        loop {
            let (questions, end) = next(&read);
            // What came before a wrong question is answered all the same.
            choose(&chooser, &name, &questions, &mut output)?;
            match end {
                None => {}
                Some(Ok(())) => return output.keep(),
                Some(Err(error)) => return Err(error.into()),
            }
        }
    }
}

type Question = (usize, ChoiceExample);

/// Reads questions as they come, ahead of whoever takes them.
fn questions(file: Option<PathBuf>) -> Receiver<Result<Question, ChoiceError>> {
    let (send, receive) = sync_channel(QUESTIONS);
    std::thread::spawn(move || {
        let reader = match &file {
            Some(file) => ChoiceReader::open(file, LabelUse::Unused),
            None => ChoiceReader::from_reader("standard input", std::io::stdin(), LabelUse::Unused),
        };
        match reader {
            Ok(questions) => {
                // Nobody takes them any more once one was wrong.
                let _ = questions
                    .into_iter()
                    .try_for_each(|question| send.send(question));
            }
            Err(error) => drop(send.send(Err(error))),
        }
    });
    receive
}

/// The next questions, as many as are there to be answered together; and how they end, where they
/// do.
fn next(
    read: &Receiver<Result<Question, ChoiceError>>,
) -> (Vec<Question>, Option<Result<(), ChoiceError>>) {
    let mut questions = Vec::new();
    let mut first = Some(read.recv().ok());
    while questions.len() < QUESTIONS {
        let question = match first.take() {
            Some(question) => question,
            None => match read.recv_timeout(NEXT) {
                Ok(question) => Some(question),
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => break,
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => None,
            },
        };
        match question {
            Some(Ok(question)) => questions.push(question),
            Some(Err(error)) => return (questions, Some(Err(error))),
            None => return (questions, Some(Ok(()))),
        }
    }
    (questions, None)
}

/// Writes a line for each question.
fn choose<B: BertBackend>(
    chooser: &Chooser<B>,
    file: &Path,
    questions: &[Question],
    output: &mut Output,
) -> Result<(), ProgramError> {
    let examples: Vec<ChoiceExample> = questions
        .iter()
        .map(|(_, question)| question.clone())
        .collect();
    let choices = chooser.choose(&examples).map_err(|error| match error {
        PredictionError::NotFinite { index, value, .. } => ProgramError::QuestionScores {
            file: file.to_owned(),
            line: questions[index].0,
            value,
        },
        other => other.into(),
    })?;
    for ((line, question), choice) in questions.iter().zip(choices) {
        if choice.num_truncated_tokens > 0 {
            complain(&format!(
                "warning: the question in line {line} is too long for the model: {} tokens were not \
                 seen",
                choice.num_truncated_tokens
            ));
        }
        let answer = Line {
            choice: choice.choice,
            text: &question.choices[choice.choice],
            probabilities: choice.probabilities,
        };
        serde_json::to_writer(&mut *output, &answer)
            .map_err(std::io::Error::from)
            .and_then(|()| output.write_all(b"\n"))
            .map_err(ProgramError::Output)?;
    }
    // Whoever waits for an answer gets it.
    output.flush().map_err(ProgramError::Output)
}
