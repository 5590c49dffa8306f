//! What sentence-transformers says of a model on disk, read and checked.
//!
//! `modules.json` lists what a text goes through, each module with a folder of its own.

mod read;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{DenseConfig, ModulesError, Pooling, Similarity};
use read::{check_names, kind, named, read, read_optional, read_pooling};
pub(super) use read::{entries, inside};

/// The list of the modules.
pub(super) const MODULES: &str = "modules.json";
/// How long texts may be, beside the encoder.
pub(super) const TRANSFORMER: &str = "sentence_bert_config.json";
/// What is said of the whole.
pub(super) const WHOLE: &str = "config_sentence_transformers.json";
/// The settings of a module, in its folder.
pub(super) const SETTINGS: &str = "config.json";

/// How the texts of a folder become vectors.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbeddingConfig {
    /// Where the encoder is within the folder; empty, but in old ones.
    pub transformer: PathBuf,
    /// The longest text in tokens, where that is said.
    pub max_seq_length: Option<usize>,
    /// Whether letters are lowered before the tokenizer sees them.
    pub do_lower_case: bool,
    /// How tokens become a text.
    pub pooling: Pooling,
    /// What the vectors go through then, one after the other.
    pub modules: Vec<EmbeddingModule>,
    /// What is put before a text, by the kind of text.
    pub prompts: BTreeMap<String, String>,
    /// The prompt where none is asked for.
    pub default_prompt_name: Option<String>,
    /// How near two vectors are.
    pub similarity: Similarity,
}

/// A module behind the pooling.
#[derive(Clone, Debug, PartialEq)]
pub enum EmbeddingModule {
    /// A layer, with its folder within the model's.
    Dense(DenseConfig, PathBuf),
    /// The vector is made one of length 1.
    Normalize,
}

impl Default for EmbeddingConfig {
    /// The mean of all tokens: what sentence-transformers takes of a folder that says nothing.
    fn default() -> Self {
        Self {
            transformer: PathBuf::new(),
            max_seq_length: None,
            do_lower_case: false,
            pooling: Pooling::default(),
            modules: Vec::new(),
            prompts: BTreeMap::new(),
            default_prompt_name: None,
            similarity: Similarity::default(),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
struct TransformerSettings {
    max_seq_length: Option<usize>,
    #[serde(default)]
    do_lower_case: bool,
    transformer_task: Option<String>,
    module_output_name: Option<String>,
    #[serde(default, alias = "tokenizer_args")]
    processor_kwargs: ProcessorSettings,
}

#[derive(Debug, Default, Deserialize)]
struct ProcessorSettings {
    model_max_length: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
struct WholeSettings {
    prompts: Option<BTreeMap<String, String>>,
    default_prompt_name: Option<String>,
    similarity_fn_name: Option<Similarity>,
}

impl EmbeddingConfig {
    /// Reads the files of a model folder. One without `modules.json` is the
    /// [default](Self::default).
    ///
    /// # Errors
    /// When a file is missing or wrong, or asks for a module that is not computed here.
    pub fn from_folder(folder: &Path) -> Result<Self, ModulesError> {
        let Some(entries) = entries(folder)? else {
            return Ok(Self::default());
        };
        let list = folder.join(MODULES);
        let unsupported = |reason: String| Err(ModulesError::unsupported(&list, reason));
        let whole: WholeSettings = read_optional(&folder.join(WHOLE))?;
        let mut config = Self {
            prompts: whole.prompts.unwrap_or_default(),
            default_prompt_name: whole.default_prompt_name,
            similarity: whole.similarity_fn_name.unwrap_or_default(),
            ..Self::default()
        };
        let mut before = "";
        for entry in &entries {
            let path = inside(&entry.path).ok_or_else(|| {
                let reason = format!("the path {:?} leads out of the folder", entry.path);
                ModulesError::unsupported(&list, reason)
            })?;
            let kind = kind(&entry.kind);
            match (before, kind) {
                ("", "Transformer") => config.read_transformer(folder, path)?,
                ("Transformer", "Pooling") => {
                    config.pooling = read_pooling(&folder.join(path).join(SETTINGS))?;
                }
                ("Transformer" | "", other) => {
                    return unsupported(format!(
                        "it has {} where a {} comes; a Transformer, a Pooling, and then Dense and \
                         Normalize are computed here",
                        named(other, &entry.kind),
                        if before.is_empty() {
                            "Transformer"
                        } else {
                            "Pooling"
                        },
                    ));
                }
                // It changes vectors in training only.
                (_, "Dropout") => {}
                (_, "Normalize") => {
                    check_names(&folder.join(path).join(SETTINGS))?;
                    config.modules.push(EmbeddingModule::Normalize);
                }
                (_, "Dense") => {
                    let settings = folder.join(path).join(SETTINGS);
                    check_names(&settings)?;
                    let dense = read(&settings)?;
                    config
                        .modules
                        .push(EmbeddingModule::Dense(dense, path.to_owned()));
                }
                (_, other) => {
                    return unsupported(format!(
                        "it has {} behind the Pooling, where Dense and Normalize are computed here",
                        named(other, &entry.kind)
                    ));
                }
            }
            before = kind;
        }
        match before {
            "" | "Transformer" => unsupported("it has no Pooling".to_owned()),
            _ => Ok(config),
        }
    }

    /// Whether vectors have length 1 in the end.
    pub fn is_normalized(&self) -> bool {
        self.modules.last() == Some(&EmbeddingModule::Normalize)
    }

    /// How many numbers a vector has, of an encoder of this `hidden_size`.
    pub fn dimension(&self, hidden_size: usize) -> usize {
        let dense = self.modules.iter().rev().find_map(|module| match module {
            EmbeddingModule::Dense(config, _) => Some(config.out_features),
            EmbeddingModule::Normalize => None,
        });
        dense.unwrap_or(self.pooling.modes.len() * hidden_size)
    }

    /// The prompt of this name.
    ///
    /// # Errors
    /// When there is none; the message says which there are.
    pub fn prompt(&self, name: &str) -> Result<&str, ModulesError> {
        let prompt = self.prompts.get(name).map(String::as_str);
        prompt.ok_or_else(|| {
            let names: Vec<&str> = self.prompts.keys().map(String::as_str).collect();
            ModulesError::NoPrompt {
                name: name.to_owned(),
                there_are: match names.is_empty() {
                    true => "none".to_owned(),
                    false => names.join(", "),
                },
            }
        })
    }

    /// What stands before a text that is looked for: the prompt of that name, else the default.
    ///
    /// Source: `encode_query` of sentence-transformers.
    pub fn query_prompt(&self) -> &str {
        self.first_prompt(&["query"])
    }

    /// What stands before a text among which is looked.
    ///
    /// Source: `encode_document` of sentence-transformers.
    pub fn document_prompt(&self) -> &str {
        self.first_prompt(&["document", "passage", "corpus"])
    }

    fn first_prompt(&self, names: &[&str]) -> &str {
        let names = names
            .iter()
            .copied()
            .chain(self.default_prompt_name.as_deref());
        let mut found = names.filter_map(|name| self.prompts.get(name));
        found.next().map_or("", String::as_str)
    }

    fn read_transformer(&mut self, folder: &Path, path: &Path) -> Result<(), ModulesError> {
        let file = folder.join(path).join(TRANSFORMER);
        let settings: TransformerSettings = read_optional(&file)?;
        let expected = [
            (
                "transformer_task",
                settings.transformer_task,
                "feature-extraction",
            ),
            (
                "module_output_name",
                settings.module_output_name,
                "token_embeddings",
            ),
        ];
        for (key, found, expected) in expected {
            if let Some(found) = found.filter(|found| found != expected) {
                let reason = format!("{key} is {found:?}; only {expected:?} is computed here");
                return Err(ModulesError::unsupported(&file, reason));
            }
        }
        path.clone_into(&mut self.transformer);
        let processor = settings.processor_kwargs.model_max_length;
        self.max_seq_length = processor.or(settings.max_seq_length);
        self.do_lower_case = settings.do_lower_case;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
