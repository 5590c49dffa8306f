//! What can be seen of a command line before its flags are known.

use std::ffi::{OsStr, OsString};

/// The names of the flags that are given.
pub(super) fn given(words: &[OsString]) -> Vec<String> {
    let names = before_the_end(words).filter_map(|word| {
        let name = word.to_str()?.strip_prefix("--")?;
        Some(name.split('=').next().unwrap_or(name).to_owned())
    });
    names.collect()
}

/// The last value of the flag of this name.
pub(super) fn value(words: &[OsString], name: &str) -> Option<OsString> {
    let flag = format!("--{name}");
    let mut found = None;
    let mut words = before_the_end(words);
    while let Some(word) = words.next() {
        let text = word.to_string_lossy();
        if *text == *flag {
            found = words.next().cloned();
        } else if let Some(rest) = after(word, &format!("{flag}=")) {
            found = Some(rest);
        }
    }
    found
}

/// The words without these flags, each of which has one value.
pub(super) fn without(words: &[OsString], names: &[&str]) -> Vec<OsString> {
    let end = before_the_end(words).count();
    let has_value = |word: &OsString| {
        let mut names = names.iter();
        names.any(|name| after(word, &format!("--{name}=")).is_some())
    };
    let mut kept = Vec::new();
    let mut before = words[..end].iter();
    while let Some(word) = before.next() {
        if names.iter().any(|name| *word == *format!("--{name}")) {
            before.next();
        } else if !has_value(word) {
            kept.push(word.clone());
        }
    }
    kept.extend_from_slice(&words[end..]);
    kept
}

/// Whether help is asked for.
pub(super) fn asks_for_help(words: &[OsString]) -> bool {
    before_the_end(words).any(|word| word == "--help" || word == "-h")
}

fn before_the_end(words: &[OsString]) -> impl Iterator<Item = &OsString> {
    words.iter().take_while(|word| *word != "--")
}

/// A path may be no UTF-8.
fn after(word: &OsStr, beginning: &str) -> Option<OsString> {
    let rest = word.as_encoded_bytes().strip_prefix(beginning.as_bytes())?;
    match std::str::from_utf8(rest) {
        Ok(text) => Some(text.into()),
        Err(_) => Some(lossless(rest)),
    }
}

#[cfg(unix)]
fn lossless(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(bytes).to_owned()
}

#[cfg(not(unix))]
fn lossless(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_seen_in_both_ways_of_writing_them() {
        let line = "--task mrpc --seed=3 --config=a --config b text -h -- --no-flag --task=nsp";
        let words: Vec<OsString> = line.split(' ').map(Into::into).collect();
        assert_eq!(given(&words), ["task", "seed", "config", "config"]);
        assert_eq!(value(&words, "task").unwrap(), "mrpc");
        assert_eq!(value(&words, "config").unwrap(), "b");
        assert_eq!(value(&words, "no-flag"), None);
        assert!(asks_for_help(&words) && !asks_for_help(&words[..3]));
    }

    #[test]
    fn flags_go_with_their_values() {
        let line = "--seed 3 --seeds=2 a --seed=4 --task mrpc -- --seed 5";
        let words: Vec<OsString> = line.split(' ').map(Into::into).collect();
        let rest = without(&words, &["seed", "task"]);
        let expected = ["--seeds=2", "a", "--", "--seed", "5"];
        assert_eq!(rest, expected);
        assert_eq!(without(&words, &[]), words);
        assert_eq!(without(&words[..1], &["seed"]), [""; 0]);
    }
}
