//! A file of flags as a command line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Command};
use toml::{Table, Value};

use super::{RUN_TOML, value};

/// A file of flags.
#[derive(Clone, Debug)]
pub struct RunToml {
    path: PathBuf,
    task: Option<String>,
    flags: Vec<(String, Value)>,
}

/// A file of flags that cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be opened.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no TOML.
    #[error("{} is not TOML: {source}", path.display())]
    Syntax {
        /// Which one.
        path: PathBuf,
        /// Where, and what.
        source: Box<toml::de::Error>,
    },
    /// There is no such flag.
    #[error("{}: there is no flag `{key}`{}", path.display(), did_you_mean(nearest))]
    Unknown {
        /// The file.
        path: PathBuf,
        /// As it is there.
        key: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// A flag under both of its names.
    #[error("{}: `{key}` is there twice", path.display())]
    Twice {
        /// The file.
        path: PathBuf,
        /// With hyphens.
        key: String,
    },
    /// A value that the flag cannot have.
    #[error("{}: `{key}` must be {expected}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// With hyphens.
        key: String,
        /// What it can be.
        expected: &'static str,
    },
}

fn did_you_mean(nearest: &Option<String>) -> String {
    let nearest = nearest.iter();
    nearest
        .map(|name| format!("; did you mean `{name}`?"))
        .collect()
}

impl RunToml {
    /// Reads a file, or the `run.toml` of a folder.
    ///
    /// # Errors
    /// When it cannot be read or is no TOML.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let path = match path.is_dir() {
            true => path.join(RUN_TOML),
            false => path.to_path_buf(),
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(path, &text),
            Err(source) => Err(ConfigError::Read { path, source }),
        }
    }

    fn parse(path: PathBuf, text: &str) -> Result<Self, ConfigError> {
        let table: Table = match text.parse() {
            Ok(table) => table,
            Err(source) => {
                let source = Box::new(source);
                return Err(ConfigError::Syntax { path, source });
            }
        };
        let (mut task, mut flags) = (None, Vec::<(String, Value)>::new());
        for (key, value) in table {
            let key = key.replace('_', "-");
            if flags.iter().any(|(other, _)| *other == key) {
                return Err(ConfigError::Twice { path, key });
            }
            match (key.as_str(), value) {
                ("task", Value::String(name)) => task = Some(name),
                ("task", _) => {
                    let expected = "the name of a task";
                    return Err(ConfigError::Value {
                        path,
                        key,
                        expected,
                    });
                }
                (_, value) => flags.push((key, value)),
            }
        }
        Ok(Self { path, task, flags })
    }

    /// What is trained, where that is said.
    pub fn task(&self) -> Option<&str> {
        self.task.as_deref()
    }

    /// The words for `command`, without those flags that are `given` on the command line or do not
    /// go with one that is.
    ///
    /// # Errors
    /// When the command has no such flag, or the flag cannot have such a value.
    pub fn words(&self, command: &Command, given: &[String]) -> Result<Vec<OsString>, ConfigError> {
        let mut words = Vec::new();
        for (key, value) in &self.flags {
            let Some(arg) = find(command, key) else {
                return Err(self.unknown(key, command));
            };
            if !is_settled(command, arg, given) {
                words.extend(self.words_of(arg, key, value)?);
            }
        }
        Ok(words)
    }

    fn words_of(&self, arg: &Arg, key: &str, value: &Value) -> Result<Vec<OsString>, ConfigError> {
        let wrong = |expected| ConfigError::Value {
            path: self.path.clone(),
            key: key.to_owned(),
            expected,
        };
        let word =
            |value: &Value| value::to_word(value).map(|word| format!("--{key}={word}").into());
        match (arg.get_action(), value) {
            (ArgAction::SetTrue, Value::Boolean(true)) => Ok(vec![format!("--{key}").into()]),
            (ArgAction::SetTrue, Value::Boolean(false)) => Ok(Vec::new()),
            (ArgAction::SetTrue, _) => Err(wrong("true or false")),
            (ArgAction::Append, Value::Array(values)) => {
                let words: Option<Vec<OsString>> = values.iter().map(word).collect();
                words.ok_or_else(|| wrong("a list of texts or numbers"))
            }
            (_, value) => Ok(vec![
                word(value).ok_or_else(|| wrong("a text or a number"))?,
            ]),
        }
    }

    fn unknown(&self, key: &str, command: &Command) -> ConfigError {
        let names = command.get_arguments().filter_map(Arg::get_long);
        let names = names.filter(|name| *name != "config");
        let near = names.map(|name| (strsim::jaro_winkler(name, key), name));
        let nearest = near
            .filter(|(similarity, _)| *similarity > 0.7)
            .max_by(|one, other| one.0.total_cmp(&other.0));
        ConfigError::Unknown {
            path: self.path.clone(),
            key: key.to_owned(),
            nearest: nearest.map(|(_, name)| name.to_owned()),
        }
    }
}

fn find<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    let mut all = command.get_arguments();
    all.find(|arg| arg.get_long() == Some(name) && name != "config")
}

/// Whether the command line has decided about a flag already.
fn is_settled(command: &Command, arg: &Arg, given: &[String]) -> bool {
    let is_among = |arg: &Arg, names: &[String]| {
        let long = arg.get_long();
        long.is_some_and(|long| names.iter().any(|name| name == long))
    };
    let conflicts = |arg: &Arg, names: &[String]| {
        let others = command.get_arg_conflicts_with(arg);
        others.into_iter().any(|other| is_among(other, names))
    };
    let name = arg.get_long().map(str::to_owned);
    is_among(arg, given)
        || conflicts(arg, given)
        || given
            .iter()
            .filter_map(|other| find(command, other))
            .any(|other| conflicts(other, name.as_slice()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::commands::pretrain::Pretrain;

    fn words(text: &str, given: &[&str]) -> Result<Vec<String>, String> {
        let file = RunToml::parse("run.toml".into(), text).map_err(|e| e.to_string())?;
        let given: Vec<String> = given.iter().map(|&name| name.to_owned()).collect();
        let words = file.words(&Pretrain::command(), &given);
        let words = words.map_err(|error| error.to_string())?;
        Ok(words
            .into_iter()
            .map(|word| word.into_string().unwrap())
            .collect())
    }

    #[test]
    fn keys_are_flags() {
        let text = "text = ['a', 'b']\nlearning_rate = 5e-5\nbf16 = true\ncased = false\n\
                    do-lower-case = false\nseed = 7\npadding = 'max'";
        let expected = [
            "--text=a",
            "--text=b",
            "--learning-rate=5e-5",
            "--bf16",
            "--do-lower-case=false",
            "--seed=7",
            "--padding=max",
        ];
        let mut found = words(text, &[]).unwrap();
        found.sort();
        let mut expected = expected.map(str::to_owned).to_vec();
        expected.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_command_line_wins() {
        let text = "text = 'a'\nnum-train-epochs = 3\nvocab-size = 9\nno-next-sentence = true";
        let given = ["text", "max-steps", "vocab", "copy-share"];
        assert_eq!(words(text, &given).unwrap(), [""; 0]);
        // Whichever of the two names the other.
        assert_eq!(words("vocab = 'v'", &["vocab-size"]).unwrap(), [""; 0]);
        assert_eq!(
            words("max-steps = 3", &["num-train-epochs"]).unwrap(),
            [""; 0]
        );
    }

    #[test]
    fn what_is_no_flag_is_said() {
        for (text, expected) in [
            (
                "lerning-rate = 1",
                "no flag `lerning-rate`; did you mean `learning-rate`?",
            ),
            ("config = 'x'", "no flag `config`"),
            ("qqq = 1", "no flag `qqq`"),
            (
                "seed = 1\nseed_ = 2",
                "no flag `seed-`; did you mean `seed`?",
            ),
            ("max_steps = 1\nmax-steps = 2", "`max-steps` is there twice"),
            ("bf16 = 1", "`bf16` must be true or false"),
            ("seed = [1]", "`seed` must be a text or a number"),
            ("text = [[1]]", "`text` must be a list of texts or numbers"),
            ("task = 1", "`task` must be the name of a task"),
            ("[train]\nseed = 1", "no flag `train`"),
            ("seed =", "is not TOML"),
        ] {
            let message = words(text, &[]).unwrap_err();
            assert!(message.contains(expected), "{expected} in {message}");
            assert!(message.starts_with("run.toml"), "{message}");
        }
    }
}
