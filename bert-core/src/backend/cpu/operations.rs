//! The operations that every [`Host`] takes from here, libtorch on the CPU too: those that a
//! library of single functions has to compose.

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};

use super::embeddings::{Ids, Tables};
use super::host::{Host, Read, give, ids, take};
use super::{attention, embeddings, layer_norm};
use crate::backend::{
    AddLayerNormGradients, AttentionSpec, EmbeddingTables, EmbeddingsGradients, EmbeddingsSpec,
    LayerNormParameters, LayerNormSpec, Saved,
};

pub(in crate::backend) fn self_attention_saving<B: Host>(
    qkv: Tensor<B, 2>,
    spec: &AttentionSpec<B>,
) -> (Tensor<B, 2>, Saved<B>) {
    let [rows, width] = qkv.dims();
    let device = qkv.device();
    let qkv = Read::new(qkv);
    let shape = attention_shape(spec, width / 3);
    let (context, log_sums) = attention::forward(&qkv.elements(), &shape, spec.dropout);
    let context: Tensor<B, 2> = give(context, [rows, width / 3], &device);
    let log_sums = give::<B, 1>(log_sums, [rows * spec.heads], &device);
    let saved = Saved::new().with(context.clone()).with(log_sums);
    (context, saved)
}

pub(in crate::backend) fn self_attention_backward<B: Host>(
    qkv: Tensor<B, 2>,
    mut saved: Saved<B>,
    grad: Tensor<B, 2>,
    spec: &AttentionSpec<B>,
) -> Tensor<B, 2> {
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

pub(in crate::backend) fn add_layer_norm_saving<B: Host>(
    x: Tensor<B, 2>,
    bias: Tensor<B, 1>,
    residual: Tensor<B, 2>,
    norm: LayerNormParameters<B>,
    spec: LayerNormSpec,
) -> (Tensor<B, 2>, Saved<B>) {
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

pub(in crate::backend) fn add_layer_norm_backward<B: Host>(
    mut saved: Saved<B>,
    weight: Tensor<B, 1>,
    grad: Tensor<B, 2>,
    spec: LayerNormSpec,
) -> AddLayerNormGradients<B> {
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

pub(in crate::backend) fn embeddings_saving<B: Host>(
    tables: EmbeddingTables<B>,
    norm: LayerNormParameters<B>,
    input_ids: Tensor<B, 2, Int>,
    token_type_ids: Tensor<B, 2, Int>,
    spec: LayerNormSpec,
) -> (Tensor<B, 2>, Saved<B>) {
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

pub(in crate::backend) fn embeddings_backward<B: Host>(
    mut saved: Saved<B>,
    weight: Tensor<B, 1>,
    input_ids: Tensor<B, 2, Int>,
    token_type_ids: Tensor<B, 2, Int>,
    grad: Tensor<B, 2>,
    spec: EmbeddingsSpec,
) -> EmbeddingsGradients<B> {
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

fn attention_shape<B: Backend>(spec: &AttentionSpec<B>, hidden: usize) -> attention::Shape<'_> {
    attention::Shape {
        seq: spec.seq,
        heads: spec.heads,
        head_size: hidden / spec.heads,
        lengths: &spec.lengths,
    }
}
