//! A layer behind the pooling.

use std::path::Path;

use bert_core::backend::BertBackend;
use bert_core::weights::{
    NamedTensor, TensorSource, WeightsError, find_weights, open, write_tensors,
};
use burn::tensor::{Tensor, TensorData, activation, backend::Backend};
use serde::{Deserialize, Serialize};

use super::{EmbeddingError, ModulesError};
use crate::tensors::numbers;

const WEIGHT: &str = "linear.weight";
const BIAS: &str = "linear.bias";
const RESIDUAL: &str = "residual.weight";

/// What sentence-transformers saves of a `Dense` module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DenseConfig {
    /// Numbers of a vector that goes in.
    pub in_features: usize,
    /// Numbers of one that comes out.
    pub out_features: usize,
    /// Whether it has a bias.
    #[serde(default = "yes")]
    pub bias: bool,
    /// What follows.
    #[serde(default)]
    pub activation_function: Activation,
    /// Whether what goes in is added to what comes out, by a layer of its own where the two are not
    /// of one size.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub use_residual: bool,
}

fn yes() -> bool {
    true
}

/// A function of each number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Activation {
    /// The number itself.
    #[serde(rename = "torch.nn.modules.linear.Identity")]
    Identity,
    /// The hyperbolic tangent, where nothing is said.
    #[default]
    #[serde(rename = "torch.nn.modules.activation.Tanh")]
    Tanh,
    /// 0 below 0.
    #[serde(rename = "torch.nn.modules.activation.ReLU")]
    Relu,
    /// BERT's own.
    #[serde(rename = "torch.nn.modules.activation.GELU")]
    Gelu,
}

impl Activation {
    fn of<B: Backend>(self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        match self {
            Self::Identity => x,
            Self::Tanh => activation::tanh(x),
            Self::Relu => activation::relu(x),
            Self::Gelu => activation::gelu(x),
        }
    }
}

/// A `Dense` module with its weights.
#[derive(Clone, Debug)]
pub(super) struct Dense<B: Backend> {
    config: DenseConfig,
    /// `[in, out]`
    weight: Tensor<B, 2>,
    /// `[out]`
    bias: Option<Tensor<B, 1>>,
    /// `[in, out]`
    residual: Option<Tensor<B, 2>>,
}

impl<B: BertBackend> Dense<B> {
    /// Reads its weights from its folder.
    pub(super) fn load(
        config: &DenseConfig,
        folder: &Path,
        device: &B::Device,
    ) -> Result<Self, EmbeddingError> {
        let source = open(&find_weights(folder)?)?;
        let sizes = [config.out_features, config.in_features];
        let matrix = |name| -> Result<Tensor<B, 2>, EmbeddingError> {
            let values = transposed(&read(source.as_ref(), name, &sizes)?, sizes);
            let sizes = [config.in_features, config.out_features];
            Ok(Tensor::from_data(TensorData::new(values, sizes), device))
        };
        let has_layer = config.use_residual && config.in_features != config.out_features;
        let bias = match config.bias {
            false => None,
            true => {
                let values = read(source.as_ref(), BIAS, &sizes[..1])?;
                let sizes = [config.out_features];
                Some(Tensor::from_data(TensorData::new(values, sizes), device))
            }
        };
        Ok(Self {
            config: config.clone(),
            weight: matrix(WEIGHT)?,
            bias,
            residual: has_layer.then(|| matrix(RESIDUAL)).transpose()?,
        })
    }

    /// # Shapes
    /// - input `[batch, in]`
    /// - output `[batch, out]`
    pub(super) fn forward(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let dense = B::dense(x.clone(), self.weight.clone(), self.bias.clone());
        let out = self.config.activation_function.of(dense);
        match (&self.residual, self.config.use_residual) {
            (Some(residual), _) => out + B::dense(x, residual.clone(), None),
            (None, true) => out + x,
            (None, false) => out,
        }
    }

    /// Writes its weights into a folder, as they were.
    pub(super) fn write(&self, folder: &Path) -> Result<(), WeightsError> {
        let sizes = vec![self.config.out_features, self.config.in_features];
        let matrix = |name: &str, tensor: &Tensor<B, 2>| {
            let values = transposed(&numbers(tensor.clone()), tensor.dims());
            NamedTensor::new(name.to_owned(), sizes.clone(), &values)
        };
        let mut tensors = vec![matrix(WEIGHT, &self.weight)];
        if let Some(bias) = &self.bias {
            let values = numbers(bias.clone());
            tensors.push(NamedTensor::new(
                BIAS.to_owned(),
                vec![values.len()],
                &values,
            ));
        }
        tensors.extend(self.residual.iter().map(|one| matrix(RESIDUAL, one)));
        write_tensors(&tensors, &folder.join("model.safetensors"))
    }
}

/// A matrix of these rows and columns, column by column.
fn transposed(values: &[f32], [rows, columns]: [usize; 2]) -> Vec<f32> {
    let column = |column| (0..rows).map(move |row| values[row * columns + column]);
    (0..columns).flat_map(column).collect()
}

/// A tensor that has to be there in this shape.
fn read(
    source: &dyn TensorSource,
    name: &'static str,
    expected: &[usize],
) -> Result<Vec<f32>, EmbeddingError> {
    let found = source.tensors().get(name);
    let found = found.map_or_else(Vec::new, |info| info.shape.clone());
    if found != expected {
        return Err(ModulesError::Shape {
            path: source.path().to_owned(),
            name,
            found,
            expected: expected.to_owned(),
        }
        .into());
    }
    Ok(source.read(name)?)
}
