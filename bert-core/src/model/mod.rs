//! BERT, from token ids to hidden states.
//!
//! ```text
//! input_ids, token_type_ids, attention_mask          [batch, seq]           input
//!   word + position + segment, LayerNorm, dropout    [rows, hidden]         embeddings
//!   num_hidden_layers times:                                                encoder
//!     self-attention                                 [rows, hidden]         attention
//!     dense, dropout, add, LayerNorm                 [rows, hidden]         add_norm
//!     dense, activation                              [rows, intermediate]   feed_forward
//!     dense, dropout, add, LayerNorm                 [rows, hidden]         add_norm
//!   last_hidden_state                                [batch, seq, hidden]   bert
//!   tanh(dense(hidden of [CLS]))                     [batch, hidden]        pooler
//! ```
//!
//! `rows` is `batch * seq`. What each line computes is in [`crate::backend`].
//!
//! `prepared` is the same for inference alone, with everything done once that does not change.
//!
//! Written after Devlin et al. 2018 (<https://arxiv.org/abs/1810.04805>) and Hugging Face's
//! `modeling_bert.py`, whose names the fields follow.

mod add_norm;
mod attention;
mod bert;
mod embeddings;
mod encoder;
mod feed_forward;
mod init;
mod input;
mod layer_norm;
mod linear;
mod pooler;
mod precision;
mod prepared;
mod trunk;

pub use add_norm::DenseAddNorm;
pub use attention::{BertAttention, BertSelfAttention};
pub use bert::{BertModel, BertOutput, OutputOptions};
pub use embeddings::{BertEmbeddings, Embedding, sinusoidal_positions};
pub use encoder::{BertEncoder, BertLayer};
pub use feed_forward::BertIntermediate;
pub use init::Initializer;
pub use input::{BertInput, InputError, Site};
pub use layer_norm::LayerNorm;
pub use linear::Linear;
pub use pooler::BertPooler;
pub use precision::Precision;
pub use prepared::{PreparedModel, PreparedTrunk};
pub use trunk::BertTrunk;
