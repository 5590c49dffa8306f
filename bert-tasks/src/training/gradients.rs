//! Gradients between the backward pass and the optimizer.

use std::marker::PhantomData;

use bert_core::backend::{BertAutodiffBackend, BertBackend};
use burn::module::{AutodiffModule, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{ElementConversion, Tensor, backend::AutodiffBackend};

/// `(1 - share) * mean + share * grads`, for every parameter of `module`.
///
/// With `share` = (examples of this pass) / (examples so far, this pass included) the result after
/// each pass is the gradient of the mean loss over all examples so far, however uneven the passes
/// are. The first pass has share 1 and costs nothing. A loss that is a mean over something else is
/// weighed before: see [`PassInput::in_one_step`](super::PassInput::in_one_step).
pub fn accumulate<B: BertAutodiffBackend, M: AutodiffModule<B>>(
    module: &M,
    mut mean: GradientsParams,
    grads: GradientsParams,
    share: f64,
) -> GradientsParams {
    if mean.is_empty() {
        return grads;
    }
    module.visit(&mut Accumulate::<B> {
        mean: &mut mean,
        grads,
        share,
        backend: PhantomData,
    });
    mean
}

/// The global norm of the gradients and the gradients, scaled down to norm `max_norm` where it is
/// larger. `max_norm` 0 only measures.
///
/// Follows `torch.nn.utils.clip_grad_norm_`, with its 1e-6 in the denominator.
pub fn clip_global_norm<B: BertAutodiffBackend, M: AutodiffModule<B>>(
    module: &M,
    mut grads: GradientsParams,
    max_norm: f64,
) -> (GradientsParams, f64) {
    let mut squares = SumOfSquares::<B> {
        grads: &grads,
        sum: None,
        backend: PhantomData,
    };
    module.visit(&mut squares);
    let norm = squares
        .sum
        .map_or(0.0, |sum| sum.into_scalar().elem::<f64>().sqrt());
    let scale = max_norm / (norm + 1e-6);
    if max_norm > 0.0 && scale < 1.0 {
        module.visit(&mut Scale::<B> {
            grads: &mut grads,
            scale: scale as f32,
            backend: PhantomData,
        });
    }
    (grads, norm)
}

struct Accumulate<'a, B> {
    mean: &'a mut GradientsParams,
    grads: GradientsParams,
    share: f64,
    backend: PhantomData<B>,
}

impl<B: BertAutodiffBackend> ModuleVisitor<B> for Accumulate<'_, B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if let Some(grad) = self.grads.remove::<B::InnerBackend, D>(param.id) {
            let share = self.share as f32;
            let mean = match self.mean.remove::<B::InnerBackend, D>(param.id) {
                Some(mean) => {
                    let rest = (1.0 - self.share) as f32;
                    B::InnerBackend::weighted_sum((mean, rest), (grad, share))
                }
                None => B::InnerBackend::scale(grad, share),
            };
            self.mean.register(param.id, mean);
        }
    }
}

struct SumOfSquares<'a, B: AutodiffBackend> {
    grads: &'a GradientsParams,
    // Stays on the device until every parameter is in, so that there is one transfer.
    sum: Option<Tensor<B::InnerBackend, 1>>,
    backend: PhantomData<B>,
}

impl<B: BertAutodiffBackend> ModuleVisitor<B> for SumOfSquares<'_, B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if let Some(grad) = self.grads.get::<B::InnerBackend, D>(param.id) {
            let squares = B::InnerBackend::sum_of_squares(grad);
            self.sum = Some(match self.sum.take() {
                Some(sum) => sum + squares,
                None => squares,
            });
        }
    }
}

struct Scale<'a, B> {
    grads: &'a mut GradientsParams,
    scale: f32,
    backend: PhantomData<B>,
}

impl<B: BertAutodiffBackend> ModuleVisitor<B> for Scale<'_, B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if let Some(grad) = self.grads.remove::<B::InnerBackend, D>(param.id) {
            let scaled = B::InnerBackend::scale(grad, self.scale);
            self.grads.register(param.id, scaled);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::{Autodiff, Flex};
    use burn::nn::{Linear, LinearConfig};

    type B = Autodiff<Flex>;

    fn layer() -> Linear<B> {
        LinearConfig::new(3, 2).init(&Default::default())
    }

    fn grads(layer: &Linear<B>, rows: &[[f32; 3]]) -> GradientsParams {
        let device = Default::default();
        let data: Vec<f32> = rows.concat();
        let input = Tensor::<B, 1>::from_floats(data.as_slice(), &device).reshape([rows.len(), 3]);
        let loss = layer.forward(input).powi_scalar(2).sum() / rows.len() as f64;
        GradientsParams::from_grads(loss.backward(), layer)
    }

    fn weight_grad(layer: &Linear<B>, grads: &GradientsParams) -> Vec<f32> {
        grads
            .get::<Flex, 2>(layer.weight.id)
            .unwrap()
            .into_data()
            .into_vec()
            .unwrap()
    }

    #[test]
    fn uneven_passes_make_the_mean_over_all_examples() {
        let layer = layer();
        let rows = [[1.0, 2.0, 3.0], [0.5, -1.0, 2.0], [-2.0, 0.0, 1.0]];
        let whole = weight_grad(&layer, &grads(&layer, &rows));
        let mean = accumulate(
            &layer,
            GradientsParams::new(),
            grads(&layer, &rows[..2]),
            1.0,
        );
        let mean = accumulate(&layer, mean, grads(&layer, &rows[2..]), 1.0 / 3.0);
        for (a, b) in weight_grad(&layer, &mean).iter().zip(&whole) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }

    #[test]
    fn clipping_is_global_and_only_ever_shrinks() {
        let layer = layer();
        let rows = [[1.0, 2.0, 3.0]];
        let (before, norm) = clip_global_norm(&layer, grads(&layer, &rows), 0.0);
        let bias = before
            .get::<Flex, 1>(layer.bias.as_ref().unwrap().id)
            .unwrap();
        let all = weight_grad(&layer, &before);
        let bias: Vec<f32> = bias.into_data().into_vec().unwrap();
        let by_hand = all
            .iter()
            .chain(&bias)
            .map(|&g| f64::from(g).powi(2))
            .sum::<f64>()
            .sqrt();
        assert!((norm - by_hand).abs() < 1e-4 * by_hand);

        let (clipped, _) = clip_global_norm(&layer, before, norm / 2.0);
        let (_, halved) = clip_global_norm(&layer, clipped, norm * 2.0);
        assert!((halved - norm / 2.0).abs() < 1e-4 * norm, "{halved} {norm}");
    }
}
