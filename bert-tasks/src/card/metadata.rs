//! The YAML at the top of a card, with the keys of the hub:
//! <https://huggingface.co/docs/hub/model-cards>.

use std::fmt::Write as _;

use super::ModelCard;
use super::escape::yaml;
use super::usage::Usage;

/// What the hub is told where the data has no name on it.
const UNKNOWN: &str = "unknown";

/// From the first line of three hyphens to the last.
pub(super) fn metadata(card: &ModelCard) -> String {
    let usage = Usage::of(&card.architecture);
    let mut lines = String::from("---\n");
    let mut list = |key: &str, values: &[&str]| {
        if !values.is_empty() {
            let _ = writeln!(lines, "{key}:");
            for value in values {
                let _ = writeln!(lines, "- {}", yaml(value));
            }
        }
    };
    let languages: Vec<&str> = card.base.languages.iter().map(String::as_str).collect();
    list("language", &languages);
    let datasets: Vec<&str> = card.datasets.iter().map(String::as_str).collect();
    list("datasets", &datasets);
    list("tags", &["bert", "burn", "rust", "generated_from_trainer"]);
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in finite(card) {
        let name = metric(name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    list("metrics", &names);
    let mut one = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            let _ = writeln!(lines, "{key}: {}", yaml(value));
        }
    };
    one("license", card.base.license.as_deref());
    one("base_model", card.base.name.as_deref());
    one("library_name", Some("transformers"));
    one("pipeline_tag", usage.pipeline_tag);
    if let Some(tag) = usage.pipeline_tag
        && !names.is_empty()
    {
        let dataset = card.datasets.first().map_or(UNKNOWN, String::as_str);
        let dataset = yaml(dataset);
        let _ = write!(
            lines,
            "model-index:\n- name: {}\n  results:\n  - task:\n      type: {tag}\n    dataset:\n      \
             name: {dataset}\n      type: {dataset}\n      split: validation\n    metrics:\n",
            yaml(card.title())
        );
        for (name, value) in finite(card) {
            let (kind, name) = (yaml(metric(name)), yaml(name));
            let _ = writeln!(
                lines,
                "    - type: {kind}\n      value: {value}\n      name: {name}"
            );
        }
    }
    lines.push_str("---\n");
    lines
}

/// YAML has other words for numbers that are none; the hub takes none of them.
fn finite(card: &ModelCard) -> impl Iterator<Item = (&str, f64)> {
    let scores = card.scores.iter().filter(|(_, value)| value.is_finite());
    scores.map(|(name, value)| (name.as_str(), *value))
}

/// What the hub calls a metric, where that is something else.
fn metric(name: &str) -> &str {
    match name {
        "exact" => "exact_match",
        same => same,
    }
}
