//! libtorch's tensors as slices, where they are on the CPU.

use std::borrow::Cow;

use burn::backend::LibTorch;
use burn::backend::libtorch::{TchElement, TchTensor};
use burn::tensor::Tensor;
use tch::{Device, Kind, Tensor as Torch};

use crate::backend::cpu::Host;

/// Whether the kernels on slices can take a tensor.
pub(super) fn in_memory<E: TchElement, const D: usize>(tensor: &Tensor<LibTorch<E>, D>) -> bool {
    is_f32_on_cpu(&tensor.clone().into_primitive().tensor().tensor)
}

fn is_f32_on_cpu(tensor: &Torch) -> bool {
    tensor.device() == Device::Cpu && tensor.kind() == Kind::Float
}

/// The elements of a contiguous tensor of f32 on the CPU.
///
/// # Safety
/// Nothing else holds the tensor's memory: a clone of a libtorch tensor shares it.
pub(super) unsafe fn elements_mut(tensor: &mut Torch) -> &mut [f32] {
    assert!(is_f32_on_cpu(tensor), "what is stepped is f32 on the CPU");
    assert!(tensor.is_contiguous(), "what is stepped is contiguous");
    if tensor.numel() == 0 {
        // Its pointer may be null, which no slice may have.
        return &mut [];
    }
    // SAFETY: contiguous f32 in this process's memory, as many as the tensor has, that nothing
    // else holds; the borrow is as long as the tensor's.
    unsafe { std::slice::from_raw_parts_mut(tensor.data_ptr().cast(), tensor.numel()) }
}

impl<E: TchElement> Host for LibTorch<E> {
    fn elements(tensor: &TchTensor) -> Cow<'_, [f32]> {
        let tensor = &tensor.tensor;
        if tensor.numel() == 0 {
            // Its pointer may be null, which no slice may have.
            return Cow::Borrowed(&[]);
        }
        if is_f32_on_cpu(tensor) && tensor.is_contiguous() {
            // SAFETY: contiguous f32 in this process's memory, as many as the tensor has. They
            // live as long as the borrowed tensor, and Burn changes none in place that is held.
            return Cow::Borrowed(unsafe {
                std::slice::from_raw_parts(tensor.data_ptr().cast(), tensor.numel())
            });
        }
        let flat = tensor.to_kind(Kind::Float).contiguous().reshape([-1]);
        Cow::Owned(Vec::try_from(flat).expect("one dimension of f32"))
    }
}
