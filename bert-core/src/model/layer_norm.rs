//! Layer normalisation.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, backend::Backend};

use super::Initializer;

/// `(x - mean) / sqrt(variance + eps) * weight + bias` over the last dimension, with the biased
/// variance (Ba et al. 2016, <https://arxiv.org/abs/1607.06450>).
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

    /// # Shapes
    /// - input and output `[..., hidden]`
    pub fn forward<const D: usize>(&self, x: Tensor<B, D>) -> Tensor<B, D> {
        let centered = x.clone() - x.mean_dim(D - 1);
        let variance = (centered.clone() * centered.clone()).mean_dim(D - 1);
        let normed = centered / variance.add_scalar(self.eps).sqrt();
        normed * self.weight.val().unsqueeze() + self.bias.val().unsqueeze()
    }
}
