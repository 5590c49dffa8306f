//! The ndarray crate on the CPU.

use std::borrow::Cow;

use burn::backend::NdArray;
use burn::backend::ndarray::NdArrayTensor;
use burn::tensor::ops::FloatTensorOps;

use super::cpu::{Host, HostBackend};

impl HostBackend for NdArray {}

impl Host for NdArray {
    fn elements(tensor: &NdArrayTensor) -> Cow<'_, [f32]> {
        if let NdArrayTensor::F32(storage) = tensor
            && let Some(elements) = storage.view().to_slice()
        {
            return Cow::Borrowed(elements);
        }
        let data = burn::tensor::try_read_sync(Self::float_into_data(tensor.clone()))
            .expect("data in memory is there at once")
            .expect("data in memory can be read")
            .convert::<f32>();
        Cow::Owned(
            data.into_vec()
                .expect("converted to f32 in the line before"),
        )
    }
}
