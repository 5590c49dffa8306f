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
    /// One vector per segment; absent in an encoder without segments.
    pub token_type_embeddings: Option<Embedding<B>>,
    /// After the sum.
    pub layer_norm: LayerNorm<B>,
    /// On the result.
    hidden_dropout_prob: f64,
    /// The row of the position embeddings that the first token takes.
    pub(crate) position_offset: usize,
}

impl<B: Backend> BertEmbeddings<B> {
    pub(super) fn new(init: &mut Initializer<'_>, device: &B::Device) -> Self {
        let (config, architecture) = (init.config(), init.architecture());
        let hidden = config.hidden_size;
        let mut table = |entries, zero_row| Embedding {
            weight: init.embedding([entries, hidden], zero_row, device),
        };
        let word_embeddings = table(config.vocab_size, config.padding_idx());
        let position_embeddings = match config.position_embedding_type {
            PositionEmbedding::Absolute => Some(table(config.max_position_embeddings, None)),
            PositionEmbedding::Sinusoidal => None,
        };
        let token_type_embeddings = match architecture.has_segments {
            true => Some(table(config.type_vocab_size, None)),
            false => None,
        };
        Self {
            word_embeddings,
            position_embeddings,
            token_type_embeddings,
            layer_norm: LayerNorm::new(init, device),
            hidden_dropout_prob: config.hidden_dropout_prob,
            position_offset: architecture.position_offset,
        }
    }
}

impl<B: BertBackend> BertEmbeddings<B> {
    /// # Shapes
    /// - input_ids, token_type_ids `[batch, seq]`
    /// - output `[batch * seq, hidden]`
    pub fn forward(&self, input: &BertInput<B>) -> Tensor<B, 2> {
        let word = self.word_embeddings.weight.val();
        let ([_, seq], [_, hidden]) = (input.shape(), word.dims());
        let tables = EmbeddingTables {
            position: match (&self.position_embeddings, self.position_offset) {
                (Some(table), 0) => table.weight.val(),
                (Some(table), first) => table.weight.val().slice_dim(0, first..),
                (None, _) => sinusoidal_positions(seq, hidden, &word.device()),
            },
            token_type: match &self.token_type_embeddings {
                Some(table) => table.weight.val(),
                None => Tensor::zeros([1, hidden], &word.device()),
            },
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

#[cfg(test)]
mod tests {
    use burn::backend::Flex;

    use super::*;
    use crate::config::{Architecture, BertConfig};

    fn embeddings(architecture: &Architecture, config: &BertConfig) -> BertEmbeddings<Flex> {
        let mut init = Initializer::of(architecture, config, 7).unwrap();
        BertEmbeddings::new(&mut init, &Default::default())
    }

    #[test]
    fn another_architecture_skips_positions_and_has_no_segments() {
        let config = BertConfig {
            vocab_size: 20,
            hidden_size: 8,
            num_attention_heads: 2,
            max_position_embeddings: 6,
            ..BertConfig::default()
        };
        let other = Architecture {
            position_offset: 2,
            has_segments: false,
            ..Architecture::BERT
        };
        let other = embeddings(&other, &config);
        assert!(other.token_type_embeddings.is_none());

        // BERT's with tables that mean the same.
        let device = Default::default();
        let mut bert = embeddings(&Architecture::BERT, &config);
        let table = |weight| Embedding {
            weight: Param::from_tensor(weight),
        };
        let positions = bert.position_embeddings.unwrap().weight.val();
        bert.position_embeddings = Some(table(positions.slice_dim(0, 2..)));
        bert.token_type_embeddings = Some(table(Tensor::zeros([2, 8], &device)));

        let ids = [3, 5, 8, 13];
        let input = BertInput::new(&config, [1, 4], &ids, &[0; 4], &[1; 4], &device).unwrap();
        assert_eq!(
            other.forward(&input).to_data(),
            bert.forward(&input).to_data()
        );
    }
}
