//! The table of GLUE tasks: what each is called and where its files keep what.
//!
//! Sources: <https://gluebenchmark.com/tasks>, the processors of transformers'
//! `data/processors/glue.py`, and the names of classes of Hugging Face's data set `glue`.

use super::layout::{Header, Layout};
use crate::label::Label;

/// One row of the table.
#[derive(Debug)]
pub(super) struct TaskSpec {
    /// Name as flags and Hugging Face have it.
    pub name: &'static str,
    /// Name as GLUE writes it.
    pub title: &'static str,
    /// Names of the classes, by class; none where the label is a number.
    pub label_names: &'static [&'static str],
    /// How the files, and GLUE's server, write each class.
    pub label_values: &'static [&'static str],
    /// The one that decides comes first.
    pub metrics: &'static [&'static str],
    /// With labels first.
    pub layouts: &'static [Layout],
}

const ENTAILMENT: &[&str] = &["entailment", "not_entailment"];
const BINARY: &[&str] = &["0", "1"];

/// `index`, two texts and, but for tests, a label.
const INFERENCE: &[Layout] = &[
    Layout::labelled(4, 3, 1, Some(2)),
    Layout::unlabelled(3, "index", 1, Some(2)),
];

pub(super) const COLA: TaskSpec = TaskSpec {
    name: "cola",
    title: "CoLA",
    label_names: &["unacceptable", "acceptable"],
    label_values: BINARY,
    metrics: &["matthews"],
    layouts: &[
        // Source, label, the label as its author wrote it, sentence.
        Layout {
            columns: 4,
            header: Header::Absent,
            label: Some(1),
            text_a: 3,
            text_b: None,
        },
        Layout::unlabelled(2, "index", 1, None),
    ],
};

pub(super) const SST2: TaskSpec = TaskSpec {
    name: "sst2",
    title: "SST-2",
    label_names: &["negative", "positive"],
    label_values: BINARY,
    metrics: &["accuracy"],
    layouts: &[
        Layout::labelled(2, 1, 0, None),
        Layout::unlabelled(2, "index", 1, None),
    ],
};

pub(super) const MRPC: TaskSpec = TaskSpec {
    name: "mrpc",
    title: "MRPC",
    label_names: &["not_equivalent", "equivalent"],
    label_values: BINARY,
    metrics: &["f1", "accuracy"],
    layouts: &[
        Layout::labelled(5, 0, 3, Some(4)),
        Layout::unlabelled(5, "index", 3, Some(4)),
    ],
};

pub(super) const QQP: TaskSpec = TaskSpec {
    name: "qqp",
    title: "QQP",
    label_names: &["not_duplicate", "duplicate"],
    label_values: BINARY,
    metrics: &["f1", "accuracy"],
    layouts: &[
        Layout::labelled(6, 5, 3, Some(4)),
        Layout::unlabelled(3, "id", 1, Some(2)),
    ],
};

pub(super) const STSB: TaskSpec = TaskSpec {
    name: "stsb",
    title: "STS-B",
    label_names: &[],
    label_values: &[],
    metrics: &["pearson", "spearman"],
    layouts: &[
        Layout::labelled(10, 9, 7, Some(8)),
        Layout::unlabelled(9, "index", 7, Some(8)),
    ],
};

pub(super) const MNLI: TaskSpec = TaskSpec {
    name: "mnli",
    title: "MNLI",
    label_names: &["entailment", "neutral", "contradiction"],
    label_values: &["entailment", "neutral", "contradiction"],
    metrics: &["accuracy"],
    layouts: &[
        Layout::labelled(12, 11, 8, Some(9)),
        // The dev files: five people's labels before the one that counts.
        Layout::labelled(16, 15, 8, Some(9)),
        Layout::unlabelled(10, "index", 8, Some(9)),
    ],
};

pub(super) const QNLI: TaskSpec = TaskSpec {
    name: "qnli",
    title: "QNLI",
    label_names: ENTAILMENT,
    label_values: ENTAILMENT,
    metrics: &["accuracy"],
    layouts: INFERENCE,
};

pub(super) const RTE: TaskSpec = TaskSpec {
    name: "rte",
    title: "RTE",
    label_names: ENTAILMENT,
    label_values: ENTAILMENT,
    metrics: &["accuracy"],
    layouts: INFERENCE,
};

pub(super) const WNLI: TaskSpec = TaskSpec {
    name: "wnli",
    title: "WNLI",
    label_names: &["not_entailment", "entailment"],
    label_values: BINARY,
    metrics: &["accuracy"],
    layouts: INFERENCE,
};

impl TaskSpec {
    /// The least and the greatest number that a label may be.
    pub const NUMBERS: (f32, f32) = (0.0, 5.0);

    pub fn is_regression(&self) -> bool {
        self.label_names.is_empty()
    }

    /// The label that a file writes as `value`.
    pub fn label(&self, value: &str) -> Option<Label> {
        if self.is_regression() {
            let (least, greatest) = Self::NUMBERS;
            let number = value.parse::<f32>().ok();
            let number = number.filter(|number| (least..=greatest).contains(number));
            return number.map(Label::Number);
        }
        let mut values = self.label_values.iter();
        let class = values.position(|&allowed| allowed == value);
        class.map(Label::Class)
    }

    /// The labels there are, in words.
    pub fn allowed(&self) -> String {
        match self.is_regression() {
            true => {
                let (least, greatest) = Self::NUMBERS;
                format!("numbers from {least} to {greatest}")
            }
            false => self.label_values.join(", "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::GlueTask;
    use super::*;

    #[test]
    fn the_table_is_consistent() {
        for spec in GlueTask::ALL.map(GlueTask::spec) {
            assert_eq!(spec.label_names.len(), spec.label_values.len());
            let unlabelled = spec.layouts.iter().filter(|layout| layout.label.is_none());
            assert_eq!(unlabelled.count(), 1, "{}", spec.name);
            assert!(spec.layouts[0].label.is_some());
            for layout in spec.layouts {
                let used = [Some(layout.text_a), layout.text_b, layout.label];
                let used: Vec<usize> = used.into_iter().flatten().collect();
                assert!(used.iter().all(|&column| column < layout.columns));
                let mut places = used.clone();
                places.sort_unstable();
                places.dedup();
                assert_eq!(places.len(), used.len(), "{}", spec.name);
            }
        }
    }

    #[test]
    fn a_label_is_written_one_way() {
        for (class, value) in MNLI.label_values.iter().enumerate() {
            assert_eq!(MNLI.label(value), Some(Label::Class(class)));
        }
        assert_eq!(MNLI.label("-"), None);
        assert_eq!(COLA.label("1"), Some(Label::Class(1)));
        assert_eq!(COLA.label("acceptable"), None);
        assert_eq!(STSB.label("3.750"), Some(Label::Number(3.75)));
        for none in ["5.001", "-0.1", "nan", "inf", "", "1,5", " 1"] {
            assert_eq!(STSB.label(none), None, "{none}");
        }
    }
}
