//! From token ids to the first hidden states.

use burn::module::{Module, Param};
use burn::nn::{Dropout, DropoutConfig};
use burn::tensor::{Int, Tensor, TensorData, backend::Backend, module};

use super::{Initializer, LayerNorm};
use crate::config::PositionEmbedding;

/// A table of vectors, one per id.
#[derive(Module, Debug)]
pub struct Embedding<B: Backend> {
    /// `[entries, hidden]`
    pub weight: Param<Tensor<B, 2>>,
}

impl<B: Backend> Embedding<B> {
    /// # Shapes
    /// - ids `[batch, seq]`
    /// - output `[batch, seq, hidden]`
    fn forward(&self, ids: Tensor<B, 2, Int>) -> Tensor<B, 3> {
        module::embedding(self.weight.val(), ids)
    }
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
    /// After LayerNorm.
    pub dropout: Dropout,
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
            dropout: DropoutConfig::new(config.hidden_dropout_prob).init(),
        }
    }

    /// # Shapes
    /// - input_ids, token_type_ids `[batch, seq]`
    /// - output `[batch, seq, hidden]`
    pub fn forward(
        &self,
        input_ids: Tensor<B, 2, Int>,
        token_type_ids: Tensor<B, 2, Int>,
    ) -> Tensor<B, 3> {
        let device = input_ids.device();
        let [_, seq] = input_ids.dims();
        let words = self.word_embeddings.forward(input_ids);
        let segments = self.token_type_embeddings.forward(token_type_ids);
        let positions = match &self.position_embeddings {
            // A slice, not a look-up: positions are always 0, 1, 2, ...
            Some(table) => table.weight.val().slice_dim(0, 0..seq),
            None => sinusoidal_positions(seq, words.dims()[2], &device),
        };
        let sum = words + segments + positions.unsqueeze::<3>();
        self.dropout.forward(self.layer_norm.forward(sum))
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
