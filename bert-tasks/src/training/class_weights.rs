//! What the loss of each class counts, as people say it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// `balanced`, or a weight for some classes: `spam=2.5,ham=0.5`. Names with commas or equals signs
/// are given as JSON: `{"spam, or not": 2.5}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ClassWeights {
    /// Rare classes count as much as frequent ones.
    Balanced,
    /// By name; the other classes count 1.
    Named(Vec<(String, f64)>),
}

/// Text that says no class weights.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not balanced, nor name=2.5,name=0.5 with numbers above 0")]
pub struct BadClassWeights(String);

impl FromStr for ClassWeights {
    type Err = BadClassWeights;

    fn from_str(text: &str) -> Result<Self, BadClassWeights> {
        let bad = || BadClassWeights(text.to_owned());
        if text == "balanced" {
            return Ok(Self::Balanced);
        }
        let weights: Vec<(String, f64)> = match text.trim_start().starts_with('{') {
            true => {
                let map: serde_json::Map<String, serde_json::Value> =
                    serde_json::from_str(text).map_err(|_| bad())?;
                let weight =
                    |(name, value): (String, serde_json::Value)| Some((name, value.as_f64()?));
                map.into_iter()
                    .map(weight)
                    .collect::<Option<_>>()
                    .ok_or_else(bad)?
            }
            false => {
                let weight = |part: &str| {
                    let (name, weight) = part.rsplit_once('=')?;
                    Some((name.trim().to_owned(), weight.trim().parse().ok()?))
                };
                text.split(',')
                    .map(weight)
                    .collect::<Option<_>>()
                    .ok_or_else(bad)?
            }
        };
        let is_weight = |&(_, weight): &(String, f64)| weight > 0.0 && weight <= 1e6;
        match weights.is_empty() || !weights.iter().all(is_weight) {
            true => Err(bad()),
            false => Ok(Self::Named(weights)),
        }
    }
}

impl fmt::Display for ClassWeights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Balanced => f.write_str("balanced"),
            Self::Named(weights) => {
                let map: serde_json::Map<String, serde_json::Value> = weights
                    .iter()
                    .map(|(name, weight)| (name.clone(), (*weight).into()))
                    .collect();
                write!(f, "{}", serde_json::Value::Object(map))
            }
        }
    }
}

impl TryFrom<String> for ClassWeights {
    type Error = BadClassWeights;

    fn try_from(text: String) -> Result<Self, BadClassWeights> {
        text.parse()
    }
}

impl From<ClassWeights> for String {
    fn from(weights: ClassWeights) -> Self {
        weights.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_and_written() {
        assert_eq!("balanced".parse(), Ok(ClassWeights::Balanced));
        let named = ClassWeights::Named(vec![("spam".to_owned(), 2.5), ("no=t".to_owned(), 1.0)]);
        assert_eq!("spam=2.5, no=t = 1".parse(), Ok(named.clone()));
        assert_eq!(named.to_string().parse(), Ok(named));
        let comma = ClassWeights::Named(vec![("a, b".to_owned(), 0.5)]);
        assert_eq!(r#"{"a, b": 0.5}"#.parse(), Ok(comma));
        for bad in [
            "",
            "spam",
            "spam=",
            "spam=0",
            "spam=-1",
            "spam=nan",
            "a=1,,b=2",
            "{}",
            "{\"a\": \"b\"}",
        ] {
            assert!(bad.parse::<ClassWeights>().is_err(), "{bad}");
        }
    }
}
