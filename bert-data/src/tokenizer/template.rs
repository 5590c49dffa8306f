//! The templates of a `tokenizer.json` by which special tokens come around texts.

use serde_json::Value;

/// Whether every special token of a template is among those that it defines; the tokenizers library
/// panics at others when the template is used.
pub(super) fn are_sound(processor: &Value) -> bool {
    match processor {
        Value::Object(fields) => {
            let defined = &processor["special_tokens"];
            let pieces = ["single", "pair"].map(|name| processor[name].as_array());
            let mut pieces = pieces.into_iter().flatten().flatten();
            let is_defined = |piece: &Value| match piece["SpecialToken"]["id"].as_str() {
                Some(token) => defined.get(token).is_some(),
                None => true,
            };
            pieces.all(is_defined) && fields.values().all(are_sound)
        }
        Value::Array(processors) => processors.iter().all(are_sound),
        _ => true,
    }
}
