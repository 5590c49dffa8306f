//! Messages advise what can be done.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bert_cli::cli::{Predictor, Task, predict_command, root, train_command};

/// The flags that a command has.
fn flags_of(command: &clap::Command) -> BTreeSet<String> {
    let flags = command.get_arguments().filter_map(clap::Arg::get_long);
    // Read as they are in messages: up to a digit.
    let names = flags.map(|name| format!("--{name} "));
    flags_in(&names.collect::<String>()).collect()
}

/// Those of a task.
fn flags_of_task(task: Task) -> BTreeSet<String> {
    flags_of(&train_command("train", Some(task)))
}

/// Everything in a text that looks like a flag.
fn flags_in(text: &str) -> impl Iterator<Item = String> + '_ {
    let starts = text.match_indices("--").filter(|&(at, _)| {
        let before = text[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && !"-/(".contains(c) || c == '(')
    });
    starts.filter_map(move |(at, _)| {
        let name = text[at + 2..].split(|c: char| !c.is_ascii_lowercase() && c != '-');
        let name = name.map(|name| name.trim_end_matches('-')).next()?;
        name.starts_with(|c: char| c.is_ascii_lowercase())
            .then(|| name.to_owned())
    })
}

/// The code of a folder below, without its comments and its tests.
fn code_below(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        // A page's style has names like flags.
        let is_other = ["tests", "data", "report"]
            .iter()
            .any(|end| path.ends_with(end));
        if path.is_dir() && !is_other {
            found.extend(code_below(&path));
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            let code = fs::read_to_string(&path).unwrap();
            let tests = ["#[cfg(test)]", "\nmod tests {"];
            let end = tests.iter().filter_map(|tests| code.find(tests)).min();
            let code = &code[..end.unwrap_or(code.len())];
            let lines = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            found.push((path, lines.collect::<Vec<_>>().join("\n")));
        }
    }
    found
}

#[test]
fn every_flag_that_a_message_names_is_a_flag_of_the_program_that_shows_it() {
    let mut any: BTreeSet<String> = root(None).get_subcommands().flat_map(flags_of).collect();
    any.extend(Task::ALL.into_iter().flat_map(flags_of_task));
    let predictors = Predictor::ALL.map(|kind| predict_command(Some(kind)));
    any.extend(predictors.iter().flat_map(flags_of));
    any.extend(["help", "version"].map(str::to_owned));
    // Of cargo and git, in a command that a message shows.
    let foreign = ["release", "example", "features", "no-default-features"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut seen = 0;
    for (folder, task) in [
        ("bert-core/src", None),
        ("bert-data/src", None),
        ("bert-data/src/squad", Some(Task::Squad)),
        ("bert-data/src/corpus", Some(Task::Pretrain)),
        ("bert-tasks/src", None),
        ("bert-cli/src", None),
    ] {
        let known = task.map_or_else(|| any.clone(), flags_of_task);
        for (path, code) in code_below(&root.join(folder)) {
            for flag in flags_in(&code) {
                seen += 1;
                assert!(
                    known.contains(&flag) || foreign.contains(&&*flag),
                    "{} names --{flag}, which no program has",
                    path.display()
                );
            }
        }
    }
    assert!(seen > 30, "only {seen} flags were found");
}
