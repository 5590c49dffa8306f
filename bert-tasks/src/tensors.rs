//! Between tensors and plain numbers.

use burn::tensor::{Device, Int, Tensor, TensorData, backend::Backend};

/// The elements in row-major order.
pub(crate) fn numbers<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    let data = tensor.into_data().convert::<f32>();
    data.into_vec::<f32>().expect("converted in the line above")
}

/// A vector of whole numbers on a device.
pub(crate) fn ints<B: Backend>(values: Vec<i64>, device: &Device<B>) -> Tensor<B, 1, Int> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}
