//! What the operands of an operation have to be to one another, checked once per call.
//!
//! A wrong shape is a mistake in the code that calls, so it is a panic that names the operation,
//! the operand and both shapes. Without it, kernels on slices would stop at the shorter operand,
//! and Burn's own operations would broadcast. What a user can give wrongly is an error before:
//! [`BertInput::new`](crate::model::BertInput::new), the configuration's check, the weights' report.

use burn::tensor::{Int, Tensor, backend::Backend};

use super::{
    AttentionSpec, EmbeddingTables, EmbeddingsSpec, LayerNormParameters, Moments, PreparedDense,
    Saved,
};

/// Asserts that an operand has the shape that the others ask for.
#[track_caller]
pub(super) fn expect<const D: usize>(
    operation: &str,
    what: &str,
    found: [usize; D],
    expected: [usize; D],
) {
    assert!(
        found == expected,
        "{operation}: {what} is {found:?}, expected {expected:?}"
    );
}

#[track_caller]
pub(super) fn dense<B: Backend>(
    x: &Tensor<B, 2>,
    weight: &Tensor<B, 2>,
    bias: Option<&Tensor<B, 1>>,
) {
    let ([_, d_in], [_, d_out]) = (x.dims(), weight.dims());
    expect("dense", "weight", weight.dims(), [d_in, d_out]);
    if let Some(bias) = bias {
        expect("dense", "bias", bias.dims(), [d_out]);
    }
}

#[track_caller]
pub(super) fn prepare_dense<B: Backend>(weight: &Tensor<B, 2>, bias: Option<&Tensor<B, 1>>) {
    if let Some(bias) = bias {
        let [_, d_out] = weight.dims();
        expect("prepare_dense", "bias", bias.dims(), [d_out]);
    }
}

#[track_caller]
pub(super) fn prepared_dense<B: Backend>(x: &Tensor<B, 2>, layer: &PreparedDense<B>) {
    let ([rows, d_in], [expected, _]) = (x.dims(), layer.shape());
    expect("prepared_dense", "x", [rows, d_in], [rows, expected]);
}

#[track_caller]
pub(super) fn dense_backward<B: Backend>(
    x: &Tensor<B, 2>,
    weight: &Tensor<B, 2>,
    grad: &Tensor<B, 2>,
) {
    dense(x, weight, None);
    let expected = [x.dims()[0], weight.dims()[1]];
    expect("dense_backward", "grad", grad.dims(), expected);
}

#[track_caller]
pub(super) fn qkv<B: Backend>(
    x: &Tensor<B, 2>,
    weights: &[Tensor<B, 2>; 3],
    biases: &[Tensor<B, 1>; 3],
) {
    let [_, hidden] = x.dims();
    for (weight, bias) in weights.iter().zip(biases) {
        expect("qkv", "a weight", weight.dims(), [hidden, hidden]);
        expect("qkv", "a bias", bias.dims(), [hidden]);
    }
}

#[track_caller]
pub(super) fn qkv_backward<B: Backend>(
    x: &Tensor<B, 2>,
    weights: &[Tensor<B, 2>; 3],
    grad: &Tensor<B, 2>,
) {
    let [rows, hidden] = x.dims();
    for weight in weights {
        expect("qkv_backward", "a weight", weight.dims(), [hidden, hidden]);
    }
    expect("qkv_backward", "grad", grad.dims(), [rows, 3 * hidden]);
}

/// The size of a head.
#[track_caller]
pub(super) fn self_attention<B: Backend>(qkv: &Tensor<B, 2>, spec: &AttentionSpec<B>) -> usize {
    let operation = "self_attention";
    let [rows, width] = qkv.dims();
    let (batch, seq, heads) = (spec.batch, spec.seq, spec.heads);
    assert!(
        batch.checked_mul(seq) == Some(rows),
        "{operation}: qkv is [{rows}, {width}], expected {batch} x {seq} rows"
    );
    assert!(
        heads > 0 && width > 0 && width.is_multiple_of(3 * heads),
        "{operation}: qkv is [{rows}, {width}], expected a width of 3 times {heads} heads"
    );
    expect(operation, "lengths", [spec.lengths.len()], [batch]);
    if let Some(length) = spec.lengths.iter().find(|&&length| length > seq) {
        panic!("{operation}: a length is {length}, expected at most {seq}");
    }
    if let Some(bias) = &spec.bias {
        expect(operation, "bias", bias.dims(), [batch, 1, 1, seq]);
    }
    width / (3 * heads)
}

/// The size of a head.
#[track_caller]
pub(super) fn ragged_self_attention<B: Backend>(
    qkv: &Tensor<B, 2>,
    heads: usize,
    lengths: &[usize],
) -> usize {
    let operation = "ragged_self_attention";
    let [rows, width] = qkv.dims();
    let add = |sum: usize, &length: &usize| sum.checked_add(length);
    assert!(
        lengths.iter().try_fold(0, add) == Some(rows),
        "{operation}: qkv is [{rows}, {width}], expected as many rows as {} sequences have tokens",
        lengths.len()
    );
    assert!(
        heads > 0 && width > 0 && width.is_multiple_of(3 * heads),
        "{operation}: qkv is [{rows}, {width}], expected a width of 3 times {heads} heads"
    );
    width / (3 * heads)
}

#[track_caller]
pub(super) fn self_attention_backward<B: Backend>(
    qkv: &Tensor<B, 2>,
    grad: &Tensor<B, 2>,
    spec: &AttentionSpec<B>,
) -> usize {
    let head_size = self_attention(qkv, spec);
    let [rows, width] = qkv.dims();
    let operation = "self_attention_backward";
    expect(operation, "grad", grad.dims(), [rows, width / 3]);
    head_size
}

#[track_caller]
pub(super) fn add_layer_norm<B: Backend>(
    x: &Tensor<B, 2>,
    bias: &Tensor<B, 1>,
    residual: &Tensor<B, 2>,
    norm: &LayerNormParameters<B>,
) {
    let operation = "add_layer_norm";
    let [_, hidden] = x.dims();
    expect(operation, "residual", residual.dims(), x.dims());
    expect(operation, "bias", bias.dims(), [hidden]);
    parameters(operation, norm, hidden);
}

#[track_caller]
pub(super) fn add_layer_norm_backward<B: Backend>(weight: &Tensor<B, 1>, grad: &Tensor<B, 2>) {
    let [_, hidden] = grad.dims();
    let operation = "add_layer_norm_backward";
    expect(operation, "weight", weight.dims(), [hidden]);
}

#[track_caller]
fn parameters<B: Backend>(operation: &str, norm: &LayerNormParameters<B>, hidden: usize) {
    assert!(hidden > 0, "{operation}: rows of no elements have no mean");
    expect(operation, "the norm's weight", norm.weight.dims(), [hidden]);
    expect(operation, "the norm's bias", norm.bias.dims(), [hidden]);
}

#[track_caller]
pub(super) fn bias_activation<B: Backend>(x: &Tensor<B, 2>, bias: &Tensor<B, 1>) {
    let [_, width] = x.dims();
    expect("bias_activation", "bias", bias.dims(), [width]);
}

#[track_caller]
pub(super) fn bias_activation_backward<B: Backend>(
    x: &Tensor<B, 2>,
    bias: &Tensor<B, 1>,
    grad: &Tensor<B, 2>,
) {
    bias_activation(x, bias);
    expect("bias_activation_backward", "grad", grad.dims(), x.dims());
}

#[track_caller]
pub(super) fn embeddings<B: Backend>(
    tables: &EmbeddingTables<B>,
    norm: &LayerNormParameters<B>,
    input_ids: &Tensor<B, 2, Int>,
    token_type_ids: &Tensor<B, 2, Int>,
) {
    let operation = "embeddings";
    let [_, hidden] = tables.word.dims();
    let ([positions, width], [segments, _]) = (tables.position.dims(), tables.token_type.dims());
    expect(
        operation,
        "the position table",
        [positions, width],
        [positions, hidden],
    );
    let found = tables.token_type.dims();
    expect(operation, "the segment table", found, [segments, hidden]);
    parameters(operation, norm, hidden);
    tokens(operation, input_ids, token_type_ids, positions);
}

#[track_caller]
pub(super) fn embeddings_backward<B: Backend>(
    weight: &Tensor<B, 1>,
    input_ids: &Tensor<B, 2, Int>,
    token_type_ids: &Tensor<B, 2, Int>,
    grad: &Tensor<B, 2>,
    spec: &EmbeddingsSpec,
) {
    let operation = "embeddings_backward";
    let ([batch, seq], [_, hidden]) = (input_ids.dims(), grad.dims());
    expect(operation, "grad", grad.dims(), [batch * seq, hidden]);
    expect(operation, "weight", weight.dims(), [hidden]);
    tokens(operation, input_ids, token_type_ids, spec.positions);
}

#[track_caller]
fn tokens<B: Backend>(
    operation: &str,
    input_ids: &Tensor<B, 2, Int>,
    token_type_ids: &Tensor<B, 2, Int>,
    positions: usize,
) {
    let [batch, seq] = input_ids.dims();
    let found = token_type_ids.dims();
    expect(operation, "token_type_ids", found, [batch, seq]);
    assert!(
        seq <= positions,
        "{operation}: input_ids is [{batch}, {seq}], expected at most {positions} positions"
    );
}

/// Ids are checked by who looks them up: on a device that would mean waiting for it.
#[track_caller]
pub(super) fn cross_entropy<B: Backend>(logits: &Tensor<B, 2>, labels: &Tensor<B, 1, Int>) {
    let operation = "cross_entropy";
    let [rows, classes] = logits.dims();
    assert!(
        rows > 0 && classes > 0,
        "{operation}: logits is [{rows}, {classes}], expected at least one row and one class"
    );
    expect(operation, "labels", labels.dims(), [rows]);
}

#[track_caller]
pub(super) fn cross_entropy_backward<B: Backend>(
    logits: &Tensor<B, 2>,
    labels: &Tensor<B, 1, Int>,
    grad: &Tensor<B, 1>,
) {
    cross_entropy(logits, labels);
    expect("cross_entropy_backward", "grad", grad.dims(), [1]);
}

#[track_caller]
pub(super) fn adamw<B: Backend, const D: usize>(
    parameter: &Tensor<B, D>,
    grad: &Tensor<B, D>,
    moments: Option<&Moments<B, D>>,
) {
    let expected = parameter.dims();
    expect("adamw", "grad", grad.dims(), expected);
    if let Some(moments) = moments {
        expect("adamw", "the first moment", moments.first.dims(), expected);
        expect(
            "adamw",
            "the second moment",
            moments.second.dims(),
            expected,
        );
    }
}

#[track_caller]
pub(super) fn weighted_sum<B: Backend, const D: usize>(a: &Tensor<B, D>, b: &Tensor<B, D>) {
    expect("weighted_sum", "b", b.dims(), a.dims());
}

/// Takes what the forward pass saved last.
#[track_caller]
pub(super) fn saved<B: Backend, const D: usize>(
    operation: &str,
    what: &str,
    saved: &mut Saved<B>,
    expected: [usize; D],
) -> Tensor<B, D> {
    let Some(tensor) = saved.pop::<D>() else {
        panic!("{operation}: the forward pass did not save {what}");
    };
    let shape = tensor.shape();
    assert!(
        shape.as_slice() == expected,
        "{operation}: {what} is {:?}, expected {expected:?}",
        shape.as_slice()
    );
    tensor
}
