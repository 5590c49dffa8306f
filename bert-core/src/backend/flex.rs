//! flex: pure Rust on the CPU.

use std::borrow::Cow;

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;

use super::cpu::{Host, HostBackend};

impl HostBackend for Flex {}

impl Host for Flex {
    fn elements(tensor: &FlexTensor) -> Cow<'_, [f32]> {
        match tensor.as_slice::<f32>() {
            Some(elements) => Cow::Borrowed(elements),
            None => {
                let data = tensor.clone().into_data().convert::<f32>();
                Cow::Owned(
                    data.into_vec()
                        .expect("converted to f32 in the line before"),
                )
            }
        }
    }
}
