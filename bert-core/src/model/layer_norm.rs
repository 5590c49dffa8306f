//! Layer normalisation.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, backend::Backend};

use super::Initializer;
use crate::backend::{BertBackend, Dropout, LayerNormParameters, LayerNormSpec};

/// `(x - mean) / sqrt(variance + eps) * weight + bias` over the last dimension, with the biased
/// variance (Ba et al. 2016, <https://arxiv.org/abs/1607.06450>).
///
/// In the encoder it never stands alone, so it is computed together with its neighbours: see
/// [`add_layer_norm`](crate::backend::BertBackend::add_layer_norm) and
/// [`embeddings`](crate::backend::BertBackend::embeddings).
#[derive(Module, Debug)]
pub struct LayerNorm<B: Backend> {
    /// `[hidden]`; "gamma" in older files.
    pub weight: Param<Tensor<B, 1>>,
    /// `[hidden]`; "beta" in older files.
    pub bias: Param<Tensor<B, 1>>,
    /// Added to the variance; 1e-12 in BERT.
    pub eps: f64,
}

impl<B: Backend> LayerNorm<B> {
    /// Weight one, bias zero, over vectors of `hidden_size`.
    pub fn new(init: &mut Initializer<'_>, device: &B::Device) -> Self {
        let config = init.config();
        Self {
            weight: init.constant(1.0, config.hidden_size, device),
            bias: init.constant(0.0, config.hidden_size, device),
            eps: config.layer_norm_eps,
        }
    }

    /// Both as tensors, for the operation that they are a part of.
    pub(super) fn parameters(&self) -> LayerNormParameters<B> {
        LayerNormParameters {
            weight: self.weight.val(),
            bias: self.bias.val(),
        }
    }
}

impl<B: BertBackend> LayerNorm<B> {
    /// By itself, as heads have it.
    ///
    /// # Shapes
    /// - x and output `[rows, hidden]`
    pub fn forward(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let ([rows, hidden], device) = (x.dims(), x.device());
        let spec = LayerNormSpec {
            eps: self.eps,
            dropout: Dropout::NONE,
        };
        // Nothing to add: x + 0 is x to the bit.
        let bias = Tensor::zeros([hidden], &device);
        let residual = Tensor::zeros([rows, hidden], &device);
        B::add_layer_norm(x, bias, residual, self.parameters(), spec)
    }
}
