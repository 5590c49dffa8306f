//! Values in the forms that `transformers` take besides the one that they write.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::{Map, Value};

use super::Architecture;

/// `null` where a key might as well be absent.
pub(super) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// `null` for a model that does not say.
pub(super) fn model_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name: Option<String> = Option::deserialize(deserializer)?;
    Ok(name.unwrap_or_else(|| Architecture::BERT.model_type.to_owned()))
}

/// Ids as Python's `int` reads them, names of any plain kind: `{"0": "no", " 1": 5}`.
pub(super) fn id2label<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BTreeMap<usize, String>>, D::Error> {
    entries(deserializer, |key, value| {
        let id = number(&key).ok_or_else(|| wrong("the id", &key, "a number from 0 on"))?;
        let name = match value {
            Value::String(name) => name,
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => return Err(wrong(&format!("the name of id {key}"), &value, "a text")),
        };
        Ok((id, name))
    })
}

/// Ids as numbers, or as numbers in quotes: `{"no": 0, "yes": "1"}`.
pub(super) fn label2id<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BTreeMap<String, usize>>, D::Error> {
    entries(deserializer, |name, value| {
        let id = match &value {
            Value::String(id) => number(id),
            Value::Number(id) => whole(id),
            _ => None,
        };
        let id = id.ok_or_else(|| wrong(&format!("the id of {name}"), &value, "a number"))?;
        Ok((name, id))
    })
}

/// Each entry of an object as `entry` reads it; nothing where there is none.
fn entries<'de, D: Deserializer<'de>, K: Ord, V>(
    deserializer: D,
    mut entry: impl FnMut(String, Value) -> Result<(K, V), D::Error>,
) -> Result<Option<BTreeMap<K, V>>, D::Error> {
    let object = Option::<Map<String, Value>>::deserialize(deserializer)?;
    let read = |object: Map<String, Value>| {
        let entries = object.into_iter().map(|(key, value)| entry(key, value));
        entries.collect()
    };
    object.map(read).transpose()
}

fn number(text: &str) -> Option<usize> {
    text.trim().parse().ok()
}

/// 1 and 1.0.
fn whole(number: &serde_json::Number) -> Option<usize> {
    let integer = number.as_u64().or_else(|| {
        let float = number.as_f64()?;
        (float.fract() == 0.0 && (0.0..1e9).contains(&float)).then_some(float as u64)
    });
    usize::try_from(integer?).ok()
}

fn wrong<E: Error>(what: &str, found: &impl Display, expected: &str) -> E {
    E::custom(format!("{what} is {found}; it must be {expected}"))
}
