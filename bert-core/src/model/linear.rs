//! The dense layer.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, backend::Backend};

use super::Initializer;
use crate::backend::BertBackend;

/// `y = x W + b`.
///
/// The weight is stored `[in, out]`, the way the product reads it; Hugging Face's files have
/// `[out, in]` and are transposed on the way in and out (see [`crate::weights`]).
#[derive(Module, Debug)]
pub struct Linear<B: Backend> {
    /// `[in, out]`
    pub weight: Param<Tensor<B, 2>>,
    /// `[out]`
    pub bias: Param<Tensor<B, 1>>,
}

impl<B: Backend> Linear<B> {
    /// Truncated normal weight, zero bias.
    pub fn new(init: &mut Initializer<'_>, [d_in, d_out]: [usize; 2], device: &B::Device) -> Self {
        Self {
            weight: init.truncated_normal([d_in, d_out], device),
            bias: init.constant(0.0, d_out, device),
        }
    }

    /// The fresh layer of a head that is to be fine-tuned: as [`new`](Self::new), but the normal is
    /// [not truncated](Initializer::normal).
    pub fn head(init: &mut Initializer<'_>, [d_in, d_out]: [usize; 2], device: &B::Device) -> Self {
        Self {
            weight: init.normal([d_in, d_out], device),
            bias: init.constant(0.0, d_out, device),
        }
    }
}

impl<B: BertBackend> Linear<B> {
    /// # Shapes
    /// - input `[rows, in]`
    /// - output `[rows, out]`
    ///
    /// Two dimensions only: with a batch dimension Burn 0.21 builds the weight's gradient once
    /// per example and then adds them up.
    pub fn forward(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        B::dense(x, self.weight.val(), Some(self.bias.val()))
    }
}
