//! What a card says below its metadata.

use std::fmt::Write as _;

use serde_json::Value;

use super::ModelCard;
use super::escape::markdown;
use super::usage::Usage;

/// The class whose model may have a CRF.
const TOKENS: &str = "BertForTokenClassification";

/// As many labels are named.
const LABELS: usize = 100;

pub(super) fn text(card: &ModelCard) -> String {
    let usage = Usage::of(&card.architecture);
    let mut text = format!("# {}\n\n", usage.title);
    text.push_str(&what(card, &usage));
    text.push_str(&scores(card));
    text.push_str(&training(card));
    text.push_str("\n## How to use it\n\n`DIR` is this folder, or its name on the hub.\n\n");
    if let Some(command) = usage.command {
        let _ = write!(
            text,
            "With the program that trained it:\n\n```sh\n{command}\n```\n\n"
        );
    }
    let _ = write!(
        text,
        "With `transformers`:\n\n```python\n{}```\n\n",
        usage.python
    );
    text
}

fn what(card: &ModelCard, usage: &Usage) -> String {
    let config = &card.config;
    let base = match &card.base.name {
        Some(name) => format!("; the training began with {}", markdown(name)),
        None => String::new(),
    };
    let commit = match &card.base.commit {
        Some(commit) => format!(" at commit {}", markdown(commit)),
        None => String::new(),
    };
    let mut text = format!(
        "The model {}. It is a {} of {} layers of {} with a vocabulary of {} and {} positions{base}{commit}.\n",
        usage.does,
        markdown(&card.architecture),
        config.num_hidden_layers,
        config.hidden_size,
        config.vocab_size,
        config.max_position_embeddings,
    );
    let has_names = ["BertForSequenceClassification", TOKENS].contains(&card.architecture.as_str());
    if has_names && config.num_labels() > 1 {
        let count = config.num_labels();
        let shown = (0..count.min(LABELS)).map(|label| markdown(&config.label_name(label)));
        let shown = shown.collect::<Vec<_>>().join(", ");
        let more = match count.saturating_sub(LABELS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let _ = write!(text, "\nIts {count} labels: {shown}{more}.\n");
    }
    if card.architecture == TOKENS && config.crf() {
        text.push_str(
            "\nA CRF on top of it (`crf.*` in `model.safetensors`) decides about the labels of all words \
             of a text together. `transformers` opens the model without it, and labels each word by \
             itself: other entities, and not the scores below.\n",
        );
    }
    text
}

fn scores(card: &ModelCard) -> String {
    let ((epoch, step), (_, examples)) = (card.best, card.examples);
    let mut text = format!(
        "\n## Scores\n\nOn the dev split of {examples} examples, with seed {}, after epoch {epoch} (step \
         {step}), which was the best:\n\n| metric | value |\n| --- | --- |\n",
        card.seed
    );
    for (name, value) in &card.scores {
        let _ = writeln!(text, "| {} | {value:.4} |", markdown(name));
    }
    text
}

fn training(card: &ModelCard) -> String {
    let environment = &card.environment;
    let datasets = match card.datasets.as_slice() {
        [] => String::new(),
        names => format!(" of {}", markdown(&names.join(", "))),
    };
    let mut text = format!(
        "\n## How it was trained\n\nFor the task {}, on {} examples{datasets}, by bert {} on {} ({}, {} \
         threads).\n\n| argument | value |\n| --- | --- |\n",
        markdown(&card.task),
        card.examples.0,
        markdown(&environment.version),
        markdown(&environment.backend),
        markdown(&environment.platform),
        environment.threads,
    );
    for (name, value) in card.arguments.as_object().into_iter().flatten() {
        let value = match value {
            Value::Null => continue,
            Value::String(value) => value.clone(),
            value => value.to_string(),
        };
        let _ = writeln!(text, "| {} | {} |", markdown(name), markdown(&value));
    }
    text
}
