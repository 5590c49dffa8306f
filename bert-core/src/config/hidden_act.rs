//! The activation between the two dense layers of the feed-forward block.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use burn::tensor::{Tensor, activation, backend::Backend};
use serde::{Deserialize, Serialize};

/// Activations by the names that `hidden_act` has in `transformers` (`ACT2FN`). Names that differ
/// there only in how the same function is computed are one here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HiddenAct {
    /// `x * Phi(x)` with the exact error function; Hugging Face's default.
    #[serde(rename = "gelu", alias = "gelu_python")]
    Gelu,
    /// The tanh approximation of GELU, as in Google's own `modeling.py`.
    #[serde(
        rename = "gelu_new",
        alias = "gelu_pytorch_tanh",
        alias = "gelu_python_tanh",
        alias = "gelu_fast",
        alias = "gelu_accurate"
    )]
    GeluNew,
    /// `max(x, 0)`.
    #[serde(rename = "relu")]
    Relu,
    /// `x * sigmoid(x)`.
    #[serde(rename = "silu", alias = "swish")]
    Silu,
    /// Hyperbolic tangent.
    #[serde(rename = "tanh")]
    Tanh,
}

impl HiddenAct {
    /// Applies the activation to every element.
    pub fn forward<B: Backend, const D: usize>(self, x: Tensor<B, D>) -> Tensor<B, D> {
        match self {
            Self::Gelu => gelu(x),
            Self::GeluNew => gelu_new(x),
            Self::Relu => activation::relu(x),
            Self::Silu => activation::silu(x),
            Self::Tanh => activation::tanh(x),
        }
    }

    /// The derivative at every element.
    pub fn derivative<B: Backend, const D: usize>(self, x: Tensor<B, D>) -> Tensor<B, D> {
        match self {
            Self::Gelu => {
                // Phi(x) + x phi(x)
                let phi = (x.clone() * x.clone()).mul_scalar(-0.5).exp();
                let phi = phi.mul_scalar(FRAC_1_SQRT_2 * FRAC_2_SQRT_PI / 2.0);
                let cumulative = x.clone().mul_scalar(FRAC_1_SQRT_2).erf();
                cumulative.mul_scalar(0.5).add_scalar(0.5) + x * phi
            }
            Self::GeluNew => {
                let square = x.clone() * x.clone();
                let tanh = gelu_new_inner(x.clone()).tanh();
                let slope = square.mul_scalar(3.0 * CUBE).add_scalar(1.0);
                let slope = slope.mul_scalar(SQRT_2_OVER_PI);
                let bell = (tanh.clone() * tanh.clone()).neg().add_scalar(1.0);
                tanh.mul_scalar(0.5).add_scalar(0.5) + x.mul_scalar(0.5) * bell * slope
            }
            Self::Relu => x.greater_elem(0.0).float(),
            Self::Silu => {
                let sigmoid = activation::sigmoid(x.clone());
                sigmoid.clone() * (x * sigmoid.neg().add_scalar(1.0)).add_scalar(1.0)
            }
            Self::Tanh => {
                let tanh = activation::tanh(x);
                (tanh.clone() * tanh).neg().add_scalar(1.0)
            }
        }
    }
}

const SQRT_2_OVER_PI: f64 = FRAC_2_SQRT_PI * FRAC_1_SQRT_2;
const CUBE: f64 = 0.044715;

/// `0.5 x (1 + erf(x / sqrt 2))`.
///
/// Composed here because Burn's default `gelu_backward` is the derivative of a tanh
/// approximation: on most backends `activation::gelu` has gradients that are off by up to 1e-3.
fn gelu<B: Backend, const D: usize>(x: Tensor<B, D>) -> Tensor<B, D> {
    let erf = x.clone().mul_scalar(FRAC_1_SQRT_2).erf();
    x.mul_scalar(0.5) * erf.add_scalar(1.0)
}

/// `0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))`.
fn gelu_new<B: Backend, const D: usize>(x: Tensor<B, D>) -> Tensor<B, D> {
    x.clone().mul_scalar(0.5) * gelu_new_inner(x).tanh().add_scalar(1.0)
}

/// The cube is a product: a general power of a negative number is NaN on some GPUs.
fn gelu_new_inner<B: Backend, const D: usize>(x: Tensor<B, D>) -> Tensor<B, D> {
    let cube = x.clone() * x.clone() * x.clone();
    (x + cube.mul_scalar(CUBE)).mul_scalar(SQRT_2_OVER_PI)
}
