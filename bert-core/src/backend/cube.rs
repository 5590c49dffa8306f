//! wgpu and cuda: the composed operations, which Burn's fusion joins into few kernels.

use burn_cubecl::{BoolElement, CubeBackend, CubeRuntime, FloatElement, IntElement};
use burn_fusion::{Fusion, FusionBackend};

use super::BertBackend;

impl<B: FusionBackend> BertBackend for Fusion<B> {}

impl<R, F, I, BT> BertBackend for CubeBackend<R, F, I, BT>
where
    R: CubeRuntime,
    F: FloatElement,
    I: IntElement,
    BT: BoolElement,
    Self: burn::tensor::backend::Backend,
{
}
