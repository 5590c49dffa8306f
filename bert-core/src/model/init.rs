//! Fresh parameters: every one has a random stream of its own, so that a model is a pure function
//! of (configuration, seed), the same on every backend.

use burn::module::{Param, ParamId};
use burn::tensor::{Tensor, TensorData, backend::Backend};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

use crate::config::{Architecture, BertConfig, ConfigError};

/// Makes the parameters of a model, of a configuration that has been checked.
///
/// Modules take it by `&mut` and ask for their parameters in a fixed order.
pub struct Initializer<'a> {
    config: &'a BertConfig,
    architecture: &'a Architecture,
    seed: u64,
    next_stream: u64,
    next_head_stream: u64,
}

/// The first stream of a head: no trunk has as many parameters. A model that was pretrained from
/// the same seed has drawn what comes next in the trunk's streams, and has learned from there.
const HEAD_STREAMS: u64 = 1 << 32;

impl<'a> Initializer<'a> {
    /// An initializer for `config`, drawing from `seed`.
    ///
    /// # Errors
    /// When the configuration does not make a model; see [`BertConfig::check`].
    pub fn new(config: &'a BertConfig, seed: u64) -> Result<Self, ConfigError> {
        Self::of(config.architecture(), config, seed)
    }

    /// The same for an encoder of another kind than `config` says.
    pub(crate) fn of(
        architecture: &'a Architecture,
        config: &'a BertConfig,
        seed: u64,
    ) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self {
            config,
            architecture,
            seed,
            next_stream: 0,
            next_head_stream: HEAD_STREAMS,
        })
    }

    /// The kind of encoder that the parameters are for.
    pub fn architecture(&self) -> &'a Architecture {
        self.architecture
    }

    /// The checked configuration.
    pub fn config(&self) -> &'a BertConfig {
        self.config
    }

    /// Normal with standard deviation `initializer_range`, cut off at two of them, as Google's
    /// `create_initializer` in `modeling.py` has it.
    pub fn truncated_normal<B: Backend, const D: usize>(
        &mut self,
        shape: [usize; D],
        device: &B::Device,
    ) -> Param<Tensor<B, D>> {
        let stream = self.next_stream;
        self.next_stream += 1;
        let (seed, std) = (self.seed, self.config.initializer_range);
        lazy(shape, device, move |len| {
            truncated_normal(seed, stream, std, len)
        })
    }

    /// Normal with standard deviation `initializer_range`, of a head that is to be fine-tuned: not
    /// cut off, as `_init_weights` of `transformers` has it.
    pub fn normal<B: Backend, const D: usize>(
        &mut self,
        shape: [usize; D],
        device: &B::Device,
    ) -> Param<Tensor<B, D>> {
        let stream = self.next_head_stream;
        self.next_head_stream += 1;
        let (seed, std) = (self.seed, self.config.initializer_range);
        lazy(shape, device, move |len| normal(seed, stream, std, len))
    }

    /// A table of embeddings `[entries, width]`; the row of `zero_row` (padding) is zero.
    pub fn embedding<B: Backend>(
        &mut self,
        [entries, width]: [usize; 2],
        zero_row: Option<usize>,
        device: &B::Device,
    ) -> Param<Tensor<B, 2>> {
        let stream = self.next_stream;
        self.next_stream += 1;
        let (seed, std) = (self.seed, self.config.initializer_range);
        lazy([entries, width], device, move |len| {
            let mut values = truncated_normal(seed, stream, std, len);
            if let Some(row) = zero_row {
                values[row * width..(row + 1) * width].fill(0.0);
            }
            values
        })
    }

    /// A vector of one value: 0 for biases, 1 for LayerNorm weights.
    pub fn constant<B: Backend>(
        &mut self,
        value: f32,
        len: usize,
        device: &B::Device,
    ) -> Param<Tensor<B, 1>> {
        lazy([len], device, move |len| vec![value; len])
    }
}

/// A parameter that is filled when it is first used, so that weights which are loaded anyway are
/// never drawn. `fill` is pure: clones of an unused parameter become equal.
fn lazy<B: Backend, const D: usize>(
    shape: [usize; D],
    device: &B::Device,
    fill: impl Fn(usize) -> Vec<f32> + Send + Sync + 'static,
) -> Param<Tensor<B, D>> {
    let len = shape.iter().product();
    Param::uninitialized(
        ParamId::new(),
        move |device, require_grad| {
            let data = TensorData::new(fill(len), shape);
            Tensor::from_data(data, device).set_require_grad(require_grad)
        },
        device.clone(),
        true,
        shape.into(),
    )
}

fn truncated_normal(seed: u64, stream: u64, std: f64, len: usize) -> Vec<f32> {
    let within = standard_normal(seed, stream).filter(|z| z.abs() <= 2.0);
    within.take(len).map(|z| (z * std) as f32).collect()
}

fn normal(seed: u64, stream: u64, std: f64, len: usize) -> Vec<f32> {
    let drawn = standard_normal(seed, stream).take(len);
    drawn.map(|z| (z * std) as f32).collect()
}

fn standard_normal(seed: u64, stream: u64) -> impl Iterator<Item = f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    StandardNormal.sample_iter(rng)
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;

    use super::*;

    fn moments(values: &[f32]) -> (f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().map(|&v| v as f64).sum::<f64>() / n;
        let squares = values.iter().map(|&v| (v as f64 - mean).powi(2));
        (mean, (squares.sum::<f64>() / n).sqrt())
    }

    #[test]
    fn a_truncated_normal_has_its_moments_and_bounds() {
        let values = truncated_normal(7, 3, 0.02, 200_000);
        assert!(values.iter().all(|v| v.abs() <= 0.04));
        let (mean, std) = moments(&values);
        assert!(mean.abs() < 2e-4, "{mean}");
        // The standard deviation of a normal cut at two sigma is 0.8796 sigma.
        assert!((std / 0.02 - 0.8796).abs() < 0.01, "{std}");
    }

    #[test]
    fn a_normal_has_its_moments_and_is_not_cut() {
        let values = normal(7, 3, 0.02, 200_000);
        let (mean, std) = moments(&values);
        assert!(mean.abs() < 2e-4, "{mean}");
        assert!((std / 0.02 - 1.0).abs() < 0.01, "{std}");
        // 4.55 % of a normal lie beyond two sigma.
        let beyond = values.iter().filter(|v| v.abs() > 0.04).count();
        assert!((8_500..9_700).contains(&beyond), "{beyond}");
    }

    #[test]
    fn a_head_draws_from_no_stream_of_the_trunk() {
        let config = BertConfig::default();
        let device = Default::default();
        let mut init = Initializer::new(&config, 42).unwrap();
        let mut heads = || init.normal::<Flex, 2>([4, 4], &device).val();
        let (first, second) = (heads(), heads());
        assert_ne!(first.to_data(), second.to_data());
        let mut init = Initializer::new(&config, 42).unwrap();
        init.truncated_normal::<Flex, 2>([4, 4], &device);
        let same = init.normal::<Flex, 2>([4, 4], &device).val();
        assert_eq!(first.to_data(), same.to_data());
    }

    #[test]
    fn streams_and_seeds_differ_and_repeat() {
        assert_eq!(
            truncated_normal(1, 0, 1.0, 8),
            truncated_normal(1, 0, 1.0, 8)
        );
        assert_ne!(
            truncated_normal(1, 0, 1.0, 8),
            truncated_normal(1, 1, 1.0, 8)
        );
        assert_ne!(
            truncated_normal(1, 0, 1.0, 8),
            truncated_normal(2, 0, 1.0, 8)
        );
    }
}
