//! From the tensors of a backend to slices and back.

use std::borrow::Cow;

use burn::tensor::backend::Backend;
use burn::tensor::{DType, Int, Shape, Tensor, TensorData};

/// A backend whose tensors are slices of f32 in this process's memory.
pub trait Host: Backend {
    /// All elements in row-major order as f32, without a copy where they lie that way.
    fn elements(primitive: &Self::FloatTensorPrimitive) -> Cow<'_, [f32]>;
}

/// A tensor that is read. Holds the primitive, so that its elements can be borrowed.
pub(super) struct Read<B: Backend>(B::FloatTensorPrimitive);

impl<B: Host> Read<B> {
    #[track_caller]
    pub(super) fn new<const D: usize>(tensor: Tensor<B, D>) -> Self {
        check_type(&tensor);
        Self(tensor.into_primitive().tensor())
    }

    pub(super) fn elements(&self) -> Cow<'_, [f32]> {
        B::elements(&self.0)
    }
}

/// The elements of a tensor that nothing else needs, without a copy where nothing else holds them.
#[track_caller]
pub(super) fn take<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    check_type(&tensor);
    let data = tensor.into_data();
    data.convert::<f32>()
        .into_vec()
        .expect("converted to f32 in this line")
}

/// Asserts that every element is an f32 or becomes one without loss. The kernels compute in f32;
/// f64 would lose its digits and nobody would know.
#[track_caller]
fn check_type<B: Backend, const D: usize>(tensor: &Tensor<B, D>) {
    let found = tensor.dtype();
    assert!(
        matches!(found, DType::F32 | DType::F16 | DType::BF16),
        "a kernel on slices is given {:?} of {found:?}, expected F32; cast it first",
        tensor.shape().as_slice()
    );
}

/// Where a result goes: the device and the element type of an operand.
pub(super) struct Destination<B: Backend> {
    device: B::Device,
    dtype: DType,
}

impl<B: Backend> Destination<B> {
    pub(super) fn of<const D: usize>(tensor: &Tensor<B, D>) -> Self {
        Self {
            device: tensor.device(),
            dtype: tensor.dtype(),
        }
    }

    /// A tensor of the result's type.
    pub(super) fn give<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Tensor<B, D> {
        let data = TensorData::new(values, Shape::from(shape));
        Tensor::from_data(data, (&self.device, self.dtype))
    }

    /// A tensor of f32, for what the backward pass needs.
    pub(super) fn keep<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Tensor<B, D> {
        let data = TensorData::new(values, Shape::from(shape));
        Tensor::from_data(data, (&self.device, DType::F32))
    }
}

/// The ids of a tensor. Those that no table can have are refused here: what they become in 32
/// bits might be an entry's.
#[track_caller]
pub(super) fn ids<B: Backend, const D: usize>(
    operation: &str,
    what: &str,
    tensor: Tensor<B, D, Int>,
) -> Vec<u32> {
    let data = tensor.into_data();
    data.iter::<i64>()
        .map(|id| match u32::try_from(id) {
            Ok(id) => id,
            Err(_) => panic!("{operation}: {what} has {id}, expected ids of a table"),
        })
        .collect()
}
