//! Multi-head self-attention and the dense layer behind it.

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};

use super::{BertInput, DenseAddNorm, Initializer, Linear, Precision, Site};
use crate::backend::{AttentionSpec, BertBackend, composed};

/// Scaled dot-product attention in several heads, with dropout on the probabilities.
///
/// Written for BERT: Burn's own `MultiHeadAttention` puts its dropout before the softmax.
#[derive(Module, Debug)]
pub struct BertSelfAttention<B: Backend> {
    /// `[hidden, hidden]`
    pub query: Linear<B>,
    /// `[hidden, hidden]`
    pub key: Linear<B>,
    /// `[hidden, hidden]`
    pub value: Linear<B>,
    pub(crate) num_attention_heads: usize,
    attention_probs_dropout_prob: f64,
}

impl<B: Backend> BertSelfAttention<B> {
    fn new(init: &mut Initializer<'_>, device: &B::Device) -> Self {
        let config = init.config();
        let square = [config.hidden_size; 2];
        Self {
            query: Linear::new(init, square, device),
            key: Linear::new(init, square, device),
            value: Linear::new(init, square, device),
            num_attention_heads: config.num_attention_heads,
            attention_probs_dropout_prob: config.attention_probs_dropout_prob,
        }
    }
}

impl<B: BertBackend> BertSelfAttention<B> {
    /// The context of every token.
    ///
    /// # Shapes
    /// - hidden and output `[rows, hidden]`
    pub fn forward(
        &self,
        hidden: Tensor<B, 2>,
        spec: &AttentionSpec<B>,
        precision: Precision,
    ) -> Tensor<B, 2> {
        B::self_attention(self.qkv(hidden, precision), spec)
    }

    /// The weights that the values are added up with, before dropout.
    ///
    /// # Shapes
    /// - hidden `[rows, hidden]`, output `[batch, heads, seq, seq]`
    pub fn probabilities(
        &self,
        hidden: Tensor<B, 2>,
        spec: &AttentionSpec<B>,
        precision: Precision,
    ) -> Tensor<B, 4> {
        composed::attention::probabilities(self.qkv(hidden, precision), spec)
    }

    /// How attention is laid out in layer `layer` for a batch.
    pub fn spec(&self, input: &BertInput<B>, layer: usize) -> AttentionSpec<B> {
        let [batch, seq] = input.shape();
        AttentionSpec {
            batch,
            seq,
            heads: self.num_attention_heads,
            lengths: input.lengths(),
            bias: input
                .attention_bias()
                .map(|bias| input.precision().factor(bias)),
            dropout: input.dropout_at(
                Site::AttentionProbabilities { layer },
                self.attention_probs_dropout_prob,
            ),
        }
    }

    pub(super) fn num_attention_heads(&self) -> usize {
        self.num_attention_heads
    }

    fn qkv(&self, hidden: Tensor<B, 2>, precision: Precision) -> Tensor<B, 2> {
        let layers = [&self.query, &self.key, &self.value];
        B::qkv(
            precision.factor(hidden),
            layers.map(|layer| precision.factor(layer.weight.val())),
            layers.map(|layer| precision.factor(layer.bias.val())),
        )
    }
}

/// The first half of an encoder layer.
#[derive(Module, Debug)]
pub struct BertAttention<B: Backend> {
    /// Every token looks at every token.
    pub self_attention: BertSelfAttention<B>,
    /// What is seen goes back into the hidden state.
    pub output: DenseAddNorm<B>,
}

impl<B: Backend> BertAttention<B> {
    pub(super) fn new(init: &mut Initializer<'_>, device: &B::Device) -> Self {
        let hidden_size = init.config().hidden_size;
        Self {
            self_attention: BertSelfAttention::new(init, device),
            output: DenseAddNorm::new(init, hidden_size, device),
        }
    }
}
