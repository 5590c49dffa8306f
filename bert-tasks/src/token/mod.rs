//! The label of every word of a text.
//!
//! - [`BertForTokenClassification`]: the model: BERT without a pooler, dropout, a linear layer on
//!   every token; [`crf`]: what labels say of their neighbours, on top.
//! - [`TokenClassifier`]: the words and entities of texts, from a saved folder: `pieces` of a text,
//!   `windows` over them, their `aggregation` to words and entities, which are [`Tagged`].

mod aggregation;
mod classifier;
pub mod crf;
mod model;
mod pieces;
mod tagged;
mod windows;

pub use aggregation::{AggregationStrategy, UnknownStrategy};
pub use classifier::TokenClassifier;
pub use crf::Crf;
pub use model::BertForTokenClassification;
pub use tagged::{Tagged, TaggedEntity, TaggedWord};
