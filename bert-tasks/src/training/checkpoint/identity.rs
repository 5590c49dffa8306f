//! Whether two runs are the same, so that one may go on where the other stopped.

use std::num::NonZeroUsize;

use bert_core::config::BertConfig;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::training::arguments::FREE_TO_CHANGE;
use crate::training::{Dataset, TrainingArguments};

/// Everything that decides what a run learns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// [`TrainingArguments`].
    arguments: Map<String, Value>,
    /// `config.json` of the model.
    model: Map<String, Value>,
    /// Size and checksum of each split.
    data: Map<String, Value>,
}

impl Identity {
    /// Of a run with these arguments, on a model of this configuration.
    pub fn new(arguments: &TrainingArguments, config: &BertConfig) -> Self {
        let arguments = serde_json::to_value(arguments).expect("plain numbers and names");
        let model = serde_json::from_str(&config.to_json()).expect("JSON that was just made");
        Self {
            arguments: as_map(arguments),
            model: as_map(model),
            data: Map::new(),
        }
    }

    /// With a split that it is trained or scored on.
    #[must_use]
    pub fn with_split(mut self, name: &str, split: &impl Dataset) -> Self {
        let mut checksum = crc32fast::Hasher::new();
        split.update(&mut checksum);
        let (examples, crc32) = (split.num_examples(), checksum.finalize());
        let summary = format!("{examples} examples, crc32 {crc32:08x}");
        self.data.insert(name.to_owned(), summary.into());
        self
    }

    /// Batches whose gradients make a step.
    pub(super) fn batches_of_step(&self) -> Option<NonZeroUsize> {
        let batches = self.arguments.get("gradient_accumulation_steps")?;
        NonZeroUsize::new(usize::try_from(batches.as_u64()?).ok()?)
    }

    /// What differs, a line each: `learning_rate` was 0.00002 and is 0.00005. Empty for runs that learn
    /// the same.
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        // An older checkpoint lacks the options that there are since: it had their defaults.
        let mut arguments =
            serde_json::to_value(TrainingArguments::default()).map_or_else(|_| Map::new(), as_map);
        arguments.extend(self.arguments.clone());
        for (before, now, is_option) in [
            (&arguments, &now.arguments, true),
            (&self.model, &now.model, false),
            (&self.data, &now.data, false),
        ] {
            let mut keys: Vec<&String> = before.keys().chain(now.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                // Its weights come from the checkpoint, whatever a branch of the hub is at by now.
                let is_origin = !is_option && key == "_name_or_path";
                if before.get(key) == now.get(key)
                    || is_origin
                    || FREE_TO_CHANGE.contains(&key.as_str())
                {
                    continue;
                }
                let show = |value: Option<&Value>| match value {
                    None | Some(Value::Null) => "not set".to_owned(),
                    Some(value) => value.to_string(),
                };
                let name = match is_option {
                    true => format!("`{key}`"),
                    false => key.clone(),
                };
                let (before, now) = (show(before.get(key)), show(now.get(key)));
                lines.push(format!("{name} was {before} and is {now}"));
            }
        }
        lines
    }
}

fn as_map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_the_result_differs_and_nothing_else() {
        let arguments = TrainingArguments::default();
        let config = BertConfig::default();
        let before = Identity::new(&arguments, &config);
        let now = TrainingArguments {
            learning_rate: 5e-5,
            max_time: Some(3.0),
            logging_steps: std::num::NonZeroUsize::MIN,
            ..arguments.clone()
        };
        let wider = BertConfig {
            hidden_size: 1024,
            ..config.clone()
        };
        assert!(
            before
                .differences(&Identity::new(&arguments, &config))
                .is_empty()
        );
        assert_eq!(
            before.differences(&Identity::new(&now, &wider)),
            [
                "`learning_rate` was 0.00002 and is 0.00005",
                "hidden_size was 768 and is 1024",
            ]
        );
        let mut older = before.clone();
        older.arguments.remove("focal_gamma");
        older.arguments.remove("class_weights");
        assert!(older.differences(&before).is_empty());
        let read: Identity =
            serde_json::from_str(&serde_json::to_string(&before).unwrap()).unwrap();
        assert!(read.differences(&before).is_empty());
    }
}
