//! The operations that a BERT step spends its time in, one method each, so that a backend can have
//! its own way of doing them.
//!
//! - [`BertBackend`]: the trait, with bodies composed of Burn's ordinary operations ([`composed`]).
//!   A backend that needs nothing else takes one line: `impl BertBackend for MyBackend {}`.
//! - `autodiff`: the trait for `Autodiff<B>`, written once. Every operation has its backward pass
//!   in the trait too, so a backend that overrides one overrides the other.
//! - `shapes`: what the operands of each have to be to one another.
//! - [`PreparedDense`]: a dense layer in a form that a backend has made for inference alone.
//! - [`out_of_memory`]: what a backend says by a panic.
//! - `cpu`: kernels on slices, for the backends whose tensors are in this process's memory.
//! - `flex`, `ndarray`, `libtorch`, `cube`: the backends, each behind its cargo feature.
//! - [`available`]: which of them are compiled in, and whether their device is there.
//!
//! The model, the heads and the optimizer know nothing but the trait.

mod autodiff;
pub mod available;
pub mod composed;
mod dropout;
mod out_of_memory;
mod prepared;
mod shapes;
mod spec;

#[cfg(feature = "cpu")]
#[allow(unsafe_code)]
pub mod cpu;
#[cfg(any(feature = "wgpu", feature = "cuda"))]
mod cube;
#[cfg(feature = "flex")]
mod flex;
#[cfg(feature = "tch")]
#[allow(unsafe_code)]
mod libtorch;
#[cfg(feature = "ndarray")]
mod ndarray;

use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Int, Tensor};

use crate::config::HiddenAct;

pub use dropout::{Dropout, DropoutSeed};
pub use out_of_memory::out_of_memory;
pub use prepared::PreparedDense;
pub use spec::{
    AdamWStep, AddLayerNormGradients, AttentionSpec, DenseGradients, EmbeddingTables,
    EmbeddingsGradients, EmbeddingsSpec, LayerNormParameters, LayerNormSpec, Moments, QkvGradients,
    Saved,
};

/// A Burn backend with the operations of BERT.
///
/// Each operation `x` that is differentiated has three methods: `x` gives the result alone, for
/// inference; `x_saving` gives the result and what its backward pass needs; `x_backward` turns the
/// gradient of the result into the gradients of the inputs. Rows are tokens: `rows` is
/// `batch * seq`, and every linear map works on `[rows, features]`.
///
/// What holds for every implementation, and is tested: the results of the default bodies within
/// rounding, dropout a function of its seed, and the same numbers whatever the number of threads.
pub trait BertBackend: Backend {
    /// `x weight + bias`.
    ///
    /// # Shapes
    /// - x `[rows, in]`, weight `[in, out]`, bias `[out]`, output `[rows, out]`
    fn dense(
        x: Tensor<Self, 2>,
        weight: Tensor<Self, 2>,
        bias: Option<Tensor<Self, 1>>,
    ) -> Tensor<Self, 2> {
        composed::dense::forward(x, weight, bias)
    }

    /// Runs a pass of many operations, where it is best run: on one of the threads that the
    /// operations are divided among, if the backend has such, since each would have to wake them from
    /// outside.
    fn pass<T: Send>(operations: impl FnOnce() -> T + Send) -> T {
        operations()
    }

    /// A dense layer for inference: its weight in the form that this backend's products read best.
    /// Not differentiated.
    ///
    /// # Shapes
    /// - weight `[in, out]`, bias `[out]`
    fn prepare_dense(
        weight: Tensor<Self, 2>,
        bias: Option<Tensor<Self, 1>>,
    ) -> PreparedDense<Self> {
        composed::dense::prepare(weight, bias)
    }

    /// `activation(x weight + bias)` of a layer that was [prepared](Self::prepare_dense); without a
    /// bias or an activation where there is none. Not differentiated.
    ///
    /// # Shapes
    /// - x `[rows, in]`, output `[rows, out]`
    fn prepared_dense(
        x: Tensor<Self, 2>,
        layer: &PreparedDense<Self>,
        activation: Option<HiddenAct>,
    ) -> Tensor<Self, 2> {
        composed::dense::prepared(x, layer, activation)
    }

    /// The gradients of [`dense`](Self::dense), those that are `wanted`: of x, weight and bias.
    fn dense_backward(
        x: Tensor<Self, 2>,
        weight: Tensor<Self, 2>,
        grad: Tensor<Self, 2>,
        wanted: [bool; 3],
    ) -> DenseGradients<Self> {
        composed::dense::backward(x, weight, grad, wanted)
    }

    /// Query, key and value of every token side by side: three dense layers on one input.
    ///
    /// # Shapes
    /// - x `[rows, hidden]`, weights `[hidden, hidden]`, biases `[hidden]`
    /// - output `[rows, 3 * hidden]`
    fn qkv(
        x: Tensor<Self, 2>,
        weights: [Tensor<Self, 2>; 3],
        biases: [Tensor<Self, 1>; 3],
    ) -> Tensor<Self, 2> {
        composed::dense::qkv(x, weights, biases)
    }

    /// The gradients of [`qkv`](Self::qkv).
    fn qkv_backward(
        x: Tensor<Self, 2>,
        weights: [Tensor<Self, 2>; 3],
        grad: Tensor<Self, 2>,
    ) -> QkvGradients<Self> {
        composed::dense::qkv_backward(x, weights, grad)
    }

    /// `dropout(softmax(q k^T / sqrt(head size) + mask)) v` in every head.
    ///
    /// # Shapes
    /// - qkv `[rows, 3 * hidden]`, output `[rows, hidden]`
    fn self_attention(qkv: Tensor<Self, 2>, spec: &AttentionSpec<Self>) -> Tensor<Self, 2> {
        Self::self_attention_saving(qkv, spec).0
    }

    /// As [`self_attention`](Self::self_attention), and what its backward pass needs.
    fn self_attention_saving(
        qkv: Tensor<Self, 2>,
        spec: &AttentionSpec<Self>,
    ) -> (Tensor<Self, 2>, Saved<Self>) {
        composed::attention::forward(qkv, spec)
    }

    /// The gradient of [`self_attention`](Self::self_attention) with respect to qkv.
    fn self_attention_backward(
        qkv: Tensor<Self, 2>,
        saved: Saved<Self>,
        grad: Tensor<Self, 2>,
        spec: &AttentionSpec<Self>,
    ) -> Tensor<Self, 2> {
        composed::attention::backward(qkv, saved, grad, spec)
    }

    /// Whether [`ragged_self_attention`](Self::ragged_self_attention) is as fast for its rows as
    /// [`self_attention`](Self::self_attention), so that it pays to leave padding out in inference.
    const SKIPS_PADDING: bool = false;

    /// [`self_attention`](Self::self_attention) without dropout, in sequences without padding that
    /// lie one after another. Not differentiated.
    ///
    /// # Shapes
    /// - lengths, tokens of each sequence, `[batch]`; `rows` is their sum
    /// - qkv `[rows, 3 * hidden]`, output `[rows, hidden]`
    fn ragged_self_attention(
        qkv: Tensor<Self, 2>,
        heads: usize,
        lengths: &[usize],
    ) -> Tensor<Self, 2> {
        composed::attention::ragged(qkv, heads, lengths)
    }

    /// `LayerNorm(residual + dropout(x + bias))`: what stands behind both dense layers that lead
    /// back to the hidden size.
    ///
    /// # Shapes
    /// - x, residual and output `[rows, hidden]`, bias `[hidden]`
    fn add_layer_norm(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        residual: Tensor<Self, 2>,
        norm: LayerNormParameters<Self>,
        spec: LayerNormSpec,
    ) -> Tensor<Self, 2> {
        Self::add_layer_norm_saving(x, bias, residual, norm, spec).0
    }

    /// As [`add_layer_norm`](Self::add_layer_norm), and what its backward pass needs.
    fn add_layer_norm_saving(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        residual: Tensor<Self, 2>,
        norm: LayerNormParameters<Self>,
        spec: LayerNormSpec,
    ) -> (Tensor<Self, 2>, Saved<Self>) {
        composed::layer_norm::add_forward(x, bias, residual, norm, spec)
    }

    /// The gradients of [`add_layer_norm`](Self::add_layer_norm).
    fn add_layer_norm_backward(
        saved: Saved<Self>,
        weight: Tensor<Self, 1>,
        grad: Tensor<Self, 2>,
        spec: LayerNormSpec,
    ) -> AddLayerNormGradients<Self> {
        composed::layer_norm::add_backward(saved, weight, grad, spec)
    }

    /// `activation(x + bias)`.
    ///
    /// # Shapes
    /// - x and output `[rows, features]`, bias `[features]`
    fn bias_activation(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        activation: HiddenAct,
    ) -> Tensor<Self, 2> {
        composed::activation::forward(x, bias, activation)
    }

    /// The gradients of [`bias_activation`](Self::bias_activation): of x and of the bias.
    fn bias_activation_backward(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        grad: Tensor<Self, 2>,
        activation: HiddenAct,
    ) -> (Tensor<Self, 2>, Tensor<Self, 1>) {
        composed::activation::backward(x, bias, grad, activation)
    }

    /// `dropout(LayerNorm(word + position + segment))`.
    ///
    /// # Shapes
    /// - ids `[batch, seq]`, output `[batch * seq, hidden]`
    fn embeddings(
        tables: EmbeddingTables<Self>,
        norm: LayerNormParameters<Self>,
        input_ids: Tensor<Self, 2, Int>,
        token_type_ids: Tensor<Self, 2, Int>,
        spec: LayerNormSpec,
    ) -> Tensor<Self, 2> {
        Self::embeddings_saving(tables, norm, input_ids, token_type_ids, spec).0
    }

    /// As [`embeddings`](Self::embeddings), and what its backward pass needs.
    fn embeddings_saving(
        tables: EmbeddingTables<Self>,
        norm: LayerNormParameters<Self>,
        input_ids: Tensor<Self, 2, Int>,
        token_type_ids: Tensor<Self, 2, Int>,
        spec: LayerNormSpec,
    ) -> (Tensor<Self, 2>, Saved<Self>) {
        composed::embeddings::forward(tables, norm, input_ids, token_type_ids, spec)
    }

    /// The gradients of [`embeddings`](Self::embeddings).
    fn embeddings_backward(
        saved: Saved<Self>,
        weight: Tensor<Self, 1>,
        input_ids: Tensor<Self, 2, Int>,
        token_type_ids: Tensor<Self, 2, Int>,
        grad: Tensor<Self, 2>,
        spec: EmbeddingsSpec,
    ) -> EmbeddingsGradients<Self> {
        composed::embeddings::backward(saved, weight, input_ids, token_type_ids, grad, spec)
    }

    /// The mean over the rows of `-log softmax(logits)[label]`.
    ///
    /// # Shapes
    /// - logits `[rows, classes]`, labels `[rows]`, output `[1]`
    fn cross_entropy(logits: Tensor<Self, 2>, labels: Tensor<Self, 1, Int>) -> Tensor<Self, 1> {
        composed::cross_entropy::forward(logits, labels)
    }

    /// The gradient of [`cross_entropy`](Self::cross_entropy) with respect to the logits.
    fn cross_entropy_backward(
        logits: Tensor<Self, 2>,
        labels: Tensor<Self, 1, Int>,
        grad: Tensor<Self, 1>,
    ) -> Tensor<Self, 2> {
        composed::cross_entropy::backward(logits, labels, grad)
    }

    /// One step of AdamW on one parameter. Not differentiated.
    fn adamw<const D: usize>(
        parameter: Tensor<Self, D>,
        grad: Tensor<Self, D>,
        moments: Option<Moments<Self, D>>,
        step: AdamWStep,
    ) -> (Tensor<Self, D>, Moments<Self, D>) {
        composed::adamw::step(parameter, grad, moments, step)
    }

    /// The sum of the squares of all elements, left on the device. Not differentiated.
    ///
    /// # Shapes
    /// - output `[1]`
    fn sum_of_squares<const D: usize>(x: Tensor<Self, D>) -> Tensor<Self, 1> {
        (x.clone() * x).sum()
    }

    /// `factor * x`. Not differentiated.
    fn scale<const D: usize>(x: Tensor<Self, D>, factor: f32) -> Tensor<Self, D> {
        x.mul_scalar(factor)
    }

    /// `a_factor * a + b_factor * b`, of tensors of one shape. Not differentiated.
    fn weighted_sum<const D: usize>(
        (a, a_factor): (Tensor<Self, D>, f32),
        (b, b_factor): (Tensor<Self, D>, f32),
    ) -> Tensor<Self, D> {
        shapes::weighted_sum(&a, &b);
        a.mul_scalar(a_factor) + b.mul_scalar(b_factor)
    }
}

/// A backend with gradients on which BERT can be trained: `Autodiff<B>` of every [`BertBackend`].
pub trait BertAutodiffBackend: BertBackend + AutodiffBackend<InnerBackend: BertBackend> {}

impl<B: BertBackend + AutodiffBackend<InnerBackend: BertBackend>> BertAutodiffBackend for B {}
