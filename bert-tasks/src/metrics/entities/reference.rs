//! What seqeval makes of some cases, as `docs/parity/make_entities.py` wrote it.

use std::collections::BTreeMap;

use serde::Deserialize;

pub(super) fn reference() -> Vec<Case> {
    let json = include_str!("../../../tests/fixtures/entities.json");
    serde_json::from_str(json).unwrap()
}

#[derive(Deserialize)]
pub(super) struct Case {
    pub name: String,
    /// Tags between spaces.
    pub labels: Vec<String>,
    pub predictions: Vec<String>,
    pub accuracy: Option<f64>,
    pub default: Expected,
    /// By scheme; none where a tag is of another.
    pub strict: BTreeMap<String, Option<Expected>>,
}

#[derive(Deserialize)]
pub(super) struct Expected {
    /// Precision, recall, F1 and support by kind.
    pub types: BTreeMap<String, (f64, f64, f64, usize)>,
    pub micro: [Option<f64>; 3],
    pub r#macro: [Option<f64>; 3],
    pub weighted: [Option<f64>; 3],
    /// Kind, first word and one past the last of the entities of each sentence's labels.
    pub entities: Vec<Vec<(String, usize, usize)>>,
}

pub(super) fn tags(sentences: &[String]) -> Vec<Vec<String>> {
    let words = |tags: &String| tags.split_whitespace().map(str::to_owned).collect();
    sentences.iter().map(words).collect()
}
