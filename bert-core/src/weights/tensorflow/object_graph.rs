//! The names of TensorFlow Model Garden's BERT, for TensorFlow 2.
//!
//! A name there is a path through Python objects: `encoder/layer_with_weights-4/_output_dense/
//! kernel/.ATTRIBUTES/VARIABLE_VALUE`. The objects are those of `official/nlp/modeling`:
//! `BertEncoder`, whose Keras model numbers the layers that have weights (0 word, 1 position, 2
//! type embeddings, 3 their LayerNorm, then the blocks, then the pooler), `BertEncoderV2`, whose
//! layers are attributes, and `BertPretrainerV2`, `BertClassifier` and `BertSpanLabeler` with their
//! heads. The numbers agree with those in
//! transformers' `convert_bert_original_tf2_checkpoint_to_pytorch.py`, the attributes with those in
//! `convert_bert_token_dropping_original_tf2_checkpoint_to_pytorch.py`.

use super::super::names::ARCHITECTURE;
use super::names::{Form, Meaning};

/// The end of every variable's name.
const VARIABLE: &str = "/.ATTRIBUTES/VARIABLE_VALUE";

/// Top-level objects that are no part of the model, and the description of all objects.
const NOT_THE_MODEL: [&str; 5] = [
    "_CHECKPOINTABLE_OBJECT_GRAPH",
    "optimizer",
    "global_step",
    "save_counter",
    "current_loss_scale",
];

/// The number of the first block among the layers with weights.
const FIRST_BLOCK: usize = 4;

/// The modules of a block: (here, in Hugging Face's files).
const BLOCK: [(&[&str], &str); 9] = [
    (
        &["_attention_layer", "_query_dense"],
        "attention.self.query",
    ),
    (&["_attention_layer", "_key_dense"], "attention.self.key"),
    (
        &["_attention_layer", "_value_dense"],
        "attention.self.value",
    ),
    (
        &["_attention_layer", "_output_dense"],
        "attention.output.dense",
    ),
    // Until version 2.3.
    (&["_attention_output_dense"], "attention.output.dense"),
    (&["_attention_layer_norm"], "attention.output.LayerNorm"),
    (&["_intermediate_dense"], "intermediate.dense"),
    (&["_output_dense"], "output.dense"),
    (&["_output_layer_norm"], "output.LayerNorm"),
];

/// Modules of the trunk, in Hugging Face's files.
const WORDS: &str = "embeddings.word_embeddings";
const POOLER: &str = "pooler.dense";

/// What depends on all names of a checkpoint.
pub(super) struct ObjectGraph {
    /// The number that the encoder's pooler has among the layers with weights.
    pooler: usize,
    /// Whether a head has a pooler. Then the encoder's own was not trained.
    has_head_pooler: bool,
    /// Whether there is a masked language model, so that the head beside it is for next sentences.
    is_pretrainer: bool,
}

impl ObjectGraph {
    /// Looks at all names of a checkpoint.
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a String>) -> Self {
        let mut graph = Self {
            pooler: FIRST_BLOCK,
            has_head_pooler: false,
            is_pretrainer: false,
        };
        for path in names.filter_map(|name| Path::new(name)) {
            match path.model() {
                ["masked_lm", ..] => graph.is_pretrainer = true,
                [head, _] if *head == NEXT_SENTENCE_POOLER => graph.has_head_pooler = true,
                ["classification_heads", "0", "dense", _] => graph.has_head_pooler = true,
                _ => {}
            }
            if let [layer, module @ .., _] = path.encoder()
                && let Some(number) = layer_with_weights(layer)
                && block_module(module).is_some()
            {
                graph.pooler = graph.pooler.max(number.saturating_add(1));
            }
        }
        graph
    }

    /// What the variable of this name is.
    pub(super) fn meaning(&self, name: &str) -> Meaning {
        let first = name.split('/').next().unwrap_or_default();
        if NOT_THE_MODEL.contains(&first)
            || name.contains("/.OPTIMIZER_SLOT/")
            || name.ends_with("/.ATTRIBUTES/OBJECT_CONFIG_JSON")
        {
            return Meaning::Skipped;
        }
        let Some(path) = Path::new(name) else {
            return Meaning::Unknown;
        };
        let head = self.head(path.model());
        let is_head = head.is_some();
        let Some((module, leaf)) = head.or_else(|| self.trunk(path.encoder())) else {
            return Meaning::Unknown;
        };
        if module == ARCHITECTURE.name_of(POOLER) && self.has_head_pooler && !is_head {
            return Meaning::Skipped;
        }
        parameter(&module, leaf)
    }

    /// The module of a head and the variable's name in it.
    fn head<'a>(&self, path: &[&'a str]) -> Option<(String, &'a str)> {
        let (module, leaf) = match *path {
            ["masked_lm", "embedding_table"] => {
                return Some((ARCHITECTURE.name_of(WORDS), "embeddings"));
            }
            ["masked_lm", "dense", leaf] => ("cls.predictions.transform.dense", leaf),
            ["masked_lm", "layer_norm", leaf] => ("cls.predictions.transform.LayerNorm", leaf),
            // As an attribute, or by the name that the layer gave it: `output_bias/bias`.
            ["masked_lm", "bias" | "output_bias" | "output_bias.Sbias"] => {
                ("cls.predictions", "bias")
            }
            [NEXT_SENTENCE_POOLER, leaf] | ["classification_heads", "0", "dense", leaf] => {
                return Some((ARCHITECTURE.name_of(POOLER), leaf));
            }
            ["classification_heads", "0", "out_proj", leaf] if self.is_pretrainer => {
                ("cls.seq_relationship", leaf)
            }
            ["classification_heads", "0", "out_proj", leaf]
            | ["layer_with_weights-1", "out_proj", leaf] => ("classifier", leaf),
            ["layer_with_weights-1", "layer_with_weights-0", leaf] => ("qa_outputs", leaf),
            _ => return None,
        };
        Some((module.to_owned(), leaf))
    }

    /// The same for the encoder.
    fn trunk<'a>(&self, path: &[&'a str]) -> Option<(String, &'a str)> {
        let (module, leaf) = match *path {
            ["_embedding_layer", leaf] => (WORDS, leaf),
            ["_position_embedding_layer", leaf] => ("embeddings.position_embeddings", leaf),
            ["_type_embedding_layer", leaf] => ("embeddings.token_type_embeddings", leaf),
            ["_embedding_norm_layer", leaf] => ("embeddings.LayerNorm", leaf),
            ["_pooler_layer", leaf] => (POOLER, leaf),
            ["_transformer_layers", number, ref module @ .., leaf] => {
                let number: usize = number.parse().ok()?;
                return Some((block(number, module)?, leaf));
            }
            [layer, ref module @ .., leaf] => match (layer_with_weights(layer)?, module) {
                (0, []) => (WORDS, leaf),
                (1, []) => ("embeddings.position_embeddings", leaf),
                (2, []) => ("embeddings.token_type_embeddings", leaf),
                (3, []) => ("embeddings.LayerNorm", leaf),
                (number, []) if number == self.pooler => (POOLER, leaf),
                (number @ FIRST_BLOCK.., module) => {
                    return Some((block(number - FIRST_BLOCK, module)?, leaf));
                }
                _ => return None,
            },
            _ => return None,
        };
        Some((ARCHITECTURE.name_of(module), leaf))
    }
}

/// `next_sentence.pooler_dense` with its point escaped.
const NEXT_SENTENCE_POOLER: &str = "next_sentence..pooler_dense";

/// The objects that lead to a variable, and its name in the last of them.
struct Path<'a>(Vec<&'a str>);

impl<'a> Path<'a> {
    fn new(name: &'a str) -> Option<Self> {
        let path = name.strip_suffix(VARIABLE)?;
        Some(Self(path.split('/').collect()))
    }

    /// Without the name that the model was saved under.
    fn model(&self) -> &[&'a str] {
        match self.0.as_slice() {
            ["model", rest @ ..] => rest,
            all => all,
        }
    }

    /// Without what leads from the model to its encoder. To a Keras model with a head, such as
    /// `BertClassifier`, the encoder is the first layer with weights; what that has of its own
    /// lies deeper than the word embeddings, which otherwise are the first.
    fn encoder(&self) -> &[&'a str] {
        match self.model() {
            ["encoder" | "encoder_network", rest @ ..] => rest,
            ["layer_with_weights-0", rest @ ..] if rest.len() > 1 => rest,
            all => all,
        }
    }
}

fn layer_with_weights(object: &str) -> Option<usize> {
    object.strip_prefix("layer_with_weights-")?.parse().ok()
}

fn block(number: usize, module: &[&str]) -> Option<String> {
    let module = block_module(module)?;
    Some(ARCHITECTURE.name_of(&format!("encoder.layer.{number}.{module}")))
}

fn block_module(module: &[&str]) -> Option<&'static str> {
    let found = BLOCK.iter().find(|(here, _)| *here == module);
    found.map(|(_, name)| *name)
}

/// The parameter of a module, from the variable's name in it.
fn parameter(module: &str, leaf: &str) -> Meaning {
    let (kind, form) = match leaf {
        // The position embeddings have a second name.
        "embeddings" | "_position_embeddings" => ("weight", Form::Same),
        "gamma" => ("weight", Form::Same),
        "beta" => ("bias", Form::Same),
        "kernel" if module.ends_with("attention.output.dense") => ("weight", Form::HeadsToHidden),
        "kernel" => ("weight", Form::Kernel),
        "bias" if module.contains(".attention.self.") => ("bias", Form::HeadsBias),
        "bias" => ("bias", Form::Same),
        _ => return Meaning::Unknown,
    };
    Meaning::Parameter(format!("{module}.{kind}"), form)
}
