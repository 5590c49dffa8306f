//! What `--help` says of flags whose default depends on the program and on other flags.

use bert_tasks::training::TrainingArguments;
use clap::{Command, Parser};
use serde_json::{Map, Value};

use super::TaskProgram;

/// `command`, which has the flags of T, with the default of each hyperparameter in its help.
pub fn with_defaults<T: TaskProgram + Parser>(command: Command) -> Command {
    let program = |more: &[&str]| {
        let words = [&["program"][..], more].concat();
        let bare = T::try_parse_from(&words);
        // What it cannot do without.
        bare.or_else(|_| T::try_parse_from([&words[..], &["--text=file"]].concat()))
    };
    let (Ok(bare), Ok(of_model)) = (program(&[]), program(&["--model=folder"])) else {
        return command;
    };
    let (bare, of_model) = (values(&bare.arguments()), values(&of_model.arguments()));
    command.mut_args(|arg| {
        let name = arg.get_id().as_str();
        let default = match (shown(&of_model, name), shown(&bare, name)) {
            (Some(one), Some(other)) if one == other => one,
            (Some(one), Some(other)) => format!("{one}; without --model {other}"),
            _ => return arg,
        };
        let has_value = arg.get_action().takes_values();
        match arg
            .get_help()
            .filter(|_| has_value)
            .map(ToString::to_string)
        {
            Some(help) if !help.contains("[default") => {
                arg.help(format!("{help} [default: {default}]"))
            }
            _ => arg,
        }
    })
}

fn values(arguments: &TrainingArguments) -> Map<String, Value> {
    match serde_json::to_value(arguments) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

fn shown(values: &Map<String, Value>, name: &str) -> Option<String> {
    match values.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_f64() => Some(format!("{:?}", number.as_f64()?)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
