//! One vector for the whole sequence.

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};

use super::{Initializer, Linear};
use crate::backend::BertBackend;

/// `tanh(dense(hidden of [CLS]))`.
#[derive(Module, Debug)]
pub struct BertPooler<B: Backend> {
    /// `[hidden, hidden]`
    pub dense: Linear<B>,
}

impl<B: Backend> BertPooler<B> {
    pub(super) fn new(init: &mut Initializer<'_>, device: &B::Device) -> Self {
        Self {
            dense: Linear::new(init, [init.config().hidden_size; 2], device),
        }
    }
}

impl<B: BertBackend> BertPooler<B> {
    /// # Shapes
    /// - first, the last hidden state of `[CLS]`, and output `[batch, hidden]`
    pub fn forward(&self, first: Tensor<B, 2>) -> Tensor<B, 2> {
        self.dense.forward(first).tanh()
    }
}
