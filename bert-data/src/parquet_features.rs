//! What Hugging Face's `datasets` writes beside a Parquet file's columns: which numbers stand for
//! the names of classes.

use std::collections::BTreeMap;

use serde_json::Value;

/// Key of the file's metadata.
pub(crate) const KEY: &str = "huggingface";

/// The names of the classes, by column; nothing where the text is none of this kind.
pub(crate) fn class_names(metadata: &str) -> BTreeMap<String, Vec<String>> {
    let metadata: Value = serde_json::from_str(metadata).unwrap_or_default();
    let features = metadata["info"]["features"].as_object();
    let columns = features.into_iter().flatten();
    let columns = columns.filter_map(|(column, feature)| Some((column.clone(), names(feature)?)));
    columns.collect()
}

/// Of a feature of classes, or of a list of such.
fn names(feature: &Value) -> Option<Vec<String>> {
    match feature {
        Value::Array(inner) => names(inner.first()?),
        Value::Object(fields) => match fields.get("_type")?.as_str()? {
            "ClassLabel" => {
                let names = fields.get("names")?.as_array()?.iter();
                names.map(|name| Some(name.as_str()?.to_owned())).collect()
            }
            "Sequence" | "List" | "LargeList" => names(fields.get("feature")?),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_classes_are_found_in_what_datasets_writes() {
        let text = r#"{"info": {"features": {
            "text": {"dtype": "string", "_type": "Value"},
            "label": {"names": ["no", "yes"], "_type": "ClassLabel"},
            "tags": {"feature": {"names": ["a"], "_type": "ClassLabel"}, "_type": "List"},
            "old": [{"names": ["b"], "_type": "ClassLabel"}]
        }}}"#;
        let found = class_names(text);
        assert_eq!(found["label"], ["no", "yes"]);
        assert_eq!(
            (found["tags"][0].as_str(), found["old"][0].as_str()),
            ("a", "b")
        );
        assert_eq!(found.len(), 3);
        for other in ["", "{}", "[1]", r#"{"info": {"features": {"x": 3}}}"#] {
            assert!(class_names(other).is_empty());
        }
    }
}
