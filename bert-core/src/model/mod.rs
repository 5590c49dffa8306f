//! BERT, from token ids to hidden states.
//!
//! ```text
//! input_ids, token_type_ids, attention_mask          [batch, seq]           input
//!   word + position + segment, LayerNorm, dropout    [batch, seq, hidden]   embeddings
//!   num_hidden_layers times:
//!     self-attention, dense, dropout, add, LayerNorm                        attention
//!     dense, activation, dense, dropout, add, LayerNorm                     feed_forward
//!   last_hidden_state                                [batch, seq, hidden]   encoder
//!   tanh(dense(hidden of [CLS]))                     [batch, hidden]        pooler
//! ```
//!
//! Written after Devlin et al. 2018 (<https://arxiv.org/abs/1810.04805>) and Hugging Face's
//! `modeling_bert.py`, whose names the fields follow.

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

pub use attention::{BertAttention, BertSelfAttention, BertSelfOutput};
pub use bert::{BertModel, BertOutput, OutputOptions};
pub use embeddings::{BertEmbeddings, Embedding, sinusoidal_positions};
pub use encoder::{BertEncoder, BertLayer};
pub use feed_forward::{BertIntermediate, BertOutputDense};
pub use init::Initializer;
pub use input::{BertInput, InputError};
pub use layer_norm::LayerNorm;
pub use linear::Linear;
pub use pooler::BertPooler;
