//! From the words of a command line to what is to be done.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{ArgMatches, Command, FromArgMatches};
use clap_complete::Shell;

use super::sweep::read_sweep;
use super::words::{asks_for_help, given, value};
use super::{
    CliError, Predictor, Task, predict_command, root, sweep_command, tag_command, train_command,
};
use crate::commands::answer::Answer;
use crate::commands::check_data::CheckData;
use crate::commands::choose::Choose;
use crate::commands::classify::Classify;
use crate::commands::convert::Convert;
use crate::commands::embed::Embed;
use crate::commands::fill_mask::Fill;
use crate::commands::sweep::Sweep;
use crate::commands::tag::Tag;
use crate::commands::watch::Watch;
use crate::hub::{HubFlags, ModelName, Shown};
use crate::run_toml::RunToml;
use bert_tasks::training::TrainingError;

/// What somebody wants.
pub enum Request {
    /// `train`, `evaluate`, `pretrain`.
    Task {
        /// Which task.
        task: Task,
        /// Its flags.
        command: Box<Command>,
        /// What they are.
        matches: ArgMatches,
    },
    /// `sweep`.
    Sweep(Sweep),
    /// `predict` with a model that labels texts.
    Classify(Classify),
    /// `predict` with a model that tags words.
    Tag(Box<Tag>),
    /// `predict` with a model that answers questions.
    Answer(Answer),
    /// `predict` with a model that picks choices.
    Choose(Choose),
    /// `predict` with a model that fills masks.
    FillMask(Fill),
    /// `embed`.
    Embed(Box<Embed>),
    /// `convert`.
    Convert(Convert),
    /// `data check`.
    CheckData(Box<CheckData>),
    /// `watch`.
    Watch(Watch),
    /// `backends`.
    Backends,
    /// `completions`.
    Completions(Shell),
}

/// Reads a command line, the name of the program first.
///
/// # Errors
/// [`CliError`], which also stands for a question for help.
pub fn read(words: &[OsString]) -> Result<Request, CliError> {
    let rest = words.get(2..).unwrap_or_default();
    match words.get(1).and_then(|name| name.to_str()) {
        Some("train") => read_task("train", rest),
        Some("evaluate") => read_task("evaluate", rest),
        Some("pretrain") => read_task("pretrain", rest),
        Some("sweep") => read_sweep_or_help(rest),
        Some("predict") => read_prediction(rest),
        Some("tag") => read_tag(rest),
        _ => read_other(words),
    }
}

pub(super) fn read_task(name: &'static str, rest: &[OsString]) -> Result<Request, CliError> {
    let task = match name {
        "pretrain" => match config_of(rest)?.as_ref().and_then(RunToml::task) {
            Some(other) if other != Task::Pretrain.name() => {
                let name = other.to_owned();
                return Err(CliError::OtherTask { name });
            }
            _ => Ok(Task::Pretrain),
        },
        _ => task_of(rest),
    };
    let task = match task {
        Err(CliError::NoTask) if asks_for_help(rest) => {
            return read_other(&words(name, &[], rest));
        }
        task => task?,
    };
    let config = config_of(rest)?;

    let command = train_command(name, Some(task));
    let mut given = given(rest);
    let mut more = Vec::new();
    if name == "evaluate" && !given.iter().any(|flag| flag == "eval-only") {
        more.push("--eval-only".into());
        given.push("eval-only".to_owned());
    }
    if let Some(config) = &config {
        more.extend(config.words(&command, &given)?);
    }
    let matches = matches(&command, &words(name, &more, rest))?;
    Ok(Request::Task {
        task,
        command: Box::new(command),
        matches,
    })
}

/// The file of flags, where there is one.
fn config_of(rest: &[OsString]) -> Result<Option<RunToml>, CliError> {
    let config = value(rest, "config").map(|path| RunToml::read(Path::new(&path)));
    Ok(config.transpose()?)
}

/// The task that the words or their file of flags name.
pub(super) fn task_of(rest: &[OsString]) -> Result<Task, CliError> {
    let name = match value(rest, "task") {
        Some(name) => Some(name.to_string_lossy().into_owned()),
        None => config_of(rest)?
            .as_ref()
            .and_then(RunToml::task)
            .map(str::to_owned),
    };
    let name = name.ok_or(CliError::NoTask)?;
    Task::named(&name).ok_or_else(|| CliError::UnknownTask {
        name,
        there_are: Task::list(),
    })
}

/// Help is for the task that is named; everything else is for the runs.
fn read_sweep_or_help(rest: &[OsString]) -> Result<Request, CliError> {
    if !asks_for_help(rest) {
        return Ok(Request::Sweep(read_sweep(rest)?));
    }
    let words = words("sweep", &[], rest);
    match task_of(rest) {
        Ok(task) => matches(&sweep_command(Some(task)), &words)?,
        Err(CliError::NoTask) => matches(&sweep_command(None), &words)?,
        Err(error) => return Err(error),
    };
    Err(CliError::NoTask)
}

fn read_prediction(rest: &[OsString]) -> Result<Request, CliError> {
    let named = value(rest, "task").map(|name| name.to_string_lossy().into_owned());
    let hub = HubFlags {
        offline: given(rest).iter().any(|flag| flag == "offline"),
    };
    let model = value(rest, "model").map(PathBuf::from);
    let predictor = match (named, model) {
        (Some(name), _) => Predictor::named(&name).ok_or_else(|| CliError::UnknownTask {
            name,
            there_are: Predictor::list(),
        })?,
        (None, Some(folder)) => {
            let found = ModelName::from(folder.clone()).find(hub, Shown::OnErrors);
            let found = found.map_err(TrainingError::from)?;
            Predictor::of_model(&found.folder)?.ok_or(CliError::NoHead { folder })?
        }
        (None, None) => return read_other(&words("predict", &[], rest)),
    };
    let command = predict_command(Some(predictor));
    let matches = matches(&command, &words("predict", &[], rest))?;
    Ok(match predictor {
        Predictor::Classify => Request::Classify(Classify::from_arg_matches(&matches)?),
        Predictor::Tag => Request::Tag(Box::new(Tag::from_arg_matches(&matches)?)),
        Predictor::Answer => Request::Answer(Answer::from_arg_matches(&matches)?),
        Predictor::Choose => Request::Choose(Choose::from_arg_matches(&matches)?),
        Predictor::FillMask => Request::FillMask(Fill::from_arg_matches(&matches)?),
    })
}

/// `predict` with a model that tags words, whatever its configuration says that it is.
fn read_tag(rest: &[OsString]) -> Result<Request, CliError> {
    let command = tag_command();
    let matches = matches(&command, &words("tag", &[], rest))?;
    Ok(Request::Tag(Box::new(Tag::from_arg_matches(&matches)?)))
}

fn read_other(words: &[OsString]) -> Result<Request, CliError> {
    let matches = root(None).try_get_matches_from(words)?;
    match matches.subcommand() {
        Some(("convert", matches)) => Ok(Request::Convert(Convert::from_arg_matches(matches)?)),
        Some(("embed", matches)) => {
            let embed = Embed::from_arg_matches(matches)?;
            Ok(Request::Embed(Box::new(embed)))
        }
        Some(("data", matches)) => match matches.subcommand() {
            Some((_, matches)) => {
                let check = CheckData::from_arg_matches(matches)?;
                Ok(Request::CheckData(Box::new(check)))
            }
            None => Err(CliError::NoTask),
        },
        Some(("watch", matches)) => Ok(Request::Watch(Watch::from_arg_matches(matches)?)),
        Some(("completions", matches)) => {
            let shell: &Shell = matches.get_one("shell").expect("clap asks for it");
            Ok(Request::Completions(*shell))
        }
        Some(("backends", _)) => Ok(Request::Backends),
        _ => Err(CliError::NoTask),
    }
}

fn words(name: &str, more: &[OsString], rest: &[OsString]) -> Vec<OsString> {
    let own = ["bert", name].map(OsString::from);
    [&own[..], more, rest].concat()
}

/// What `command`, of the whole program, makes of the words.
fn matches(command: &Command, words: &[OsString]) -> Result<ArgMatches, CliError> {
    let mut matches = root(Some(command.clone())).try_get_matches_from(words)?;
    let own = matches.remove_subcommand();
    Ok(own.map(|(_, matches)| matches).unwrap_or_default())
}
