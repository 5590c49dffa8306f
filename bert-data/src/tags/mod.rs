//! Token classification: sentences whose words have tags.
//!
//! - A [`TaggedSentence`] is words with their tags, and where they stand in a file.
//! - A [`TagScheme`] is the way in which tags write entities: IOB2 and its relatives. [`entities`]
//!   reads them from tags as seqeval does; [`convert`](TagScheme::convert) writes tags of one scheme
//!   in another.
//! - [`TagNames`] are the tags that a model tells apart.
//! - [`EncodedTags`] are sentences as tokens: `pieces` has the words cut into word pieces, `windows`
//!   the rows of a sentence that is longer than the model. [`TokenLabels`] say which token stands
//!   for which word, and what is learned of it.
//!
//! What is wrong is a [`TagError`] with file and line, and what to do.

mod encode;
mod entities;
mod error;
mod labels;
mod names;
mod scheme;
mod sentence;
mod windows;

pub use encode::EncodedTags;
pub use entities::{Entity, entities};
pub use error::TagError;
pub use labels::{LostWords, TokenLabels, WordPlace};
pub use names::TagNames;
pub use scheme::TagScheme;
pub use sentence::{Source, SourceText, TaggedSentence};
