//! How a file of tagged sentences is read.

use serde::{Deserialize, Serialize};

use super::format::TagFormat;
use super::scheme::TagScheme;
use crate::table::ColumnRef;

/// How a file of tagged sentences is read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TagOptions {
    /// Its format; absent to go by the ending of its name.
    pub format: Option<TagFormat>,
    /// The column of the words: of CoNLL by its number from 1, if not the first; of CoNLL-U, if not
    /// the second; else by its name, if not `tokens` or `words`, or `text` of texts with spans.
    pub word_column: Option<ColumnRef>,
    /// The column of the tags: of CoNLL by its number, if not the last; of CoNLL-U, if not the
    /// fourth, the parts of speech; else by its name, if not `ner_tags`, `tags` or `labels`, or
    /// `spans`, `entities`, `label` or `labels` of texts.
    pub tag_column: Option<ColumnRef>,
    /// How the tags write entities; absent to go by the tags.
    pub tag_scheme: Option<TagScheme>,
    /// Whether the tags stay in their scheme; else they become IOB2.
    pub keep_scheme: bool,
    /// What the tags are called that are written as numbers from 0; none to take what the file says,
    /// as the Parquet of Hugging Face's `datasets` does.
    pub tag_names: Vec<String>,
}
