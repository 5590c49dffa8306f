//! The operations of [`BertBackend`] for every backend that is a [`Host`].

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};

use super::embeddings::{Ids, Tables};
use super::host::{Host, Read, give, ids, take};
use super::matmul::{Matrix, product, product_plus};
use super::reduce::column_sums;
use super::{activation, adamw, attention, cross_entropy, embeddings, layer_norm, reduce};
use crate::backend::{
    AdamWStep, AddLayerNormGradients, AttentionSpec, BertBackend, DenseGradients, EmbeddingTables,
    EmbeddingsGradients, EmbeddingsSpec, LayerNormParameters, LayerNormSpec, Moments, QkvGradients,
    Saved,
};
use crate::config::HiddenAct;

impl<B: Host> BertBackend for B {
    fn dense(
        x: Tensor<Self, 2>,
        weight: Tensor<Self, 2>,
        bias: Option<Tensor<Self, 1>>,
    ) -> Tensor<Self, 2> {
        let ([rows, d_in], [_, d_out]) = (x.dims(), weight.dims());
        let device = x.device();
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
        give(values, [rows, d_out], &device)
    }

    fn dense_backward(
        x: Tensor<Self, 2>,
        weight: Tensor<Self, 2>,
        grad: Tensor<Self, 2>,
        [of_x, of_weight, of_bias]: [bool; 3],
    ) -> DenseGradients<Self> {
        let ([rows, d_in], [_, d_out]) = (x.dims(), weight.dims());
        let device = x.device();
        let (x, weight, grad) = (Read::new(x), Read::new(weight), Read::new(grad));
        let (x, weight, grad) = (x.elements(), weight.elements(), grad.elements());
        let grad_matrix = Matrix::new(&grad, rows, d_out);
        DenseGradients {
            x: of_x.then(|| {
                let weight = Matrix::new(&weight, d_in, d_out).transposed();
                give(product(grad_matrix, weight), [rows, d_in], &device)
            }),
            weight: of_weight.then(|| {
                let x = Matrix::new(&x, rows, d_in).transposed();
                give(product(x, grad_matrix), [d_in, d_out], &device)
            }),
            bias: of_bias.then(|| give(column_sums(&grad, d_out), [d_out], &device)),
        }
    }

    fn qkv(
        x: Tensor<Self, 2>,
        weights: [Tensor<Self, 2>; 3],
        biases: [Tensor<Self, 1>; 3],
    ) -> Tensor<Self, 2> {
        let ([rows, d_in], [_, hidden]) = (x.dims(), weights[0].dims());
        let device = x.device();
        let biases = side_by_side(&biases.map(Read::new), hidden);
        let weights = side_by_side(&weights.map(Read::new), hidden);
        let x = Read::new(x);
        let x = x.elements();
        let values = product_plus(
            Matrix::new(&x, rows, d_in),
            Matrix::new(&weights, d_in, 3 * hidden),
            &biases,
        );
        give(values, [rows, 3 * hidden], &device)
    }

    fn qkv_backward(
        x: Tensor<Self, 2>,
        weights: [Tensor<Self, 2>; 3],
        grad: Tensor<Self, 2>,
    ) -> QkvGradients<Self> {
        let ([rows, d_in], [_, hidden]) = (x.dims(), weights[0].dims());
        let device = x.device();
        let weights = side_by_side(&weights.map(Read::new), hidden);
        let (x, grad) = (Read::new(x), Read::new(grad));
        let (x, grad) = (x.elements(), grad.elements());

        let grad_matrix = Matrix::new(&grad, rows, 3 * hidden);
        let d_x = product(
            grad_matrix,
            Matrix::new(&weights, d_in, 3 * hidden).transposed(),
        );
        let x = Matrix::new(&x, rows, d_in).transposed();
        let weight = |which: usize| {
            let part = &grad[which * hidden..];
            let part = Matrix::strided(part, rows, hidden, 3 * hidden);
            give(product(x, part), [d_in, hidden], &device)
        };
        let sums = column_sums(&grad, 3 * hidden);
        let bias = |which: usize| {
            let part = sums[which * hidden..][..hidden].to_vec();
            give(part, [hidden], &device)
        };
        QkvGradients {
            x: give(d_x, [rows, d_in], &device),
            weights: [weight(0), weight(1), weight(2)],
            biases: [bias(0), bias(1), bias(2)],
        }
    }

    fn self_attention_saving(
        qkv: Tensor<Self, 2>,
        spec: &AttentionSpec<Self>,
    ) -> (Tensor<Self, 2>, Saved<Self>) {
        let [rows, width] = qkv.dims();
        let device = qkv.device();
        let qkv = Read::new(qkv);
        let shape = attention_shape(spec, width / 3);
        let (context, log_sums) = attention::forward(&qkv.elements(), &shape, spec.dropout);
        let context: Tensor<Self, 2> = give(context, [rows, width / 3], &device);
        let log_sums = give::<Self, 1>(log_sums, [rows * spec.heads], &device);
        let saved = Saved::new().with(context.clone()).with(log_sums);
        (context, saved)
    }

    fn self_attention_backward(
        qkv: Tensor<Self, 2>,
        mut saved: Saved<Self>,
        grad: Tensor<Self, 2>,
        spec: &AttentionSpec<Self>,
    ) -> Tensor<Self, 2> {
        let [rows, width] = qkv.dims();
        let device = qkv.device();
        let log_sums = Read::new(saved.pop::<1>().expect("the logarithms of the sums"));
        let context = Read::new(saved.pop::<2>().expect("the context"));
        let (qkv, grad) = (Read::new(qkv), Read::new(grad));
        let d_qkv = attention::backward(
            &qkv.elements(),
            &context.elements(),
            &log_sums.elements(),
            &grad.elements(),
            &attention_shape(spec, width / 3),
            spec.dropout,
        );
        give(d_qkv, [rows, width], &device)
    }

    fn add_layer_norm_saving(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        residual: Tensor<Self, 2>,
        norm: LayerNormParameters<Self>,
        spec: LayerNormSpec,
    ) -> (Tensor<Self, 2>, Saved<Self>) {
        let (shape, device) = (x.dims(), x.device());
        let mut x = take(x);
        let (bias, residual) = (Read::new(bias), Read::new(residual));
        let (weight, shift) = (Read::new(norm.weight), Read::new(norm.bias));
        let normalized = layer_norm::add_forward(
            &mut x,
            &bias.elements(),
            &residual.elements(),
            [&weight.elements(), &shift.elements()],
            spec,
        );
        let saved = Saved::new()
            .with::<2>(give(x, shape, &device))
            .with::<1>(give(normalized.scales, [shape[0]], &device));
        (give(normalized.output, shape, &device), saved)
    }

    fn add_layer_norm_backward(
        mut saved: Saved<Self>,
        weight: Tensor<Self, 1>,
        grad: Tensor<Self, 2>,
        spec: LayerNormSpec,
    ) -> AddLayerNormGradients<Self> {
        let (shape, device) = (grad.dims(), grad.device());
        let scales = Read::new(saved.pop::<1>().expect("the scales of the rows"));
        let mut normed = take(saved.pop::<2>().expect("the normalised rows"));
        let (mut grad, weight) = (take(grad), Read::new(weight));
        let sums = layer_norm::add_backward(
            &mut grad,
            &mut normed,
            &scales.elements(),
            &weight.elements(),
            spec.dropout,
        );
        let width = [shape[1]];
        AddLayerNormGradients {
            x: give(normed, shape, &device),
            bias: give(sums.bias, width, &device),
            residual: give(grad, shape, &device),
            norm: LayerNormParameters {
                weight: give(sums.weight, width, &device),
                bias: give(sums.shift, width, &device),
            },
        }
    }

    fn bias_activation(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        activation: HiddenAct,
    ) -> Tensor<Self, 2> {
        let (shape, device) = (x.dims(), x.device());
        let (x, bias) = (Read::new(x), Read::new(bias));
        let values = activation::forward(&x.elements(), &bias.elements(), activation);
        give(values, shape, &device)
    }

    fn bias_activation_backward(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        grad: Tensor<Self, 2>,
        activation: HiddenAct,
    ) -> (Tensor<Self, 2>, Tensor<Self, 1>) {
        let (shape, device) = (x.dims(), x.device());
        let mut x = take(x);
        let (bias, grad) = (Read::new(bias), Read::new(grad));
        let d_bias = activation::backward(&mut x, &bias.elements(), &grad.elements(), activation);
        (give(x, shape, &device), give(d_bias, [shape[1]], &device))
    }

    fn embeddings_saving(
        tables: EmbeddingTables<Self>,
        norm: LayerNormParameters<Self>,
        input_ids: Tensor<Self, 2, Int>,
        token_type_ids: Tensor<Self, 2, Int>,
        spec: LayerNormSpec,
    ) -> (Tensor<Self, 2>, Saved<Self>) {
        let [batch, seq] = input_ids.dims();
        let (rows, hidden) = (batch * seq, tables.word.dims()[1]);
        let device = tables.word.device();
        let (input_ids, token_type_ids) = (ids(input_ids), ids(token_type_ids));
        let (word, position) = (Read::new(tables.word), Read::new(tables.position));
        let token_type = Read::new(tables.token_type);
        let (weight, shift) = (Read::new(norm.weight), Read::new(norm.bias));
        let [output, normed, scales] = embeddings::forward(
            Tables {
                word: &word.elements(),
                position: &position.elements(),
                token_type: &token_type.elements(),
            },
            Ids {
                input: &input_ids,
                token_type: &token_type_ids,
                seq,
            },
            [&weight.elements(), &shift.elements()],
            spec,
        );
        let saved = Saved::new()
            .with::<2>(give(normed, [rows, hidden], &device))
            .with::<1>(give(scales, [rows], &device));
        (give(output, [rows, hidden], &device), saved)
    }

    fn embeddings_backward(
        mut saved: Saved<Self>,
        weight: Tensor<Self, 1>,
        input_ids: Tensor<Self, 2, Int>,
        token_type_ids: Tensor<Self, 2, Int>,
        grad: Tensor<Self, 2>,
        spec: EmbeddingsSpec,
    ) -> EmbeddingsGradients<Self> {
        let [_, seq] = input_ids.dims();
        let ([_, hidden], device) = (grad.dims(), grad.device());
        let scales = Read::new(saved.pop::<1>().expect("the scales of the rows"));
        let normed = Read::new(saved.pop::<2>().expect("the normalised rows"));
        let (input_ids, token_type_ids) = (ids(input_ids), ids(token_type_ids));
        let (mut grad, weight) = (take(grad), Read::new(weight));
        let found = embeddings::backward(
            &mut grad,
            &normed.elements(),
            &scales.elements(),
            &weight.elements(),
            Ids {
                input: &input_ids,
                token_type: &token_type_ids,
                seq,
            },
            spec,
        );
        EmbeddingsGradients {
            tables: EmbeddingTables {
                word: give(found.word, [spec.vocab, hidden], &device),
                position: give(found.position, [spec.positions, hidden], &device),
                token_type: give(found.token_type, [spec.token_types, hidden], &device),
            },
            norm: LayerNormParameters {
                weight: give(found.weight, [hidden], &device),
                bias: give(found.shift, [hidden], &device),
            },
        }
    }

    fn cross_entropy(logits: Tensor<Self, 2>, labels: Tensor<Self, 1, Int>) -> Tensor<Self, 1> {
        let device = logits.device();
        let logits = Read::new(logits);
        let loss = cross_entropy::forward(&logits.elements(), &ids(labels));
        give(vec![loss], [1], &device)
    }

    fn cross_entropy_backward(
        logits: Tensor<Self, 2>,
        labels: Tensor<Self, 1, Int>,
        grad: Tensor<Self, 1>,
    ) -> Tensor<Self, 2> {
        let (shape, device) = (logits.dims(), logits.device());
        let mut logits = take(logits);
        cross_entropy::backward(&mut logits, &ids(labels), take(grad)[0]);
        give(logits, shape, &device)
    }

    fn adamw<const D: usize>(
        parameter: Tensor<Self, D>,
        grad: Tensor<Self, D>,
        moments: Option<Moments<Self, D>>,
        step: AdamWStep,
    ) -> (Tensor<Self, D>, Moments<Self, D>) {
        let (shape, device) = (parameter.dims(), parameter.device());
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
            first: give(first, shape, &device),
            second: give(second, shape, &device),
        };
        (give(parameter, shape, &device), moments)
    }

    fn sum_of_squares<const D: usize>(x: Tensor<Self, D>) -> Tensor<Self, 1> {
        let device = x.device();
        let x = Read::new(x);
        give(vec![reduce::sum_of_squares(&x.elements())], [1], &device)
    }
}

/// Three matrices `[rows, width]` side by side: `[rows, 3 * width]`.
fn side_by_side<B: Host>(parts: &[Read<B>; 3], width: usize) -> Vec<f32> {
    let parts = parts.each_ref().map(Read::elements);
    let len = parts[0].len();
    let mut all = Vec::with_capacity(3 * len);
    for row in (0..len).step_by(width) {
        for part in &parts {
            all.extend_from_slice(&part[row..row + width]);
        }
    }
    all
}

fn attention_shape<B: Backend>(spec: &AttentionSpec<B>, hidden: usize) -> attention::Shape<'_> {
    attention::Shape {
        seq: spec.seq,
        heads: spec.heads,
        head_size: hidden / spec.heads,
        lengths: &spec.lengths,
    }
}
