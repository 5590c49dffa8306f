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
    /// - last_hidden_state `[batch, seq, hidden]`
    /// - output `[batch, hidden]`
    pub fn forward(&self, last_hidden_state: Tensor<B, 3>) -> Tensor<B, 2> {
        let first = last_hidden_state.slice_dim(1, 0..1).squeeze_dim(1);
        self.dense.forward(first).tanh()
    }
}
