//! A vector for each text, whose neighbours are texts of a similar meaning.
//!
//! - [`EmbeddingConfig`]: what sentence-transformers says of such a model on disk, beside the files
//!   of `transformers`: how long texts may be, how tokens become a text, what comes after.
//! - [`PoolingMode`]: from the hidden states of a text's tokens to a vector. Padding never counts.
//! - [`BertForEmbedding`]: the encoder.
//! - [`Embedder`]: all of it, from texts to [`Embeddings`].
//! - [`Similarity`]: how near two vectors are.

mod config;
mod dense;
mod embedder;
mod embeddings;
mod error;
mod files;
mod model;
mod pooling;
mod similarity;

pub use config::{EmbeddingConfig, EmbeddingModule};
pub use dense::{Activation, DenseConfig};
pub use embedder::Embedder;
pub use embeddings::Embeddings;
pub use error::{EmbeddingError, ModulesError};
pub use files::module_files;
pub use model::BertForEmbedding;
pub use pooling::{Pooling, PoolingMode};
pub use similarity::Similarity;
