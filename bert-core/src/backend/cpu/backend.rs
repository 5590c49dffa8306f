//! [`BertBackend`] for every backend that takes all of its operations from here.

use std::sync::Arc;

use burn::tensor::{DType, Int, Tensor};

use super::host::{Destination, Host, Read, ids, take};
use super::matmul::{Matrix, product, product_plus};
use super::packed::{self, Packed};
use super::reduce::column_sums;
use super::{activation, adamw, cross_entropy, operations, ragged, reduce, weighted};
use crate::backend::prepared::PreparedWeight;
use crate::backend::{
    AdamWStep, AddLayerNormGradients, AttentionSpec, BertBackend, DenseGradients, EmbeddingTables,
    EmbeddingsGradients, EmbeddingsSpec, LayerNormParameters, LayerNormSpec, Moments,
    PreparedDense, QkvGradients, Saved, composed, shapes,
};
use crate::config::HiddenAct;

/// A [`Host`] without products or functions of its own that would be worth calling: the kernels of
/// this folder are its [`BertBackend`].
pub trait HostBackend: Host {}

impl<B: HostBackend> BertBackend for B {
    fn dense(
        x: Tensor<Self, 2>,
        weight: Tensor<Self, 2>,
        bias: Option<Tensor<Self, 1>>,
    ) -> Tensor<Self, 2> {
        shapes::dense(&x, &weight, bias.as_ref());
        let ([rows, d_in], [_, d_out]) = (x.dims(), weight.dims());
        let place = Destination::of(&x);
        let (x, weight, bias) = (Read::new(x), Read::new(weight), bias.map(Read::new));
        let (x, weight) = (x.elements(), weight.elements());
        let (x, weight) = (
            Matrix::new(&x, rows, d_in),
            Matrix::new(&weight, d_in, d_out),
        );
        let values = match bias {
            Some(bias) => product_plus(x, weight, &bias.elements()),
            None => product(x, weight),
        };
        place.give(values, [rows, d_out])
    }

    fn pass<T: Send>(operations: impl FnOnce() -> T + Send) -> T {
        rayon::scope(|_| operations())
    }

    fn prepare_dense(
        weight: Tensor<Self, 2>,
        bias: Option<Tensor<Self, 1>>,
    ) -> PreparedDense<Self> {
        shapes::prepare_dense(&weight, bias.as_ref());
        if weight.dtype() != DType::F32 {
            return PreparedDense::plain(weight, bias);
        }
        let shape = weight.dims();
        let weight = Read::new(weight);
        let weight = PreparedWeight::Packed(Arc::new(Packed::new(&weight.elements(), shape)));
        PreparedDense { weight, bias }
    }

    fn prepared_dense(
        x: Tensor<Self, 2>,
        layer: &PreparedDense<Self>,
        activation: Option<HiddenAct>,
    ) -> Tensor<Self, 2> {
        let PreparedWeight::Packed(weight) = &layer.weight else {
            return composed::dense::prepared(x, layer, activation);
        };
        shapes::prepared_dense(&x, layer);
        let ([rows, _], [_, d_out]) = (x.dims(), weight.shape());
        let place = Destination::of(&x);
        let (x, bias) = (Read::new(x), layer.bias.clone().map(Read::new));
        let bias = bias.as_ref().map(Read::elements);
        let values = packed::product(&x.elements(), rows, weight, bias.as_deref(), activation);
        place.give(values, [rows, d_out])
    }

    fn dense_backward(
        x: Tensor<Self, 2>,
        weight: Tensor<Self, 2>,
        grad: Tensor<Self, 2>,
        [of_x, of_weight, of_bias]: [bool; 3],
    ) -> DenseGradients<Self> {
        shapes::dense_backward(&x, &weight, &grad);
        let ([rows, d_in], [_, d_out]) = (x.dims(), weight.dims());
        let (place, of_weights) = (Destination::of(&x), Destination::of(&weight));
        let (x, weight, grad) = (Read::new(x), Read::new(weight), Read::new(grad));
        let (x, weight, grad) = (x.elements(), weight.elements(), grad.elements());
        let grad_matrix = Matrix::new(&grad, rows, d_out);
        DenseGradients {
            x: of_x.then(|| {
                let weight = Matrix::new(&weight, d_in, d_out).transposed();
                place.give(product(grad_matrix, weight), [rows, d_in])
            }),
            weight: of_weight.then(|| {
                let x = Matrix::new(&x, rows, d_in).transposed();
                of_weights.give(product(x, grad_matrix), [d_in, d_out])
            }),
            bias: of_bias.then(|| of_weights.give(column_sums(&grad, d_out), [d_out])),
        }
    }

    fn qkv(
        x: Tensor<Self, 2>,
        weights: [Tensor<Self, 2>; 3],
        biases: [Tensor<Self, 1>; 3],
    ) -> Tensor<Self, 2> {
        shapes::qkv(&x, &weights, &biases);
        let ([rows, hidden], place) = (x.dims(), Destination::of(&x));
        let biases = side_by_side(&biases.map(Read::new), hidden);
        let weights = side_by_side(&weights.map(Read::new), hidden);
        let x = Read::new(x);
        let x = x.elements();
        let values = product_plus(
            Matrix::new(&x, rows, hidden),
            Matrix::new(&weights, hidden, 3 * hidden),
            &biases,
        );
        place.give(values, [rows, 3 * hidden])
    }

    fn qkv_backward(
        x: Tensor<Self, 2>,
        weights: [Tensor<Self, 2>; 3],
        grad: Tensor<Self, 2>,
    ) -> QkvGradients<Self> {
        shapes::qkv_backward(&x, &weights, &grad);
        let ([rows, hidden], place) = (x.dims(), Destination::of(&x));
        let of_weights = Destination::of(&weights[0]);
        let weights = side_by_side(&weights.map(Read::new), hidden);
        let (x, grad) = (Read::new(x), Read::new(grad));
        let (x, grad) = (x.elements(), grad.elements());

        let grad_matrix = Matrix::new(&grad, rows, 3 * hidden);
        let d_x = product(
            grad_matrix,
            Matrix::new(&weights, hidden, 3 * hidden).transposed(),
        );
        let x = Matrix::new(&x, rows, hidden).transposed();
        let weight = |which: usize| {
            // An empty batch has no third part.
            let part = grad.get(which * hidden..).unwrap_or_default();
            let part = Matrix::strided(part, rows, hidden, 3 * hidden);
            of_weights.give(product(x, part), [hidden, hidden])
        };
        let sums = column_sums(&grad, 3 * hidden);
        let bias = |which: usize| {
            let part = sums[which * hidden..][..hidden].to_vec();
            of_weights.give(part, [hidden])
        };
        QkvGradients {
            x: place.give(d_x, [rows, hidden]),
            weights: [weight(0), weight(1), weight(2)],
            biases: [bias(0), bias(1), bias(2)],
        }
    }

    fn self_attention_saving(
        qkv: Tensor<Self, 2>,
        spec: &AttentionSpec<Self>,
    ) -> (Tensor<Self, 2>, Saved<Self>) {
        operations::self_attention_saving(qkv, spec)
    }

    fn self_attention_backward(
        qkv: Tensor<Self, 2>,
        saved: Saved<Self>,
        grad: Tensor<Self, 2>,
        spec: &AttentionSpec<Self>,
    ) -> Tensor<Self, 2> {
        operations::self_attention_backward(qkv, saved, grad, spec)
    }

    const SKIPS_PADDING: bool = true;

    fn ragged_self_attention(
        qkv: Tensor<Self, 2>,
        heads: usize,
        lengths: &[usize],
    ) -> Tensor<Self, 2> {
        let head_size = shapes::ragged_self_attention(&qkv, heads, lengths);
        let ([rows, width], place) = (qkv.dims(), Destination::of(&qkv));
        let qkv = Read::new(qkv);
        let context = ragged::attention(&qkv.elements(), lengths, [heads, head_size]);
        place.give(context, [rows, width / 3])
    }

    fn add_layer_norm_saving(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        residual: Tensor<Self, 2>,
        norm: LayerNormParameters<Self>,
        spec: LayerNormSpec,
    ) -> (Tensor<Self, 2>, Saved<Self>) {
        operations::add_layer_norm_saving(x, bias, residual, norm, spec)
    }

    fn add_layer_norm_backward(
        saved: Saved<Self>,
        weight: Tensor<Self, 1>,
        grad: Tensor<Self, 2>,
        spec: LayerNormSpec,
    ) -> AddLayerNormGradients<Self> {
        operations::add_layer_norm_backward(saved, weight, grad, spec)
    }

    fn bias_activation(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        activation: HiddenAct,
    ) -> Tensor<Self, 2> {
        shapes::bias_activation(&x, &bias);
        let (shape, place) = (x.dims(), Destination::of(&x));
        let (x, bias) = (Read::new(x), Read::new(bias));
        let values = activation::forward(&x.elements(), &bias.elements(), activation);
        place.give(values, shape)
    }

    fn bias_activation_backward(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        grad: Tensor<Self, 2>,
        activation: HiddenAct,
    ) -> (Tensor<Self, 2>, Tensor<Self, 1>) {
        shapes::bias_activation_backward(&x, &bias, &grad);
        let (shape, place, of_bias) = (x.dims(), Destination::of(&x), Destination::of(&bias));
        let mut x = take(x);
        let (bias, grad) = (Read::new(bias), Read::new(grad));
        let d_bias = activation::backward(&mut x, &bias.elements(), &grad.elements(), activation);
        (place.give(x, shape), of_bias.give(d_bias, [shape[1]]))
    }

    fn embeddings_saving(
        tables: EmbeddingTables<Self>,
        norm: LayerNormParameters<Self>,
        input_ids: Tensor<Self, 2, Int>,
        token_type_ids: Tensor<Self, 2, Int>,
        spec: LayerNormSpec,
    ) -> (Tensor<Self, 2>, Saved<Self>) {
        operations::embeddings_saving(tables, norm, input_ids, token_type_ids, spec)
    }

    fn embeddings_backward(
        saved: Saved<Self>,
        weight: Tensor<Self, 1>,
        input_ids: Tensor<Self, 2, Int>,
        token_type_ids: Tensor<Self, 2, Int>,
        grad: Tensor<Self, 2>,
        spec: EmbeddingsSpec,
    ) -> EmbeddingsGradients<Self> {
        operations::embeddings_backward(saved, weight, input_ids, token_type_ids, grad, spec)
    }

    fn cross_entropy(logits: Tensor<Self, 2>, labels: Tensor<Self, 1, Int>) -> Tensor<Self, 1> {
        shapes::cross_entropy(&logits, &labels);
        let place = Destination::of(&logits);
        let logits = Read::new(logits);
        let labels = ids("cross_entropy", "labels", labels);
        place.give(
            vec![cross_entropy::forward(&logits.elements(), &labels)],
            [1],
        )
    }

    fn cross_entropy_backward(
        logits: Tensor<Self, 2>,
        labels: Tensor<Self, 1, Int>,
        grad: Tensor<Self, 1>,
    ) -> Tensor<Self, 2> {
        shapes::cross_entropy_backward(&logits, &labels, &grad);
        let (shape, place) = (logits.dims(), Destination::of(&logits));
        let mut logits = take(logits);
        let labels = ids("cross_entropy_backward", "labels", labels);
        cross_entropy::backward(&mut logits, &labels, take(grad)[0]);
        place.give(logits, shape)
    }

    fn adamw<const D: usize>(
        parameter: Tensor<Self, D>,
        grad: Tensor<Self, D>,
        moments: Option<Moments<Self, D>>,
        step: AdamWStep,
    ) -> (Tensor<Self, D>, Moments<Self, D>) {
        shapes::adamw(&parameter, &grad, moments.as_ref());
        let (shape, place) = (parameter.dims(), Destination::of(&parameter));
        let mut parameter = take(parameter);
        let (mut first, mut second) = match moments {
            Some(moments) => (take(moments.first), take(moments.second)),
            None => (vec![0.0; parameter.len()], vec![0.0; parameter.len()]),
        };
        let grad = Read::new(grad);
        adamw::step(
            &mut parameter,
            &grad.elements(),
            &mut first,
            &mut second,
            step,
        );
        let moments = Moments {
            first: place.keep(first, shape),
            second: place.keep(second, shape),
        };
        (place.give(parameter, shape), moments)
    }

    fn sum_of_squares<const D: usize>(x: Tensor<Self, D>) -> Tensor<Self, 1> {
        let place = Destination::of(&x);
        let x = Read::new(x);
        place.keep(vec![reduce::sum_of_squares(&x.elements())], [1])
    }

    fn scale<const D: usize>(x: Tensor<Self, D>, factor: f32) -> Tensor<Self, D> {
        let (shape, place) = (x.dims(), Destination::of(&x));
        let mut x = take(x);
        weighted::scale(&mut x, factor);
        place.give(x, shape)
    }

    fn weighted_sum<const D: usize>(
        (a, a_factor): (Tensor<Self, D>, f32),
        (b, b_factor): (Tensor<Self, D>, f32),
    ) -> Tensor<Self, D> {
        shapes::weighted_sum(&a, &b);
        let (shape, place) = (a.dims(), Destination::of(&a));
        let mut a = take(a);
        weighted::sum(&mut a, a_factor, &Read::new(b).elements(), b_factor);
        place.give(a, shape)
    }
}

/// Three matrices `[rows, width]` side by side: `[rows, 3 * width]`.
fn side_by_side<B: Host>(parts: &[Read<B>; 3], width: usize) -> Vec<f32> {
    let parts = parts.each_ref().map(Read::elements);
    let len = parts[0].len();
    let mut all = Vec::with_capacity(3 * len);
    // Without columns there are no rows to go through.
    for row in (0..len).step_by(width.max(1)) {
        for part in &parts {
            all.extend_from_slice(&part[row..row + width]);
        }
    }
    all
}
