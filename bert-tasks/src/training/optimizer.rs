//! AdamW as BERT uses it: the update of one parameter.

use bert_core::backend::{AdamWStep, BertBackend, Moments};
use burn::optim::SimpleOptimizer;
use burn::record::Record;
use burn::tensor::{Tensor, backend::Backend, ops::Device};

use super::{OptimizerType, TrainingArguments};

/// AdamW (Loshchilov and Hutter 2019, <https://arxiv.org/abs/1711.05101>) with the exclusions of
/// BERT: biases and LayerNorm parameters do not decay.
///
/// In BERT these are exactly the parameters of one dimension, which is how they are told apart.
/// The arithmetic is `torch.optim.AdamW`'s; without bias correction it is Google's
/// `AdamWeightDecayOptimizer`.
#[derive(Clone, Debug)]
pub struct AdamW {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    weight_decay: f64,
    bias_correction: bool,
}

/// What AdamW remembers of one parameter.
#[derive(Record, Clone)]
pub struct AdamWState<B: Backend, const D: usize> {
    /// Steps done.
    pub step: usize,
    /// Running mean of the gradient.
    pub moment_1: Tensor<B, D>,
    /// Running mean of its square.
    pub moment_2: Tensor<B, D>,
}

impl AdamW {
    /// With the numbers of a run.
    pub fn new(arguments: &TrainingArguments) -> Self {
        Self {
            beta1: arguments.adam_beta1,
            beta2: arguments.adam_beta2,
            epsilon: arguments.adam_epsilon,
            weight_decay: arguments.weight_decay,
            bias_correction: arguments.optimizer == OptimizerType::Adamw,
        }
    }

    /// `1 - beta^t`, or 1 without bias correction.
    fn correction(&self, beta: f64, step: usize) -> f64 {
        if self.bias_correction {
            1.0 - beta.powi(step as i32)
        } else {
            1.0
        }
    }
}

impl<B: BertBackend> SimpleOptimizer<B> for AdamW {
    type State<const D: usize> = AdamWState<B, D>;

    fn step<const D: usize>(
        &self,
        lr: f64,
        tensor: Tensor<B, D>,
        grad: Tensor<B, D>,
        state: Option<Self::State<D>>,
    ) -> (Tensor<B, D>, Option<Self::State<D>>) {
        let steps = state.as_ref().map_or(0, |state| state.step) + 1;
        let decay = if D > 1 { lr * self.weight_decay } else { 0.0 };
        let moments = state.map(|state| Moments {
            first: state.moment_1,
            second: state.moment_2,
        });
        let step = AdamWStep {
            beta1: self.beta1,
            beta2: self.beta2,
            epsilon: self.epsilon,
            decay: 1.0 - decay,
            rate: lr / self.correction(self.beta1, steps),
            second_scale: self.correction(self.beta2, steps).sqrt().recip(),
        };
        let (tensor, moments) = B::adamw(tensor, grad, moments, step);
        let state = AdamWState {
            step: steps,
            moment_1: moments.first,
            moment_2: moments.second,
        };
        (tensor, Some(state))
    }

    fn to_device<const D: usize>(state: Self::State<D>, device: &Device<B>) -> Self::State<D> {
        AdamWState {
            step: state.step,
            moment_1: state.moment_1.to_device(device),
            moment_2: state.moment_2.to_device(device),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;

    fn arguments() -> TrainingArguments {
        TrainingArguments {
            weight_decay: 0.1,
            adam_epsilon: 0.0,
            ..Default::default()
        }
    }

    #[test]
    fn the_first_corrected_step_is_the_learning_rate_and_matrices_decay() {
        let device = Default::default();
        let optimizer = AdamW::new(&arguments());
        let weight = Tensor::<Flex, 2>::from_floats([[1.0, -2.0]], &device);
        let grad = Tensor::from_floats([[0.5, -3.0]], &device);
        let (weight, _) = optimizer.step(0.01, weight, grad, None);
        let expected = Tensor::<Flex, 2>::from_floats([[0.999 - 0.01, -1.998 + 0.01]], &device);
        weight
            .to_data()
            .assert_approx_eq::<f32>(&expected.to_data(), Default::default());
    }

    #[test]
    fn vectors_do_not_decay() {
        let device = Default::default();
        let optimizer = AdamW::new(&arguments());
        let bias = Tensor::<Flex, 1>::from_floats([1.0, -2.0], &device);
        let grad = Tensor::from_floats([0.5, -3.0], &device);
        let (bias, _) = optimizer.step(0.01, bias, grad, None);
        let expected = Tensor::<Flex, 1>::from_floats([0.99, -1.99], &device);
        bias.to_data()
            .assert_approx_eq::<f32>(&expected.to_data(), Default::default());
    }

    #[test]
    fn without_bias_correction_the_first_step_is_googles() {
        let device = Default::default();
        let arguments = TrainingArguments {
            optimizer: OptimizerType::Google,
            ..arguments()
        };
        let bias = Tensor::<Flex, 1>::from_floats([0.0], &device);
        let grad = Tensor::from_floats([2.0], &device);
        let (bias, _) = AdamW::new(&arguments).step(1.0, bias, grad, None);
        // 0.1 g / sqrt(0.001 g^2)
        let expected = -0.1 / 0.001_f32.sqrt();
        assert!((bias.into_scalar() - expected).abs() < 1e-4);
    }
}
