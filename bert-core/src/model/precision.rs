//! In which element type the model computes.

use burn::tensor::{FloatDType, Tensor, backend::Backend};

/// What matrix products are computed in. Parameters, the hidden state between the blocks,
/// LayerNorm, the pooler and the head are f32 either way, as under PyTorch's autocast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// In f32.
    #[default]
    F32,
    /// In bf16, and with them what lies between two products: projections, attention
    /// probabilities, the wide layer. For backends that have it: libtorch and CUDA.
    Bf16,
}

impl Precision {
    /// A factor of a product, or what is added to one.
    pub(super) fn factor<B: Backend, const D: usize>(self, x: Tensor<B, D>) -> Tensor<B, D> {
        match self {
            Self::F32 => x,
            Self::Bf16 => x.cast(FloatDType::BF16),
        }
    }

    /// A product that goes back into the hidden state.
    pub(super) fn widen<B: Backend, const D: usize>(self, x: Tensor<B, D>) -> Tensor<B, D> {
        match self {
            Self::F32 => x,
            Self::Bf16 => x.cast(FloatDType::F32),
        }
    }
}
