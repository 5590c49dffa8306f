//! The operations composed of Burn's own, forward and backward: what every backend has, and what
//! the faster ones are tested against.

pub mod activation;
pub mod adamw;
pub mod attention;
pub mod cross_entropy;
pub mod dense;
pub mod embeddings;
pub mod layer_norm;

use burn::tensor::{DType, Distribution, FloatDType, Shape, Tensor, TensorData, backend::Backend};

use super::Dropout;

/// Dropout by itself, for the few numbers of a head: the mask is drawn on the host and is the same
/// on every backend.
pub fn dropout<B: Backend, const D: usize>(x: Tensor<B, D>, dropout: Dropout) -> Tensor<B, D> {
    if !dropout.is_on() {
        return x;
    }
    let shape = x.shape();
    let mask = TensorData::new(dropout.mask(shape.num_elements()), shape);
    let mask = Tensor::from_data(mask, &x.device());
    x * mask
}

/// 0 where an element is dropped, `1 / (1 - prob)` where it is kept; absent where dropout is off.
fn mask<B: Backend, const D: usize>(
    shape: [usize; D],
    dropout: Dropout,
    device: &B::Device,
) -> Option<Tensor<B, D>> {
    dropout.is_on().then(|| {
        let keep = Distribution::Bernoulli(1.0 - f64::from(dropout.prob));
        Tensor::random(Shape::from(shape), keep, device).mul_scalar(dropout.scale())
    })
}

fn apply<B: Backend, const D: usize>(x: Tensor<B, D>, mask: Option<Tensor<B, D>>) -> Tensor<B, D> {
    match mask {
        Some(mask) => {
            let mask = to_type(mask, x.dtype());
            x * mask
        }
        None => x,
    }
}

/// Cast where the element type is another.
fn to_type<B: Backend, const D: usize>(x: Tensor<B, D>, dtype: DType) -> Tensor<B, D> {
    match x.dtype() == dtype {
        true => x,
        false => x.cast(FloatDType::from(dtype)),
    }
}

/// In f32 where the element type is a half one: for sums and exponentials.
fn widen<B: Backend, const D: usize>(x: Tensor<B, D>) -> Tensor<B, D> {
    match x.dtype() {
        DType::BF16 | DType::F16 => x.cast(FloatDType::F32),
        _ => x,
    }
}
