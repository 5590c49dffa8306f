//! How a parameter is called on disk.
//!
//! The fields of the model are named after Hugging Face's, so a path in the model is its name on
//! disk but for the few words in [`WORDS`].

use crate::config::Architecture;

/// Field names that differ from the names on disk: (ours, Hugging Face's).
const WORDS: [(&str, &str); 2] = [
    // A keyword in Rust.
    ("self_attention", "self"),
    // Not in Rust's case.
    ("layer_norm", "LayerNorm"),
];

/// Names of LayerNorm's parameters: (now, in files from before 2019).
const OLD_LAYER_NORM: [(&str, &str); 2] = [
    (".LayerNorm.weight", ".LayerNorm.gamma"),
    (".LayerNorm.bias", ".LayerNorm.beta"),
];

/// The one whose words the names of the model's fields are.
pub(super) const ARCHITECTURE: &Architecture = &Architecture::BERT;

/// Tensors that files carry although nothing is learned in them.
pub(super) const NOT_PARAMETERS: [&str; 2] =
    ["embeddings.position_ids", "embeddings.token_type_ids"];

/// How the elements of a parameter lie on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// As in the model.
    Same,
    /// `[out, in]` on disk, `[in, out]` in the model.
    Transposed,
}

/// The name on disk, from the path of field names in the model.
pub(super) fn disk_name<S: AsRef<str>>(path: &[S]) -> String {
    let words = path.iter().map(|field| {
        let field = field.as_ref();
        WORDS
            .iter()
            .find(|(ours, _)| *ours == field)
            .map_or(field, |(_, theirs)| theirs)
    });
    words.collect::<Vec<_>>().join(".")
}

/// The layout of a parameter, from the type of the module that holds it and its field name.
pub fn parameter_layout(module_type: &str, field: &str) -> Layout {
    if module_type.ends_with("Linear") && field == "weight" {
        Layout::Transposed
    } else {
        Layout::Same
    }
}

/// Every name that a file may have for `name`, the current one first: with and without the
/// trunk's prefix, with old and new LayerNorm names.
pub(super) fn aliases(name: &str) -> Vec<String> {
    let mut names = vec![name.to_owned()];
    names.push(match ARCHITECTURE.within(name) {
        Some(bare) => bare.to_owned(),
        None => ARCHITECTURE.name_of(name),
    });
    for (now, before) in OLD_LAYER_NORM {
        let old: Vec<String> = names
            .iter()
            .filter(|n| n.ends_with(now))
            .map(|n| n.replace(now, before))
            .collect();
        names.extend(old);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_hugging_faces_names() {
        let path = [
            "bert",
            "encoder",
            "layer",
            "0",
            "attention",
            "self_attention",
            "query",
            "bias",
        ];
        assert_eq!(
            disk_name(&path),
            "bert.encoder.layer.0.attention.self.query.bias"
        );
        let path = ["bert", "embeddings", "layer_norm", "weight"];
        assert_eq!(disk_name(&path), "bert.embeddings.LayerNorm.weight");
    }

    #[test]
    fn aliases_cover_prefix_and_age() {
        assert_eq!(
            aliases("bert.embeddings.LayerNorm.bias"),
            [
                "bert.embeddings.LayerNorm.bias",
                "embeddings.LayerNorm.bias",
                "bert.embeddings.LayerNorm.beta",
                "embeddings.LayerNorm.beta",
            ]
        );
        assert_eq!(
            aliases("pooler.dense.bias"),
            ["pooler.dense.bias", "bert.pooler.dense.bias"]
        );
    }
}
