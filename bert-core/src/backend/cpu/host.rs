//! From the tensors of a backend to slices and back.

use std::borrow::Cow;

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Shape, Tensor, TensorData};

/// A backend whose tensors are slices of f32 in this process's memory.
pub trait Host: Backend {
    /// The elements in row-major order, without a copy where they lie that way.
    fn elements(primitive: &Self::FloatTensorPrimitive) -> Cow<'_, [f32]>;
}

/// A tensor that is read. Holds the primitive, so that its elements can be borrowed.
pub(super) struct Read<B: Backend>(B::FloatTensorPrimitive);

impl<B: Host> Read<B> {
    pub(super) fn new<const D: usize>(tensor: Tensor<B, D>) -> Self {
        Self(tensor.into_primitive().tensor())
    }

    pub(super) fn elements(&self) -> Cow<'_, [f32]> {
        B::elements(&self.0)
    }
}

/// The elements of a tensor that nothing else needs, without a copy where nothing else holds them.
pub(super) fn take<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    let data = tensor.into_data();
    data.convert::<f32>()
        .into_vec()
        .expect("converted to f32 in this line")
}

pub(super) fn give<B: Backend, const D: usize>(
    values: Vec<f32>,
    shape: [usize; D],
    device: &B::Device,
) -> Tensor<B, D> {
    Tensor::from_data(TensorData::new(values, Shape::from(shape)), device)
}

/// Ids that were checked against their tables when the batch was made.
pub(super) fn ids<B: Backend, const D: usize>(tensor: Tensor<B, D, Int>) -> Vec<u32> {
    let data = tensor.into_data();
    data.iter::<i64>().map(|id| id as u32).collect()
}
