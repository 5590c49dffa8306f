//! [`BertBackend`] for `Autodiff<B>`: each operation becomes one node of the graph, with the
//! backward pass that `B` has for it.
//!
//! Without this, `Autodiff` would differentiate the parts that an operation is composed of, and
//! keep the result of each.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::{Int, Tensor, TensorPrimitive, backend::Backend};

use super::{
    AttentionSpec, BertBackend, EmbeddingTables, EmbeddingsSpec, LayerNormParameters,
    LayerNormSpec, Saved,
};
use crate::config::HiddenAct;

/// The primitive of a tensor: with gradients its `primitive` is the tensor of the inner backend
/// and its `node` the place in the graph.
fn primitive<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> B::FloatTensorPrimitive {
    tensor.into_primitive().tensor()
}

/// The tensor of a primitive.
fn tensor<B: Backend, const D: usize>(primitive: B::FloatTensorPrimitive) -> Tensor<B, D> {
    Tensor::from_primitive(TensorPrimitive::Float(primitive))
}

/// The same integers on the inner backend.
fn inner<B: Backend, C: CheckpointStrategy, const D: usize>(
    ids: Tensor<Autodiff<B, C>, D, Int>,
) -> Tensor<B, D, Int> {
    Tensor::from_primitive(ids.into_primitive())
}

/// Gives each parent that takes part in the graph its gradient.
macro_rules! register {
    ($grads:ident, $B:ident, $ops:ident, [$($gradient:expr),+ $(,)?]) => {
        let mut parents = $ops.parents.iter();
        $(
            if let Some(Some(parent)) = parents.next() {
                $grads.register::<$B>(parent.id, primitive($gradient));
            }
        )+
    };
}

/// Runs an operation of the inner backend as a node of the graph: where a parent wants gradients
/// through `tracked`, which also gives what the backward pass `$step` gets as its state.
macro_rules! node {
    ($step:expr, [$($parent:expr),+ $(,)?], $D:literal, tracked: $tracked:expr, untracked: $untracked:expr $(,)?) => {
        match $step.prepare::<C>([$($parent.node.clone()),+]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let (output, state) = $tracked;
                tensor::<Self, $D>(prep.finish(state, primitive(output)))
            }
            OpsKind::UnTracked(prep) => tensor::<Self, $D>(prep.finish(primitive($untracked))),
        }
    };
}

/// Of x and weight, and of the bias where the layer adds one (N is 3).
#[derive(Debug)]
struct Dense;

impl<B: BertBackend, const N: usize> Backward<B, N> for Dense {
    type State = (Tensor<B, 2>, Tensor<B, 2>);

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = tensor(grads.consume::<B>(&ops.node));
        let wanted = [0, 1, 2].map(|i| ops.parents.get(i).is_some_and(Option::is_some));
        let (x, weight) = ops.state;
        let found = B::dense_backward(x, weight, grad, wanted);
        let found = [
            found.x.map(primitive),
            found.weight.map(primitive),
            found.bias.map(primitive),
        ];
        for (parent, gradient) in ops.parents.iter().zip(found) {
            if let (Some(parent), Some(gradient)) = (parent, gradient) {
                grads.register::<B>(parent.id, gradient);
            }
        }
    }
}

#[derive(Debug)]
struct Qkv;

impl<B: BertBackend> Backward<B, 7> for Qkv {
    type State = (Tensor<B, 2>, [Tensor<B, 2>; 3]);

    fn backward(self, ops: Ops<Self::State, 7>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = tensor(grads.consume::<B>(&ops.node));
        let (x, weights) = ops.state;
        let found = B::qkv_backward(x, weights, grad);
        let [w0, w1, w2] = found.weights;
        let [b0, b1, b2] = found.biases;
        register!(grads, B, ops, [found.x, w0, w1, w2, b0, b1, b2]);
    }
}

#[derive(Debug)]
struct SelfAttention;

impl<B: BertBackend> Backward<B, 1> for SelfAttention {
    type State = (Tensor<B, 2>, Saved<B>, AttentionSpec<B>);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = tensor(grads.consume::<B>(&ops.node));
        let (qkv, saved, spec) = ops.state;
        let found = B::self_attention_backward(qkv, saved, grad, &spec);
        register!(grads, B, ops, [found]);
    }
}

#[derive(Debug)]
struct AddLayerNorm;

impl<B: BertBackend> Backward<B, 5> for AddLayerNorm {
    type State = (Saved<B>, Tensor<B, 1>, LayerNormSpec);

    fn backward(self, ops: Ops<Self::State, 5>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = tensor(grads.consume::<B>(&ops.node));
        let (saved, weight, spec) = ops.state;
        let found = B::add_layer_norm_backward(saved, weight, grad, spec);
        let norm = found.norm;
        register!(
            grads,
            B,
            ops,
            [found.x, found.bias, found.residual, norm.weight, norm.bias]
        );
    }
}

#[derive(Debug)]
struct BiasActivation;

impl<B: BertBackend> Backward<B, 2> for BiasActivation {
    type State = (Tensor<B, 2>, Tensor<B, 1>, HiddenAct);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = tensor(grads.consume::<B>(&ops.node));
        let (x, bias, activation) = ops.state;
        let (x, bias) = B::bias_activation_backward(x, bias, grad, activation);
        register!(grads, B, ops, [x, bias]);
    }
}

#[derive(Debug)]
struct Embeddings;

impl<B: BertBackend> Backward<B, 5> for Embeddings {
    type State = (
        Saved<B>,
        Tensor<B, 1>,
        [Tensor<B, 2, Int>; 2],
        EmbeddingsSpec,
    );

    fn backward(self, ops: Ops<Self::State, 5>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = tensor(grads.consume::<B>(&ops.node));
        let (saved, weight, [input_ids, token_type_ids], spec) = ops.state;
        let found = B::embeddings_backward(saved, weight, input_ids, token_type_ids, grad, spec);
        let (tables, norm) = (found.tables, found.norm);
        register!(
            grads,
            B,
            ops,
            [
                tables.word,
                tables.position,
                tables.token_type,
                norm.weight,
                norm.bias
            ]
        );
    }
}

#[derive(Debug)]
struct CrossEntropy;

impl<B: BertBackend> Backward<B, 1> for CrossEntropy {
    type State = (Tensor<B, 2>, Tensor<B, 1, Int>);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = tensor(grads.consume::<B>(&ops.node));
        let (logits, labels) = ops.state;
        let found = B::cross_entropy_backward(logits, labels, grad);
        register!(grads, B, ops, [found]);
    }
}

impl<B: BertBackend, C: CheckpointStrategy> BertBackend for Autodiff<B, C> {
    fn dense(
        x: Tensor<Self, 2>,
        weight: Tensor<Self, 2>,
        bias: Option<Tensor<Self, 1>>,
    ) -> Tensor<Self, 2> {
        let (x, weight) = (primitive(x), primitive(weight));
        let (x_in, weight_in) = (tensor(x.primitive), tensor(weight.primitive));
        let Some(bias) = bias.map(primitive) else {
            return node!(
                Dense,
                [x, weight],
                2,
                tracked: (
                    B::dense(x_in.clone(), weight_in.clone(), None),
                    (x_in, weight_in)
                ),
                untracked: B::dense(x_in, weight_in, None),
            );
        };
        let bias_in = Some(tensor(bias.primitive));
        node!(
            Dense,
            [x, weight, bias],
            2,
            tracked: (
                B::dense(x_in.clone(), weight_in.clone(), bias_in),
                (x_in, weight_in)
            ),
            untracked: B::dense(x_in, weight_in, bias_in),
        )
    }

    fn qkv(
        x: Tensor<Self, 2>,
        weights: [Tensor<Self, 2>; 3],
        biases: [Tensor<Self, 1>; 3],
    ) -> Tensor<Self, 2> {
        let (x, [w0, w1, w2]) = (primitive(x), weights.map(primitive));
        let [b0, b1, b2] = biases.map(primitive);
        let x_in = tensor(x.primitive);
        let weights = [w0.primitive, w1.primitive, w2.primitive].map(tensor);
        let biases = [b0.primitive, b1.primitive, b2.primitive].map(tensor);
        node!(
            Qkv,
            [x, w0, w1, w2, b0, b1, b2],
            2,
            tracked: (B::qkv(x_in.clone(), weights.clone(), biases), (x_in, weights)),
            untracked: B::qkv(x_in, weights, biases),
        )
    }

    fn self_attention(qkv: Tensor<Self, 2>, spec: &AttentionSpec<Self>) -> Tensor<Self, 2> {
        let qkv = primitive(qkv);
        let spec = AttentionSpec {
            batch: spec.batch,
            seq: spec.seq,
            heads: spec.heads,
            lengths: spec.lengths.clone(),
            bias: spec.bias.clone().map(Tensor::inner),
            dropout: spec.dropout,
        };
        let qkv_in = tensor(qkv.primitive);
        node!(
            SelfAttention,
            [qkv],
            2,
            tracked: {
                let (output, saved) = B::self_attention_saving(qkv_in.clone(), &spec);
                (output, (qkv_in, saved, spec))
            },
            untracked: B::self_attention(qkv_in, &spec),
        )
    }

    fn add_layer_norm(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        residual: Tensor<Self, 2>,
        norm: LayerNormParameters<Self>,
        spec: LayerNormSpec,
    ) -> Tensor<Self, 2> {
        let (x, bias, residual) = (primitive(x), primitive(bias), primitive(residual));
        let (weight, shift) = (primitive(norm.weight), primitive(norm.bias));
        let (x_in, bias_in) = (tensor(x.primitive), tensor(bias.primitive));
        let residual_in = tensor(residual.primitive);
        let norm_in = LayerNormParameters {
            weight: tensor(weight.primitive),
            bias: tensor(shift.primitive),
        };
        node!(
            AddLayerNorm,
            [x, bias, residual, weight, shift],
            2,
            tracked: {
                let weight = norm_in.weight.clone();
                let (output, saved) =
                    B::add_layer_norm_saving(x_in, bias_in, residual_in, norm_in, spec);
                (output, (saved, weight, spec))
            },
            untracked: B::add_layer_norm(x_in, bias_in, residual_in, norm_in, spec),
        )
    }

    fn bias_activation(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        activation: HiddenAct,
    ) -> Tensor<Self, 2> {
        let (x, bias) = (primitive(x), primitive(bias));
        let (x_in, bias_in) = (tensor(x.primitive), tensor(bias.primitive));
        node!(
            BiasActivation,
            [x, bias],
            2,
            tracked: (
                B::bias_activation(x_in.clone(), bias_in.clone(), activation),
                (x_in, bias_in, activation)
            ),
            untracked: B::bias_activation(x_in, bias_in, activation),
        )
    }

    fn embeddings(
        tables: EmbeddingTables<Self>,
        norm: LayerNormParameters<Self>,
        input_ids: Tensor<Self, 2, Int>,
        token_type_ids: Tensor<Self, 2, Int>,
        spec: LayerNormSpec,
    ) -> Tensor<Self, 2> {
        let backward_spec = EmbeddingsSpec {
            norm: spec,
            vocab: tables.word.dims()[0],
            positions: tables.position.dims()[0],
            token_types: tables.token_type.dims()[0],
        };
        let word = primitive(tables.word);
        let position = primitive(tables.position);
        let token_type = primitive(tables.token_type);
        let (weight, shift) = (primitive(norm.weight), primitive(norm.bias));
        let tables_in = EmbeddingTables {
            word: tensor(word.primitive),
            position: tensor(position.primitive),
            token_type: tensor(token_type.primitive),
        };
        let norm_in = LayerNormParameters {
            weight: tensor(weight.primitive),
            bias: tensor(shift.primitive),
        };
        let [ids, types] = [inner(input_ids), inner(token_type_ids)];
        node!(
            Embeddings,
            [word, position, token_type, weight, shift],
            2,
            tracked: {
                let weight = norm_in.weight.clone();
                let (output, saved) =
                    B::embeddings_saving(tables_in, norm_in, ids.clone(), types.clone(), spec);
                (output, (saved, weight, [ids, types], backward_spec))
            },
            untracked: B::embeddings(tables_in, norm_in, ids, types, spec),
        )
    }

    fn cross_entropy(logits: Tensor<Self, 2>, labels: Tensor<Self, 1, Int>) -> Tensor<Self, 1> {
        let (logits, labels) = (primitive(logits), inner(labels));
        let logits_in = tensor(logits.primitive);
        node!(
            CrossEntropy,
            [logits],
            1,
            tracked: (
                B::cross_entropy(logits_in.clone(), labels.clone()),
                (logits_in, labels)
            ),
            untracked: B::cross_entropy(logits_in, labels),
        )
    }
}
