//! What is checked before a model is trained or scored, in one place for every head: whatever the
//! passes over a split take for granted.

use bert_core::config::BertConfig;

use super::{Dataset, MetricInfo, TrainingArguments, TrainingError};

/// A token or a segment that a model has no embedding for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// The example by its place in the split.
    pub index: usize,
    /// `input_ids` or `token_type_ids`.
    pub what: &'static str,
    /// The id.
    pub id: usize,
}

impl Outside {
    /// The first id of an example that is too large, its tokens before its segments.
    pub(crate) fn of(
        config: &BertConfig,
        index: usize,
        input_ids: &[u32],
        token_type_ids: &[u32],
    ) -> Option<Self> {
        let first = |what, ids: &[u32], size: usize| {
            let id = ids.iter().map(|&id| id as usize).find(|&id| id >= size)?;
            Some(Self { index, what, id })
        };
        first("input_ids", input_ids, config.vocab_size)
            .or_else(|| first("token_type_ids", token_type_ids, config.num_segments()))
    }
}

/// No split may be empty, or have a sequence that the model has no positions or embeddings for.
pub(crate) fn check_split(
    config: &BertConfig,
    name: &'static str,
    split: &impl Dataset,
) -> Result<(), TrainingError> {
    if split.num_examples() == 0 {
        return Err(TrainingError::EmptySplit { split: name });
    }
    let (max_seq_length, positions) = (split.max_seq_length(), config.max_sequence_length());
    if max_seq_length > positions {
        return Err(TrainingError::TooLong {
            max_seq_length,
            positions,
        });
    }
    split.outside(config).map_or(Ok(()), |outside| {
        Err(TrainingError::NoEmbedding {
            split: name,
            size: match outside.what {
                "input_ids" => config.vocab_size,
                _ => config.num_segments(),
            },
            outside,
        })
    })
}

/// A model must be of the configuration that is saved with it.
pub(crate) fn check_folder(model: &BertConfig, folder: &BertConfig) -> Result<(), TrainingError> {
    let sizes = |config: &BertConfig| {
        [
            ("vocab_size", config.vocab_size),
            ("hidden_size", config.hidden_size),
            ("num_hidden_layers", config.num_hidden_layers),
            ("num_attention_heads", config.num_attention_heads),
            ("intermediate_size", config.intermediate_size),
            ("max_position_embeddings", config.max_position_embeddings),
            ("type_vocab_size", config.type_vocab_size),
            ("num_labels", config.num_labels()),
        ]
    };
    let pairs = sizes(model).into_iter().zip(sizes(folder));
    for ((key, model), (_, folder)) in pairs {
        if model != folder {
            return Err(TrainingError::AnotherModel { key, model, folder });
        }
    }
    Ok(())
}

/// Every example must have a label that the model has a score for.
pub(crate) fn check_label(
    split: &'static str,
    index: usize,
    label: Option<usize>,
    num_labels: usize,
) -> Result<(), TrainingError> {
    match label {
        None => Err(TrainingError::NoLabel { split, index }),
        Some(label) if label >= num_labels => Err(TrainingError::LabelOutside {
            split,
            index,
            label,
            num_labels,
        }),
        Some(_) => Ok(()),
    }
}

/// For heads whose loss is a plain one.
pub(crate) fn check_plain_loss(
    arguments: &TrainingArguments,
    head: &'static str,
) -> Result<(), TrainingError> {
    let number = |value: f64| (value != 0.0).then(|| value.to_string());
    let options = [
        ("label_smoothing", number(arguments.label_smoothing)),
        ("focal_gamma", number(arguments.focal_gamma)),
        (
            "class_weights",
            arguments.class_weights.as_ref().map(ToString::to_string),
        ),
    ];
    match options
        .into_iter()
        .find_map(|(name, value)| Some((name, value?)))
    {
        Some((name, value)) => Err(TrainingError::NotOfHead { name, value, head }),
        None => Ok(()),
    }
}

/// The metric that decides which evaluation is the best: the one asked for, or the first of those
/// that the evaluations of this model have.
pub(crate) fn deciding_metric(
    known: &[MetricInfo],
    arguments: &TrainingArguments,
) -> Result<MetricInfo, TrainingError> {
    let Some(name) = &arguments.metric_for_best_model else {
        return Ok(known[0]);
    };
    let bare = name.strip_prefix("eval_").unwrap_or(name);
    let metric = known.iter().find(|metric| metric.name == bare);
    metric.copied().ok_or_else(|| TrainingError::UnknownMetric {
        name: name.clone(),
        known: known.iter().map(|metric| metric.name).collect(),
    })
}
