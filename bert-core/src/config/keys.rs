//! Keys of `transformers.BertConfig` that would change what a model computes, in ways that are not
//! computed here. What every other key is to us stands in `docs/config-keys.md`.

use serde_json::Value;

use super::{BertConfig, ConfigError};

/// A key that makes another model of it.
struct Refused {
    key: &'static str,
    /// Whether a value leaves the model as it is.
    is_neutral: fn(&Value) -> bool,
    /// What the key means, and what to do.
    why: &'static str,
}

const REFUSED: [Refused; 7] = [
    Refused {
        key: "is_decoder",
        is_neutral: is_nothing,
        why: "a decoder sees no later tokens, and only encoders are computed here; set it to \
              false if the model is to be used as an encoder",
    },
    Refused {
        key: "add_cross_attention",
        is_neutral: is_nothing,
        why: "only encoders without cross-attention are computed here; set it to false if the \
              weights have no `crossattention`",
    },
    Refused {
        key: "pruned_heads",
        is_neutral: prunes_nothing,
        why: "every layer must have all its attention heads here; use the model before it was \
              pruned",
    },
    Refused {
        key: "quantization_config",
        is_neutral: is_nothing,
        why: "quantized weights are not read; use the model before it was quantized, or save it \
              dequantized (`model.dequantize()` in transformers)",
    },
    Refused {
        key: "compression_config",
        is_neutral: is_nothing,
        why: "compressed weights are not read; use the model before it was compressed",
    },
    Refused {
        key: "per_layer_config",
        is_neutral: is_nothing,
        why: "all layers must be of one shape here",
    },
    Refused {
        key: "auto_map",
        is_neutral: maps_no_model,
        why: "the model is computed by code of its own, not as a BERT; remove the key if its \
              weights are those of a plain BERT",
    },
];

impl BertConfig {
    /// Checks the keys that this struct does not know.
    pub(super) fn check_extra(&self) -> Result<(), ConfigError> {
        for Refused {
            key,
            is_neutral,
            why,
        } in REFUSED
        {
            match self.extra.get(key) {
                Some(value) if !is_neutral(value) => {
                    let value = shortened(value);
                    return Err(ConfigError::invalid(format!("{key} is {value}: {why}")));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// What counts as false in Python.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(value) => value.as_f64() == Some(0.0),
        Value::String(value) => value.is_empty(),
        Value::Array(value) => value.is_empty(),
        Value::Object(value) => value.is_empty(),
    }
}

/// `{}` and `{"0": []}`.
fn prunes_nothing(value: &Value) -> bool {
    match value {
        Value::Object(layers) => layers.values().all(is_nothing),
        other => is_nothing(other),
    }
}

/// A map to a class of configuration or tokenizer alone says nothing of the model.
fn maps_no_model(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.iter().all(|(name, class)| {
            matches!(name.as_str(), "AutoConfig" | "AutoTokenizer") || is_nothing(class)
        }),
        other => is_nothing(other),
    }
}

fn shortened(value: &Value) -> String {
    const SHOWN: usize = 80;
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}
