//! The label of every word of a text.
//!
//! - [`BertForTokenClassification`]: the model: BERT without a pooler, dropout, a linear layer on
//!   every token; [`crf`]: what labels say of their neighbours, on top.
//! - [`TokenSplit`]: sentences with their tags, as tokens.
//! - `step`: the loss (mean over the tokens that are learned), a training pass and an evaluation pass
//!   over a batch, [`TokenOutput`].
//! - [`TokenHead`], [`TokenEvaluation`]: what [`fit`](crate::training::fit) and
//!   [`evaluate`](crate::training::evaluate) know of it; `details`: the scores of each type and the
//!   hardest sentences, for displays; `predictions`: all of them, as a file.
//! - [`TokenClassifier`]: the words and entities of texts, from a saved folder: `pieces` of a text,
//!   `windows` over them, their `aggregation` to words and entities, which are [`Tagged`].

mod aggregation;
mod classifier;
pub mod crf;
#[cfg(feature = "train")]
mod details;
#[cfg(feature = "train")]
mod evaluation;
#[cfg(feature = "train")]
mod head;
mod model;
mod onnx;
mod pieces;
#[cfg(feature = "train")]
mod predictions;
#[cfg(feature = "train")]
mod split;
#[cfg(feature = "train")]
mod step;
mod tagged;
#[cfg(feature = "train")]
mod trainer;
mod windows;

pub use aggregation::{AggregationStrategy, UnknownStrategy};
pub use classifier::TokenClassifier;
pub use crf::Crf;
#[cfg(feature = "train")]
pub use evaluation::TokenEvaluation;
#[cfg(feature = "train")]
pub use head::TokenHead;
pub use model::BertForTokenClassification;
#[cfg(feature = "train")]
pub use split::{TokenBatch, TokenConfig, TokenSplit};
#[cfg(feature = "train")]
pub use step::{LabelledWord, TokenOutput};
pub use tagged::{Tagged, TaggedEntity, TaggedWord};
