//! What a run writes of its flags.

use std::any::TypeId;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bert_core::files::{FileError, write_atomically};
use bert_tasks::events::{Event, Observer, Stamped};
use bert_tasks::hub_name;
use bert_tasks::training::RunOptions;
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Command};
use toml::Value;

use super::{OF_ONE_CALL, RUN_TOML, value};
use crate::backend::BackendName;
use crate::exit::complain;
use crate::hub::ModelName;

/// The first line of a file that a run has written, without the version.
const FIRST_LINE: &str = "# Written by a run of bert";

/// The flags of a run.
#[derive(Clone, Debug, Default)]
pub struct Record {
    task: String,
    flags: Vec<Flag>,
}

#[derive(Clone, Debug)]
struct Flag {
    name: String,
    heading: Option<String>,
    value: Option<Value>,
    /// Whether it was said, and is no default.
    is_given: bool,
    /// Flags that it cannot go with.
    apart_from: Vec<String>,
}

impl Record {
    /// What `matches` of `command` say, with paths as they are from anywhere.
    pub fn of(task: &str, command: &Command, matches: &ArgMatches) -> Self {
        let flag = |arg: &clap::Arg| {
            let name = arg.get_long()?;
            if OF_ONE_CALL.contains(&name)
                || matches!(arg.get_action(), ArgAction::Help | ArgAction::Version)
            {
                return None;
            }
            let id = arg.get_id().as_str();
            let type_id = arg.get_value_parser().type_id();
            let is_name = type_id == TypeId::of::<ModelName>();
            let is_path = is_name || type_id == TypeId::of::<PathBuf>();
            let is_of_hub = |word: &OsStr| is_name && hub_name(Path::new(word)).is_some();
            let words = || matches.get_raw(id).into_iter().flatten();
            let one = |word: &OsStr| match is_path && !is_of_hub(word) {
                true => Value::String(absolute(word)),
                false => value::of_word(&word.to_string_lossy()),
            };
            let value = match arg.get_action() {
                ArgAction::SetTrue => matches.get_flag(id).then_some(Value::Boolean(true)),
                ArgAction::Append => {
                    let all: Vec<Value> = words().map(one).collect();
                    (!all.is_empty()).then_some(Value::Array(all))
                }
                _ => words().next().map(one),
            };
            let apart_from = command.get_arg_conflicts_with(arg).into_iter();
            Some(Flag {
                name: name.to_owned(),
                heading: arg.get_help_heading().map(str::to_owned),
                is_given: value.is_some()
                    && matches.value_source(id) == Some(ValueSource::CommandLine),
                value,
                apart_from: apart_from
                    .filter_map(|arg| arg.get_long().map(str::to_owned))
                    .collect(),
            })
        };
        Self {
            task: task.to_owned(),
            flags: command.get_arguments().filter_map(flag).collect(),
        }
    }

    /// Adds the value of a flag that has none.
    fn fill(&mut self, name: &str, value: Option<Value>) {
        let mut flags = self.flags.iter_mut();
        if let Some(flag) = flags.find(|flag| flag.name == name)
            && flag.value.is_none()
        {
            // A switch that is off is not there.
            flag.value = value.filter(|value| *value != Value::Boolean(false));
        }
    }

    fn set(&mut self, name: &str, value: Option<Value>) {
        let flags = self.flags.iter_mut();
        flags
            .filter(|flag| flag.name == name)
            .for_each(|flag| flag.value = value.clone());
    }

    /// As a file. Of two flags that do not go together, that stays which was given.
    fn text(&self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        let again = "`bert train --config` with it does the run again, in a new folder.";
        let task = Value::String(self.task.clone());
        let mut text = format!("{FIRST_LINE} {version}. {again}\ntask = {task}\n");
        let is_apart = |one: &Flag, other: &Flag| {
            one.apart_from.contains(&other.name) || other.apart_from.contains(&one.name)
        };
        let given: Vec<&Flag> = self.flags.iter().filter(|flag| flag.is_given).collect();
        let stays =
            |flag: &&Flag| flag.is_given || !given.iter().any(|other| is_apart(flag, other));
        let kept = self.flags.iter().filter(|flag| flag.value.is_some());
        let kept: Vec<&Flag> = kept.filter(stays).collect();
        let mut headings: Vec<&Option<String>> = Vec::new();
        for flag in &kept {
            if !headings.contains(&&flag.heading) {
                headings.push(&flag.heading);
            }
        }
        for heading in headings {
            let title = heading.as_deref().unwrap_or("Options");
            let _ = write!(text, "\n# {title}\n");
            for flag in kept.iter().filter(|flag| flag.heading == *heading) {
                if let Some(value) = &flag.value {
                    let _ = writeln!(text, "{} = {value}", flag.name);
                }
            }
        }
        text
    }

    /// `options`, so that a run which has begun with them leaves its `run.toml`, and the folder of
    /// several, of seeds or folds, one for all of them.
    pub fn kept_by(
        self,
        options: RunOptions,
        backend: BackendName,
        is_several: bool,
    ) -> RunOptions {
        let keeper = Keeper {
            record: self,
            backend,
            is_several,
            home: options.output_dir.clone(),
            first_seed: options.arguments.seed,
            folder: Mutex::default(),
        };
        let mut options = options;
        options.observers.push(Arc::new(keeper));
        options
    }
}

/// Whether `folder` holds a `run.toml` that no run has written.
pub fn is_foreign(folder: &Path) -> bool {
    let text = std::fs::read(folder.join(RUN_TOML));
    text.is_ok_and(|text| !text.starts_with(FIRST_LINE.as_bytes()))
}

/// From anywhere.
fn absolute(path: &OsStr) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.into());
    path.to_string_lossy().into_owned()
}

/// Writes it once a run has begun: one that is refused leaves what is there.
struct Keeper {
    record: Record,
    backend: BackendName,
    is_several: bool,
    home: PathBuf,
    first_seed: u64,
    folder: Mutex<PathBuf>,
}

impl Keeper {
    fn write(&self, arguments: &serde_json::Value) -> Result<(), FileError> {
        let mut record = self.record.clone();
        record.fill("backend", Some(Value::String(self.backend.to_string())));
        for (name, json) in arguments.as_object().into_iter().flatten() {
            record.fill(&name.replace('_', "-"), value::of_json(json));
        }
        if self.is_several {
            record.set("seed", value::of_json(&self.first_seed.into()));
            write_atomically(&self.home.join(RUN_TOML), record.text().as_bytes())?;
            record.set("seed", value::of_json(&arguments["seed"]));
            record.set("seeds", None);
        }
        let folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        write_atomically(&folder.join(RUN_TOML), record.text().as_bytes())
    }
}

impl Observer for Keeper {
    fn begin(&self, output_dir: &Path, _past: &[Stamped]) {
        *self.folder.lock().unwrap_or_else(PoisonError::into_inner) = output_dir.to_path_buf();
    }

    fn event(&self, stamped: &Stamped) {
        // The training goes on without it.
        if let Event::Start(start) = &stamped.event
            && let Err(error) = self.write(&start.arguments)
        {
            complain(&format!("warning: no {RUN_TOML}: {error}"));
        }
    }
}
