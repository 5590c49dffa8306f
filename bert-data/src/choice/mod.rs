//! Multiple choice: questions with the choices that a model picks one of.
//!
//! - [`ChoiceExample`]: a question; [`EncodedChoices`]: many, with a row of tokens for every choice.
//! - [`read_choices`] reads the files of a split, and [`ChoiceReader`] one of them, question by
//!   question: `layout` is which fields they have, `label` what says which choice is right.
//!
//! What is wrong is a [`ChoiceError`] with file and line, and what to do.
//!
//! ```
//! use bert_data::choice::read_choices;
//! use bert_data::table::LabelUse;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let train = dir.path().join("train.jsonl");
//! # let question = r#"{"context": "It rains.", "question": "How is the weather?", "choices": ["dry", "wet"], "label": "B"}"#;
//! # std::fs::write(&train, question)?;
//! let examples = read_choices(&[train], LabelUse::Required)?;
//! assert_eq!(examples[0].choices, ["dry", "wet"]);
//! assert_eq!(examples[0].label, Some(1));
//! # Ok(())
//! # }
//! ```

mod encode;
mod error;
mod label;
mod layout;
mod read;

pub use encode::{ChoiceBatch, ChoiceExample, EncodedChoices};
pub use error::{ChoiceError, ChoiceProblem};
pub use read::{ChoiceReader, read_choices};
