//! What a data set says of itself: the metadata at the beginning of its README.md.
//!
//! Keys are those of <https://huggingface.co/docs/hub/datasets-manual-configuration> and of
//! `dataset_info`, which `datasets` writes. What is missing or of another shape is not known.

use serde_json::Value;

use crate::error::HubError;

/// The metadata of a data set, as far as files and labels go.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DatasetCard {
    /// Its parts.
    pub configs: Vec<DatasetConfig>,
}

/// A part of a data set, such as `mrpc` of GLUE.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DatasetConfig {
    /// Its name: `default` where it is the only one and has none.
    pub name: String,
    /// Whether it is meant where none is named.
    pub is_default: bool,
    /// Its splits with the patterns of their files; empty where none are said.
    pub data_files: Vec<(String, Vec<String>)>,
    /// Its splits, in their order.
    pub splits: Vec<String>,
    /// Columns whose numbers stand for names.
    pub labels: Vec<LabelFeature>,
}

/// A column of classes.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelFeature {
    /// Its name.
    pub column: String,
    /// The names of the classes, from 0.
    pub names: Vec<String>,
}

impl DatasetCard {
    /// Of the text of a README.md; nothing is known where that has no metadata.
    ///
    /// # Errors
    /// When the metadata is no YAML. `id` is for the message.
    pub fn parse(id: &str, readme: &str) -> Result<Self, HubError> {
        let Some(metadata) = front_matter(readme) else {
            return Ok(Self::default());
        };
        let value: Value = serde_saphyr::from_str(metadata).map_err(|error| HubError::Card {
            id: id.to_owned(),
            why: error
                .to_string()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
        })?;
        let mut card = Self::default();
        for info in one_or_several(&value["dataset_info"]) {
            let config = card.config(name_of(info));
            config.splits = names(&info["splits"], "name");
            config.labels = items(&info["features"]).filter_map(label_feature).collect();
        }
        for entry in one_or_several(&value["configs"]) {
            let config = card.config(name_of(entry));
            config.is_default = entry["default"] == Value::Bool(true);
            config.data_files = data_files(&entry["data_files"]);
        }
        Ok(card)
    }

    fn config(&mut self, name: &str) -> &mut DatasetConfig {
        let found = self.configs.iter().position(|config| config.name == name);
        let at = found.unwrap_or_else(|| {
            self.configs.push(DatasetConfig {
                name: name.to_owned(),
                ..DatasetConfig::default()
            });
            self.configs.len() - 1
        });
        &mut self.configs[at]
    }
}

/// What stands between two lines of `---` at the beginning.
fn front_matter(readme: &str) -> Option<&str> {
    let text = readme.strip_prefix('\u{feff}').unwrap_or(readme);
    let text = text.strip_prefix("---")?;
    let begin = text.find('\n')? + 1;
    let mut at = begin;
    for line in text[begin..].split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Some(&text[begin..at]);
        }
        at += line.len();
    }
    None
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn one_or_several(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        Value::Object(_) => vec![value],
        _ => Vec::new(),
    }
}

fn name_of(value: &Value) -> &str {
    value["config_name"].as_str().unwrap_or("default")
}

fn names(list: &Value, key: &str) -> Vec<String> {
    let names = items(list).filter_map(|item| item[key].as_str());
    names.map(str::to_owned).collect()
}

/// A pattern, several, a list of `split` and `path`, or a map from one to the other.
fn data_files(value: &Value) -> Vec<(String, Vec<String>)> {
    let paths = |value: &Value| match value {
        Value::String(path) => vec![path.clone()],
        list => items(list)
            .filter_map(|path| Some(path.as_str()?.to_owned()))
            .collect(),
    };
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(split, files)| (split.clone(), paths(files)))
            .collect(),
        Value::Array(list) if list.iter().any(Value::is_object) => list
            .iter()
            .filter_map(|entry| Some((entry["split"].as_str()?.to_owned(), paths(&entry["path"]))))
            .collect(),
        Value::Null => Vec::new(),
        // Without a split everything is for training, as in `datasets`.
        value => vec![("train".to_owned(), paths(value))],
    }
}

/// A feature of classes, or a list of such.
fn label_feature(feature: &Value) -> Option<LabelFeature> {
    let of_class = |dtype: &Value| {
        let names = &dtype["class_label"]["names"];
        match names {
            Value::Object(map) => {
                let mut numbered: Vec<(usize, String)> = map
                    .iter()
                    .filter_map(|(number, name)| Some((number.parse().ok()?, scalar(name)?)))
                    .collect();
                numbered.sort();
                Some(numbered.into_iter().map(|(_, name)| name).collect())
            }
            Value::Array(names) => names.iter().map(scalar).collect::<Option<Vec<String>>>(),
            _ => None,
        }
    };
    let kinds = [&feature["dtype"], &feature["sequence"], &feature["list"]];
    let names = kinds.into_iter().find_map(of_class)?;
    Some(LabelFeature {
        column: feature["name"].as_str()?.to_owned(),
        names,
    })
}

/// A name that YAML may have taken for something else.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the data sets on the hub have it.
    const GLUE: &str = "---
language:
- en
dataset_info:
- config_name: mrpc
  features:
  - name: sentence1
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': not_equivalent
          '1': equivalent
  - name: idx
    dtype: int32
  splits:
  - name: train
    num_bytes: 943843
  - name: validation
  - name: test
- config_name: emotions
  features:
  - name: labels
    sequence:
      class_label:
        names: [joy, 'no', 3]
configs:
- config_name: mrpc
  data_files:
  - split: train
    path: mrpc/train-*
  - split: test
    path:
    - mrpc/test-*
- config_name: other
  default: true
  data_files: data/*.parquet
---
# GLUE
---
";

    #[test]
    fn parts_files_and_names_are_read() {
        let card = DatasetCard::parse("a/b", GLUE).unwrap();
        let [mrpc, emotions, other] = &card.configs[..] else {
            panic!("{card:?}");
        };
        assert_eq!(mrpc.name, "mrpc");
        assert_eq!(mrpc.splits, ["train", "validation", "test"]);
        assert_eq!(mrpc.labels[0].column, "label");
        assert_eq!(mrpc.labels[0].names, ["not_equivalent", "equivalent"]);
        let files = [("train", "mrpc/train-*"), ("test", "mrpc/test-*")];
        let files = files.map(|(split, path)| (split.to_owned(), vec![path.to_owned()]));
        assert_eq!(mrpc.data_files, files);
        assert_eq!(emotions.labels[0].names, ["joy", "no", "3"]);
        assert!(other.is_default && !mrpc.is_default);
        assert_eq!(other.data_files[0].1, ["data/*.parquet"]);
    }

    #[test]
    fn what_is_no_metadata_says_nothing_and_what_is_broken_says_so() {
        for text in [
            "",
            "# Title",
            "---\nopen",
            "---\n---\n",
            "---\nlicense: mit\n---\n",
            "---\nconfigs: 3\n---\n",
        ] {
            assert_eq!(
                DatasetCard::parse("a/b", text).unwrap(),
                DatasetCard::default(),
                "{text}"
            );
        }
        let error = DatasetCard::parse("a/b", "---\nconfigs: [\n---\n").unwrap_err();
        assert!(error.to_string().contains("README.md"), "{error}");
        let one = "---\r\ndataset_info:\r\n  splits:\r\n  - name: train\r\n---\r\n";
        assert_eq!(
            DatasetCard::parse("a/b", one).unwrap().configs[0].name,
            "default"
        );
    }
}
