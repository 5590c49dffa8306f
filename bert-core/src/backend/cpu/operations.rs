//! The operations that every [`Host`] takes from here, libtorch on the CPU too: those that a
//! library of single functions has to compose.

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};

use super::embeddings::{Ids, Tables};
use super::host::{Destination, Host, Read, ids, take};
use super::{attention, embeddings, layer_norm};
use crate::backend::{
    AddLayerNormGradients, AttentionSpec, EmbeddingTables, EmbeddingsGradients, EmbeddingsSpec,
    LayerNormParameters, LayerNormSpec, Saved, shapes,
};

pub(in crate::backend) fn self_attention_saving<B: Host>(
    qkv: Tensor<B, 2>,
    spec: &AttentionSpec<B>,
) -> (Tensor<B, 2>, Saved<B>) {
    let head_size = shapes::self_attention(&qkv, spec);
    let ([rows, width], place) = (qkv.dims(), Destination::of(&qkv));
    let qkv = Read::new(qkv);
    let shape = attention_shape(spec, head_size);
    let (context, log_sums) = attention::forward(&qkv.elements(), &shape, spec.dropout);
    let context = place.give(context, [rows, width / 3]);
    let log_sums = place.keep(log_sums, [rows * spec.heads]);
    let saved = Saved::new().with(context.clone()).with(log_sums);
    (context, saved)
}

pub(in crate::backend) fn self_attention_backward<B: Host>(
    qkv: Tensor<B, 2>,
    mut saved: Saved<B>,
    grad: Tensor<B, 2>,
    spec: &AttentionSpec<B>,
) -> Tensor<B, 2> {
    let head_size = shapes::self_attention_backward(&qkv, &grad, spec);
    let ([rows, width], place) = (qkv.dims(), Destination::of(&qkv));
    let (operation, sums) = ("self_attention_backward", [rows * spec.heads]);
    let log_sums = shapes::saved(operation, "the sums of the rows", &mut saved, sums);
    let context = shapes::saved(operation, "the context", &mut saved, [rows, width / 3]);
    let (log_sums, context) = (Read::new(log_sums), Read::new(context));
    let (qkv, grad) = (Read::new(qkv), Read::new(grad));
    let d_qkv = attention::backward(
        &qkv.elements(),
        &context.elements(),
        &log_sums.elements(),
        &grad.elements(),
        &attention_shape(spec, head_size),
        spec.dropout,
    );
    place.give(d_qkv, [rows, width])
}

pub(in crate::backend) fn add_layer_norm_saving<B: Host>(
    x: Tensor<B, 2>,
    bias: Tensor<B, 1>,
    residual: Tensor<B, 2>,
    norm: LayerNormParameters<B>,
    spec: LayerNormSpec,
) -> (Tensor<B, 2>, Saved<B>) {
    shapes::add_layer_norm(&x, &bias, &residual, &norm);
    let (shape, place) = (x.dims(), Destination::of(&x));
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
        .with(place.keep(x, shape))
        .with(place.keep(normalized.scales, [shape[0]]));
    (place.give(normalized.output, shape), saved)
}

pub(in crate::backend) fn add_layer_norm_backward<B: Host>(
    mut saved: Saved<B>,
    weight: Tensor<B, 1>,
    grad: Tensor<B, 2>,
    spec: LayerNormSpec,
) -> AddLayerNormGradients<B> {
    shapes::add_layer_norm_backward(&weight, &grad);
    let (shape, place) = (grad.dims(), Destination::of(&grad));
    let of_weight = Destination::of(&weight);
    let (scales, normed) = saved_rows("add_layer_norm_backward", &mut saved, shape);
    let (scales, mut normed) = (Read::new(scales), take(normed));
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
        x: place.give(normed, shape),
        bias: of_weight.give(sums.bias, width),
        residual: place.give(grad, shape),
        norm: LayerNormParameters {
            weight: of_weight.give(sums.weight, width),
            bias: of_weight.give(sums.shift, width),
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
    shapes::embeddings(&tables, &norm, &input_ids, &token_type_ids);
    let (rows, hidden) = (batch * seq, tables.word.dims()[1]);
    let place = Destination::of(&tables.word);
    let input_ids = ids("embeddings", "input_ids", input_ids);
    let token_type_ids = ids("embeddings", "token_type_ids", token_type_ids);
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
        .with(place.keep(normed, [rows, hidden]))
        .with(place.keep(scales, [rows]));
    (place.give(output, [rows, hidden]), saved)
}

pub(in crate::backend) fn embeddings_backward<B: Host>(
    mut saved: Saved<B>,
    weight: Tensor<B, 1>,
    input_ids: Tensor<B, 2, Int>,
    token_type_ids: Tensor<B, 2, Int>,
    grad: Tensor<B, 2>,
    spec: EmbeddingsSpec,
) -> EmbeddingsGradients<B> {
    shapes::embeddings_backward(&weight, &input_ids, &token_type_ids, &grad, &spec);
    let operation = "embeddings_backward";
    let [_, seq] = input_ids.dims();
    let ([_, hidden], place) = (grad.dims(), Destination::of(&grad));
    let (scales, normed) = saved_rows(operation, &mut saved, grad.dims());
    let (scales, normed) = (Read::new(scales), Read::new(normed));
    let input_ids = ids(operation, "input_ids", input_ids);
    let token_type_ids = ids(operation, "token_type_ids", token_type_ids);
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
            word: place.give(found.word, [spec.vocab, hidden]),
            position: place.give(found.position, [spec.positions, hidden]),
            token_type: place.give(found.token_type, [spec.token_types, hidden]),
        },
        norm: LayerNormParameters {
            weight: place.give(found.weight, [hidden]),
            bias: place.give(found.shift, [hidden]),
        },
    }
}

/// What a LayerNorm saved: the scales of the rows, and the normalised rows.
#[track_caller]
fn saved_rows<B: Backend>(
    operation: &str,
    saved: &mut Saved<B>,
    [rows, hidden]: [usize; 2],
) -> (Tensor<B, 1>, Tensor<B, 2>) {
    (
        shapes::saved(operation, "the scales of the rows", saved, [rows]),
        shapes::saved(operation, "the normalised rows", saved, [rows, hidden]),
    )
}

fn attention_shape<B: Backend>(spec: &AttentionSpec<B>, head_size: usize) -> attention::Shape<'_> {
    attention::Shape {
        seq: spec.seq,
        heads: spec.heads,
        head_size,
        lengths: &spec.lengths,
    }
}
