//! The way back into the hidden state, behind attention and behind the feed-forward block.

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};

use super::{Initializer, LayerNorm, Linear, Precision};
use crate::backend::{BertBackend, Dropout, LayerNormSpec};

/// Dense, dropout, add the residual, LayerNorm: `BertSelfOutput` and `BertOutput` in
/// `transformers`.
#[derive(Module, Debug)]
pub struct DenseAddNorm<B: Backend> {
    /// `[in, hidden]`
    pub dense: Linear<B>,
    /// After the residual is added.
    pub layer_norm: LayerNorm<B>,
    /// After the dense layer.
    pub(super) hidden_dropout_prob: f64,
}

impl<B: Backend> DenseAddNorm<B> {
    pub(super) fn new(init: &mut Initializer<'_>, d_in: usize, device: &B::Device) -> Self {
        let config = init.config();
        Self {
            dense: Linear::new(init, [d_in, config.hidden_size], device),
            layer_norm: LayerNorm::new(init, device),
            hidden_dropout_prob: config.hidden_dropout_prob,
        }
    }
}

impl<B: BertBackend> DenseAddNorm<B> {
    /// # Shapes
    /// - x `[rows, in]`, residual and output `[rows, hidden]`
    pub fn forward(
        &self,
        x: Tensor<B, 2>,
        residual: Tensor<B, 2>,
        dropout: Dropout,
        precision: Precision,
    ) -> Tensor<B, 2> {
        // The bias is left to the second operation, which passes over the product anyway.
        let weight = precision.factor(self.dense.weight.val());
        let product = precision.widen(B::dense(precision.factor(x), weight, None));
        let spec = LayerNormSpec {
            eps: self.layer_norm.eps,
            dropout,
        };
        let norm = self.layer_norm.parameters();
        B::add_layer_norm(product, self.dense.bias.val(), residual, norm, spec)
    }
}
