//! The card of a model: the `README.md` of its folder, as the hub of Hugging Face has it.
//!
//! - [`ModelCard`]: what is known of a model and its training; it is written by
//!   [`fit`](crate::training::fit).
//! - `metadata` is the YAML at its top, `text` the rest, `usage` how the model is used.
//! - [`BaseModel`]: what is taken over from the card of the model that the training began with.
//! - `own`: which cards are this program's, so that nobody's own is replaced.
//! - `escape`: names of any kind in YAML and Markdown.
//!
//! A card says nothing of folders and machines: it is made to be given away.

mod base;
mod escape;
mod metadata;
mod own;
mod text;
mod usage;

use std::path::Path;

use bert_core::config::BertConfig;
use bert_core::files::{FileError, write_atomically};
use serde_json::Value;

use crate::events::Environment;
pub use base::BaseModel;

/// The name of a card.
pub const CARD: &str = "README.md";

/// What is known of a model and its training.
#[derive(Clone, Debug, Default)]
pub struct ModelCard {
    /// The class of `transformers`, such as `BertForSequenceClassification`.
    pub architecture: String,
    /// What was trained, such as `mrpc`.
    pub task: String,
    /// The model's configuration.
    pub config: BertConfig,
    /// What the training began with.
    pub base: BaseModel,
    /// The names on the hub of what it was trained on.
    pub datasets: Vec<String>,
    /// `TrainingArguments`.
    pub arguments: Value,
    /// Where it was trained.
    pub environment: Environment,
    /// The scores of the model that was kept, by name.
    pub scores: Vec<(String, f64)>,
    /// Which epoch and which optimizer step it is of.
    pub best: (usize, usize),
    /// Examples of the training split, and of the split that was scored.
    pub examples: (usize, usize),
    /// Seed of the run.
    pub seed: u64,
}

impl ModelCard {
    /// All of it, with the mark by which it is known again.
    pub fn to_text(&self) -> String {
        own::marked(&format!(
            "{}\n{}",
            metadata::metadata(self),
            text::text(self)
        ))
    }

    /// Writes it as the `README.md` of `folder`, unless there is one that somebody has written or
    /// edited; says whether it did.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, folder: &Path) -> Result<bool, FileError> {
        let path = folder.join(CARD);
        if !own::may_replace(&path) {
            return Ok(false);
        }
        write_atomically(&path, self.to_text().as_bytes())?;
        Ok(true)
    }

    /// What the model is, in words.
    fn title(&self) -> &'static str {
        usage::Usage::of(&self.architecture).title
    }
}

#[cfg(test)]
mod tests;
