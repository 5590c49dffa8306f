//! The choice of padding.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::UnknownName;

/// How rows of a batch are made equally long.
///
/// On MRPC with batches of 32, of all tokens in a training epoch are padding: under 4 % with
/// [`Grouped`](Self::Grouped), a third with [`Longest`](Self::Longest), 58 % with
/// [`Max`](Self::Max) at 128.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Padding {
    /// Examples of similar length share a batch, which is padded to its longest. This is
    /// `group_by_length` of Hugging Face's Trainer.
    #[default]
    Grouped,
    /// Batches are drawn at random and padded to their longest.
    Longest,
    /// Batches are drawn at random and padded to the maximum sequence length, so that every batch
    /// has one shape. This is what google-research/bert does.
    Max,
}

impl fmt::Display for Padding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Grouped => "grouped",
            Self::Longest => "longest",
            Self::Max => "max",
        })
    }
}

impl FromStr for Padding {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match name {
            "grouped" => Ok(Self::Grouped),
            "longest" => Ok(Self::Longest),
            "max" => Ok(Self::Max),
            _ => Err(UnknownName {
                what: "padding",
                value: name.to_owned(),
                allowed: "grouped, longest, max",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_has_names() {
        for padding in [Padding::Grouped, Padding::Longest, Padding::Max] {
            assert_eq!(padding.to_string().parse(), Ok(padding));
            assert_eq!(serde_json::to_value(padding).unwrap(), padding.to_string());
        }
        let error = "bucket".parse::<Padding>().unwrap_err();
        assert!(
            error
                .to_string()
                .contains("choose one of grouped, longest, max")
        );
    }
}
