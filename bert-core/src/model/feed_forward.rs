//! The wide layer after attention.

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};

use super::{Initializer, Linear, Precision};
use crate::backend::BertBackend;
use crate::config::HiddenAct;

/// Dense to `intermediate_size`, then the activation. No dropout here.
#[derive(Module, Debug)]
pub struct BertIntermediate<B: Backend> {
    /// `[hidden, intermediate]`
    pub dense: Linear<B>,
    #[module(skip)]
    pub(crate) hidden_act: HiddenAct,
}

impl<B: Backend> BertIntermediate<B> {
    pub(super) fn new(init: &mut Initializer<'_>, device: &B::Device) -> Self {
        let config = init.config();
        Self {
            dense: Linear::new(init, [config.hidden_size, config.intermediate_size], device),
            hidden_act: config.hidden_act,
        }
    }

    pub(super) fn hidden_act(&self) -> HiddenAct {
        self.hidden_act
    }
}

impl<B: BertBackend> BertIntermediate<B> {
    /// # Shapes
    /// - input `[rows, hidden]`
    /// - output `[rows, intermediate]`
    pub fn forward(&self, hidden: Tensor<B, 2>, precision: Precision) -> Tensor<B, 2> {
        // The bias is left to the second operation, which passes over the product anyway.
        let weight = precision.factor(self.dense.weight.val());
        let product = B::dense(precision.factor(hidden), weight, None);
        let bias = precision.factor(self.dense.bias.val());
        B::bias_activation(product, bias, self.hidden_act)
    }
}
