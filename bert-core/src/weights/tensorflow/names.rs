//! The names of google-research/bert and of the code made from it, for TensorFlow 1.
//!
//! Follows `modeling.py`, `run_pretraining.py`, `run_classifier.py` and `run_squad.py` there. A
//! path there is a path in Hugging Face's names but for the words in the tables below.

use super::super::names::ARCHITECTURE;

/// What a variable is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The parameter of this name, and how it is stored.
    Parameter(String, Form),
    /// No part of the model.
    Skipped,
    /// Something else.
    Unknown,
}

/// How a variable differs from what Hugging Face's files have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Not at all.
    Same,
    /// A dense kernel: `[in, out]`, or `[in, heads, head size]`.
    Kernel,
    /// The dense kernel after attention: `[in, out]`, or `[heads, head size, out]`.
    HeadsToHidden,
    /// A bias of heads: `[out]`, or `[heads, head size]`.
    HeadsBias,
}

impl Form {
    /// Inputs and outputs of a kernel of this shape.
    pub(super) fn matrix(self, shape: &[usize]) -> Option<(usize, usize)> {
        match (self, shape) {
            (Self::Kernel | Self::HeadsToHidden, &[inputs, outputs]) => Some((inputs, outputs)),
            (Self::Kernel, &[inputs, heads, size]) => Some((inputs, heads * size)),
            (Self::HeadsToHidden, &[heads, size, outputs]) => Some((heads * size, outputs)),
            _ => None,
        }
    }

    /// The shape that a variable of shape `stored` has for Hugging Face. One that does not fit
    /// stays as it is, for the loader to report.
    pub(super) fn shape(self, stored: &[usize]) -> Vec<usize> {
        match (self.matrix(stored), self, stored) {
            (Some((inputs, outputs)), ..) => vec![outputs, inputs],
            (None, Self::HeadsBias, &[heads, size]) => vec![heads * size],
            _ => stored.to_vec(),
        }
    }
}

/// Parameters of heads: (here, in Hugging Face's files). Their matrices are `[out, in]` in both.
/// `qa_outputs` is what Hugging Face's model has; its own conversion has no place for it.
const HEADS: [(&str, &str); 7] = [
    ("cls/predictions/output_bias", "cls.predictions.bias"),
    (
        "cls/seq_relationship/output_weights",
        "cls.seq_relationship.weight",
    ),
    (
        "cls/seq_relationship/output_bias",
        "cls.seq_relationship.bias",
    ),
    ("output_weights", "classifier.weight"),
    ("output_bias", "classifier.bias"),
    ("cls/squad/output_weights", "qa_outputs.weight"),
    ("cls/squad/output_bias", "qa_outputs.bias"),
];

/// Where the paths are the same: (here, in Hugging Face's files).
const PATHS: [(&str, &str); 2] = [
    ("bert/", ARCHITECTURE.prefix),
    ("cls/predictions/transform/", "cls.predictions.transform."),
];

/// Ends of the names of the optimizer's variables, after the variable that they belong to.
const SLOTS: [&str; 8] = [
    "adam_m",
    "adam_v",
    "Adam",
    "Adam_1",
    "AdamWeightDecayOptimizer",
    "AdamWeightDecayOptimizer_1",
    "LAMBOptimizer",
    "LAMBOptimizer_1",
];

/// Variables of a training run: the step, Adam's powers of its betas, the scale of the loss.
const COUNTERS: [&str; 5] = [
    "global_step",
    "beta1_power",
    "beta2_power",
    "current_loss_scale",
    "good_steps",
];

/// What the variable of this name is.
pub(super) fn meaning(variable: &str) -> Meaning {
    let (path, last) = variable.rsplit_once('/').unwrap_or(("", variable));
    if COUNTERS.contains(&last) || (!path.is_empty() && SLOTS.contains(&last)) {
        return Meaning::Skipped;
    }
    if let Some((_, name)) = HEADS.iter().find(|(here, _)| *here == variable) {
        return Meaning::Parameter((*name).to_owned(), Form::Same);
    }
    let Some((path, prefix)) = PATHS
        .iter()
        .find_map(|(here, prefix)| Some((variable.strip_prefix(here)?, prefix)))
    else {
        return Meaning::Unknown;
    };
    let (path, kind, form) = match (path.rsplit_once('/'), last) {
        (Some((path, _)), "kernel") => (path, "weight", Form::Kernel),
        (Some((path, _)), "gamma") => (path, "weight", Form::Same),
        (Some((path, _)), "beta" | "bias") => (path, "bias", Form::Same),
        _ if last.ends_with("_embeddings") => (path, "weight", Form::Same),
        _ => return Meaning::Unknown,
    };
    let path = path.replace("layer_", "layer.").replace('/', ".");
    Meaning::Parameter(format!("{prefix}{path}.{kind}"), form)
}

/// The name of a parameter here, and how it is stored; the reverse of [`meaning`]. A parameter
/// that google-research/bert does not have keeps its name.
pub(super) fn variable(parameter: &str) -> (String, Form) {
    if let Some((here, _)) = HEADS.iter().find(|(_, name)| *name == parameter) {
        return ((*here).to_owned(), Form::Same);
    }
    // A model without a head has no prefix in Hugging Face's names.
    let trunk = ["embeddings.", "encoder.", "pooler."];
    let bare = trunk.iter().any(|module| parameter.starts_with(module));
    let found = if bare {
        Some((PATHS[0].0, parameter))
    } else {
        PATHS
            .iter()
            .find_map(|(here, prefix)| Some((*here, parameter.strip_prefix(prefix)?)))
    };
    let Some((prefix, (path, kind))) =
        found.and_then(|(prefix, path)| Some((prefix, path.rsplit_once('.')?)))
    else {
        return (parameter.to_owned(), Form::Same);
    };
    let (last, form) = match (kind, path) {
        ("weight", path) if path.ends_with("LayerNorm") => ("/gamma", Form::Same),
        ("bias", path) if path.ends_with("LayerNorm") => ("/beta", Form::Same),
        ("weight", path) if path.ends_with("_embeddings") => ("", Form::Same),
        ("weight", _) => ("/kernel", Form::Kernel),
        ("bias", _) => ("/bias", Form::Same),
        _ => return (parameter.to_owned(), Form::Same),
    };
    let path = path.replace("layer.", "layer_").replace('.', "/");
    (format!("{prefix}{path}{last}"), form)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: [(&str, &str, Form); 10] = [
        (
            "bert/embeddings/word_embeddings",
            "bert.embeddings.word_embeddings.weight",
            Form::Same,
        ),
        (
            "bert/embeddings/LayerNorm/gamma",
            "bert.embeddings.LayerNorm.weight",
            Form::Same,
        ),
        (
            "bert/encoder/layer_0/attention/self/query/kernel",
            "bert.encoder.layer.0.attention.self.query.weight",
            Form::Kernel,
        ),
        (
            "bert/encoder/layer_11/attention/output/LayerNorm/beta",
            "bert.encoder.layer.11.attention.output.LayerNorm.bias",
            Form::Same,
        ),
        (
            "bert/encoder/layer_11/intermediate/dense/bias",
            "bert.encoder.layer.11.intermediate.dense.bias",
            Form::Same,
        ),
        (
            "bert/pooler/dense/kernel",
            "bert.pooler.dense.weight",
            Form::Kernel,
        ),
        (
            "cls/predictions/transform/dense/kernel",
            "cls.predictions.transform.dense.weight",
            Form::Kernel,
        ),
        (
            "cls/predictions/transform/LayerNorm/gamma",
            "cls.predictions.transform.LayerNorm.weight",
            Form::Same,
        ),
        ("output_weights", "classifier.weight", Form::Same),
        ("cls/squad/output_bias", "qa_outputs.bias", Form::Same),
    ];

    #[test]
    fn names_go_both_ways() {
        for (here, name, form) in PAIRS {
            assert_eq!(meaning(here), Meaning::Parameter(name.to_owned(), form));
            assert_eq!(variable(name), (here.to_owned(), form));
        }
    }

    #[test]
    fn a_model_without_a_head_gets_the_trunks_prefix() {
        assert_eq!(
            variable("pooler.dense.bias"),
            ("bert/pooler/dense/bias".to_owned(), Form::Same)
        );
    }

    #[test]
    fn what_is_no_parameter_is_told_apart() {
        for name in [
            "global_step",
            "bert/pooler/dense/kernel/adam_m",
            "output_bias/Adam_1",
            "training/beta1_power",
        ] {
            assert_eq!(meaning(name), Meaning::Skipped, "{name}");
        }
        for name in ["adam_m", "resnet/conv1/kernel", "bert/", "kernel", ""] {
            assert_eq!(meaning(name), Meaning::Unknown, "{name}");
        }
        assert_eq!(
            variable("classifier.dense.weight"),
            ("classifier.dense.weight".to_owned(), Form::Same)
        );
    }
}
