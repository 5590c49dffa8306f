//! The metrics of a text's labels, by what they mean; the one that decides first.

use bert_core::config::ProblemType;

use crate::model::ModelSettings;
use crate::training::MetricInfo;

const fn higher(name: &'static str) -> MetricInfo {
    MetricInfo::higher(name)
}

const fn lower(name: &'static str) -> MetricInfo {
    MetricInfo::lower(name)
}

/// Of two classes, 1 is the one that is looked for.
const TWO_CLASSES: [MetricInfo; 9] = [
    higher("f1"),
    higher("accuracy"),
    higher("precision"),
    higher("recall"),
    higher("f1_macro"),
    higher("f1_micro"),
    higher("f1_weighted"),
    higher("matthews"),
    lower("loss"),
];

/// Of more than two, none is.
const CLASSES: [MetricInfo; 8] = [
    higher("accuracy"),
    higher("f1_macro"),
    higher("f1_micro"),
    higher("f1_weighted"),
    higher("precision_macro"),
    higher("recall_macro"),
    higher("matthews"),
    lower("loss"),
];

pub(super) const MULTI_LABEL: [MetricInfo; 9] = [
    higher("f1_micro"),
    higher("subset_accuracy"),
    higher("precision_micro"),
    higher("recall_micro"),
    higher("f1_macro"),
    higher("f1_weighted"),
    higher("f1_samples"),
    higher("average_precision"),
    lower("loss"),
];

pub(super) const REGRESSION: [MetricInfo; 6] = [
    lower("mse"),
    higher("pearson"),
    higher("spearman"),
    higher("r2"),
    lower("mae"),
    lower("loss"),
];

/// Of a classification with so many classes.
pub(super) fn classification(num_labels: usize) -> &'static [MetricInfo] {
    match num_labels {
        0..=2 => &TWO_CLASSES,
        _ => &CLASSES,
    }
}

/// The metrics that an evaluation of such a model has, each named and computed as in scikit-learn.
pub fn metrics(model: &ModelSettings) -> &'static [MetricInfo] {
    match model.problem {
        ProblemType::SingleLabelClassification => classification(model.num_labels),
        ProblemType::MultiLabelClassification => &MULTI_LABEL,
        ProblemType::Regression => &REGRESSION,
    }
}
