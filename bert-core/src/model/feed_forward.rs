//! The two dense layers after attention.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig};
use burn::tensor::{Tensor, backend::Backend};

use super::{Initializer, LayerNorm, Linear};
use crate::config::HiddenAct;

/// Dense to `intermediate_size`, then the activation. No dropout here.
#[derive(Module, Debug)]
pub struct BertIntermediate<B: Backend> {
    /// `[hidden, intermediate]`
    pub dense: Linear<B>,
    #[module(skip)]
    hidden_act: HiddenAct,
}

impl<B: Backend> BertIntermediate<B> {
    pub(super) fn new(init: &mut Initializer<'_>, device: &B::Device) -> Self {
        let config = init.config();
        Self {
            dense: Linear::new(init, [config.hidden_size, config.intermediate_size], device),
            hidden_act: config.hidden_act,
        }
    }

    /// # Shapes
    /// - input `[batch * seq, hidden]`
    /// - output `[batch * seq, intermediate]`
    pub fn forward(&self, hidden: Tensor<B, 2>) -> Tensor<B, 2> {
        self.hidden_act.forward(self.dense.forward(hidden))
    }
}

/// Dense back to `hidden_size`, dropout, add the residual, LayerNorm.
#[derive(Module, Debug)]
pub struct BertOutputDense<B: Backend> {
    /// `[intermediate, hidden]`
    pub dense: Linear<B>,
    /// After the dense layer.
    pub dropout: Dropout,
    /// After the residual is added.
    pub layer_norm: LayerNorm<B>,
}

impl<B: Backend> BertOutputDense<B> {
    pub(super) fn new(init: &mut Initializer<'_>, device: &B::Device) -> Self {
        let config = init.config();
        Self {
            dense: Linear::new(init, [config.intermediate_size, config.hidden_size], device),
            dropout: DropoutConfig::new(config.hidden_dropout_prob).init(),
            layer_norm: LayerNorm::new(init, device),
        }
    }

    /// # Shapes
    /// - intermediate `[batch * seq, intermediate]`
    /// - residual and output `[batch * seq, hidden]`
    pub fn forward(&self, intermediate: Tensor<B, 2>, residual: Tensor<B, 2>) -> Tensor<B, 2> {
        let x = self.dropout.forward(self.dense.forward(intermediate));
        self.layer_norm.forward(x + residual)
    }
}
