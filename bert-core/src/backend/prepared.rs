//! Dense layers whose parameters do not change any more.

#[cfg(feature = "cpu")]
use std::sync::Arc;

use burn::tensor::{Tensor, backend::Backend};

#[cfg(feature = "cpu")]
use super::cpu::packed::Packed;

/// A dense layer in the form that [`prepared_dense`](super::BertBackend::prepared_dense) reads.
///
/// What that is is the backend's own affair: [`prepare_dense`](super::BertBackend::prepare_dense)
/// makes it, once per loaded model. It takes the place of the weight and is as large.
#[derive(Clone, Debug)]
pub struct PreparedDense<B: Backend> {
    pub(super) weight: PreparedWeight<B>,
    pub(super) bias: Option<Tensor<B, 1>>,
}

/// A weight `[in, out]`.
#[derive(Clone, Debug)]
pub(super) enum PreparedWeight<B: Backend> {
    /// As it was.
    Plain(Tensor<B, 2>),
    /// In panels, for the kernels on slices.
    #[cfg(feature = "cpu")]
    Packed(Arc<Packed>),
}

impl<B: Backend> PreparedDense<B> {
    /// `[in, out]`
    pub fn shape(&self) -> [usize; 2] {
        match &self.weight {
            PreparedWeight::Plain(weight) => weight.dims(),
            #[cfg(feature = "cpu")]
            PreparedWeight::Packed(weight) => weight.shape(),
        }
    }

    /// Its parameters as they were given.
    pub(super) fn plain(weight: Tensor<B, 2>, bias: Option<Tensor<B, 1>>) -> Self {
        let weight = PreparedWeight::Plain(weight);
        Self { weight, bias }
    }
}
