//! From token ids to the first hidden states.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData, backend::Backend};

use super::{BertInput, Initializer, LayerNorm, Site};
use crate::backend::{BertBackend, EmbeddingTables, LayerNormSpec};
use crate::config::PositionEmbedding;

/// A table of vectors, one per id.
#[derive(Module, Debug)]
pub struct Embedding<B: Backend> {
    /// `[entries, hidden]`
    pub weight: Param<Tensor<B, 2>>,
}

/// Word + position + segment, LayerNorm, dropout.
#[derive(Module, Debug)]
pub struct BertEmbeddings<B: Backend> {
    /// One vector per vocabulary entry.
    pub word_embeddings: Embedding<B>,
    /// One vector per position; absent where positions are sinusoidal and nothing is learned.
    pub position_embeddings: Option<Embedding<B>>,
    /// One vector per segment.
    pub token_type_embeddings: Embedding<B>,
    /// After the sum.
    pub layer_norm: LayerNorm<B>,
    /// On the result.
    hidden_dropout_prob: f64,
}

impl<B: Backend> BertEmbeddings<B> {
    pub(super) fn new(init: &mut Initializer<'_>, device: &B::Device) -> Self {
        let config = init.config();
        let hidden = config.hidden_size;
        let mut table = |entries, zero_row| Embedding {
            weight: init.embedding([entries, hidden], zero_row, device),
        };
        let word_embeddings = table(config.vocab_size, Some(config.pad_token_id));
        let position_embeddings = match config.position_embedding_type {
            PositionEmbedding::Absolute => Some(table(config.max_position_embeddings, None)),
            PositionEmbedding::Sinusoidal => None,
        };
        let token_type_embeddings = table(config.type_vocab_size, None);
        Self {
            word_embeddings,
            position_embeddings,
            token_type_embeddings,
            layer_norm: LayerNorm::new(init, device),
            hidden_dropout_prob: config.hidden_dropout_prob,
        }
    }
}

impl<B: BertBackend> BertEmbeddings<B> {
    /// # Shapes
    /// - input_ids, token_type_ids `[batch, seq]`
    /// - output `[batch * seq, hidden]`
    pub fn forward(&self, input: &BertInput<B>) -> Tensor<B, 2> {
        let word = self.word_embeddings.weight.val();
        let [_, seq] = input.shape();
        let tables = EmbeddingTables {
            position: match &self.position_embeddings {
                Some(table) => table.weight.val(),
                None => sinusoidal_positions(seq, word.dims()[1], &word.device()),
            },
            token_type: self.token_type_embeddings.weight.val(),
            word,
        };
        input.expect_tables(tables.word.dims()[0], tables.token_type.dims()[0]);
        let spec = LayerNormSpec {
            eps: self.layer_norm.eps,
            dropout: input.dropout_at(Site::Embeddings, self.hidden_dropout_prob),
        };
        B::embeddings(
            tables,
            self.layer_norm.parameters(),
            input.input_ids(),
            input.token_type_ids(),
            spec,
        )
    }
}

/// `sin(p / 10000^(2i/h))` in the even places, `cos` in the odd ones (Vaswani et al. 2017,
/// section 3.5, <https://arxiv.org/abs/1706.03762>).
///
/// # Shapes
/// - output `[seq, hidden]`
pub fn sinusoidal_positions<B: Backend>(
    seq: usize,
    hidden: usize,
    device: &B::Device,
) -> Tensor<B, 2> {
    let value = |position: usize, place: usize| {
        let exponent = (place - place % 2) as f64 / hidden as f64;
        let angle = position as f64 / 10_000_f64.powf(exponent);
        (if place.is_multiple_of(2) {
            angle.sin()
        } else {
            angle.cos()
        }) as f32
    };
    let values: Vec<f32> = (0..seq * hidden)
        .map(|at| value(at / hidden, at % hidden))
        .collect();
    Tensor::from_data(TensorData::new(values, [seq, hidden]), device)
}
