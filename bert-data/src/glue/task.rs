//! The table of GLUE tasks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::UnknownName;

/// A task of the GLUE benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum GlueTask {
    /// Microsoft Research Paraphrase Corpus: do two sentences say the same?
    Mrpc,
}

/// Part of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// What a model learns from: `train.tsv`.
    Train,
    /// What choices are made on: `dev.tsv`.
    Dev,
    /// What results are reported on: `test.tsv`.
    Test,
}

/// Where a file keeps what, in columns counted from 0.
#[derive(Debug)]
pub(super) struct Columns {
    /// Number of columns in every line.
    pub columns: usize,
    /// Whether the first line names the columns.
    pub header: bool,
    pub label: Option<usize>,
    pub text_a: usize,
    pub text_b: Option<usize>,
}

/// One row of the table.
#[derive(Debug)]
pub(super) struct TaskSpec {
    pub name: &'static str,
    /// Names of the classes, by class.
    pub label_names: &'static [&'static str],
    /// How the files write each class.
    pub label_values: &'static [&'static str],
    pub labelled: Columns,
    /// GLUE's own test files: their first column is named `index` and there is no label.
    pub unlabelled: Columns,
}

/// Source: <https://gluebenchmark.com/tasks> and the processors of transformers'
/// `data/processors/glue.py`.
const MRPC: TaskSpec = TaskSpec {
    name: "mrpc",
    label_names: &["not_equivalent", "equivalent"],
    label_values: &["0", "1"],
    labelled: Columns {
        columns: 5,
        header: true,
        label: Some(0),
        text_a: 3,
        text_b: Some(4),
    },
    unlabelled: Columns {
        columns: 5,
        header: true,
        label: None,
        text_a: 3,
        text_b: Some(4),
    },
};

impl GlueTask {
    /// Every task there is.
    pub const ALL: [Self; 1] = [Self::Mrpc];

    pub(super) fn spec(self) -> &'static TaskSpec {
        match self {
            Self::Mrpc => &MRPC,
        }
    }

    /// Name of the task as flags and folders have it: `mrpc`.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// Names of the classes; a label is an index into them. They are Hugging Face's, for
    /// `id2label` in a model's configuration.
    pub fn label_names(self) -> &'static [&'static str] {
        self.spec().label_names
    }
}

impl Split {
    /// Every split there is.
    pub const ALL: [Self; 3] = [Self::Train, Self::Dev, Self::Test];

    /// Name of the split: `train`, `dev` or `test`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Dev => "dev",
            Self::Test => "test",
        }
    }

    /// Name of the split's file in a task's folder.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Train => "train.tsv",
            Self::Dev => "dev.tsv",
            Self::Test => "test.tsv",
        }
    }
}

impl fmt::Display for GlueTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for GlueTask {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|task| task.name() == name)
            .ok_or_else(|| UnknownName {
                what: "GLUE task",
                value: name.to_owned(),
                allowed: "mrpc",
            })
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
                allowed: "train, dev, test",
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_consistent() {
        for task in GlueTask::ALL {
            let spec = task.spec();
            assert_eq!(spec.label_names.len(), spec.label_values.len());
            assert!(spec.labelled.label.is_some() && spec.unlabelled.label.is_none());
            for layout in [&spec.labelled, &spec.unlabelled] {
                let used = [Some(layout.text_a), layout.text_b, layout.label];
                assert!(
                    used.into_iter()
                        .flatten()
                        .all(|column| column < layout.columns)
                );
            }
        }
    }

    #[test]
    fn tasks_and_splits_have_names() {
        for task in GlueTask::ALL {
            assert_eq!(task.to_string().parse(), Ok(task));
            assert_eq!(serde_json::to_value(task).unwrap(), task.name());
        }
        for split in Split::ALL {
            assert_eq!(split.to_string().parse(), Ok(split));
            assert_eq!(serde_json::to_value(split).unwrap(), split.name());
            assert_eq!(split.file_name(), format!("{split}.tsv"));
        }
        let error = "qqq".parse::<GlueTask>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"qqq\" is not a GLUE task; choose one of mrpc"
        );
        assert!("validation".parse::<Split>().is_err());
    }
}
