//! The parts of a task's data.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::UnknownName;

/// Part of a data set. [`GlueTask::file_name`](super::GlueTask::file_name) is the file that holds
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// What a model learns from.
    Train,
    /// What choices are made on; of MNLI the texts of the same kinds as in training (matched).
    Dev,
    /// What results are reported on; of MNLI matched as well.
    Test,
    /// MNLI's second dev split: texts of kinds that are not in training.
    DevMismatched,
    /// MNLI's second test split.
    TestMismatched,
}

impl Split {
    /// Every split there is.
    pub const ALL: [Self; 5] = [
        Self::Train,
        Self::Dev,
        Self::Test,
        Self::DevMismatched,
        Self::TestMismatched,
    ];

    /// Name of the split, as flags have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Dev => "dev",
            Self::Test => "test",
            Self::DevMismatched => "dev-mismatched",
            Self::TestMismatched => "test-mismatched",
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Split {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|split| split.name() == name)
            .ok_or_else(|| UnknownName {
                what: "split",
                value: name.to_owned(),
                allowed: "train, dev, test, dev-mismatched, test-mismatched",
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_have_names() {
        for split in Split::ALL {
            assert_eq!(split.to_string().parse(), Ok(split));
            assert_eq!(serde_json::to_value(split).unwrap(), split.name());
        }
        let error = "validation".parse::<Split>().unwrap_err().to_string();
        let names = Split::ALL.map(Split::name).join(", ");
        assert!(error.ends_with(&format!("choose one of {names}")));
    }
}
