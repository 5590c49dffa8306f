//! Splits for tests: row 0 is in line 2 of `data.csv`, and so on.

use std::path::PathBuf;

use super::InspectedSplit;
use crate::example::PairExample;
use crate::label::Label;
use crate::tokenizer::{BertTokenizer, Casing};

pub fn text(id: usize, text: &str) -> PairExample {
    PairExample {
        id,
        text_a: text.to_owned(),
        text_b: None,
        label: None,
    }
}

pub fn pair(id: usize, text_a: &str, text_b: &str) -> PairExample {
    PairExample {
        text_b: Some(text_b.to_owned()),
        ..text(id, text_a)
    }
}

pub fn labelled(id: usize, content: &str, label: impl Into<Label>) -> PairExample {
    PairExample {
        label: Some(label.into()),
        ..text(id, content)
    }
}

pub fn files() -> Vec<PathBuf> {
    vec![PathBuf::from("data.csv")]
}

pub fn split<'a>(
    name: &'a str,
    examples: &'a [PairExample],
    files: &'a [PathBuf],
) -> InspectedSplit<'a> {
    let places = (0..examples.len()).map(|row| (0, row + 2)).collect();
    InspectedSplit::new(name, examples, files, places)
}

pub fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Knows the words "a", "b" and "c", and the letter "d" that goes on a word.
pub fn tokenizer() -> BertTokenizer {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vocab.txt");
    std::fs::write(&path, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\n##d\n").unwrap();
    BertTokenizer::from_vocab(path, Casing::Uncased).unwrap()
}
