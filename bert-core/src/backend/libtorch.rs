//! libtorch, on the CPU and on CUDA: its own fused functions, forward and backward, where Burn
//! would compose several.
//!
//! Every tensor that is given to Burn owns its memory. Burn works in place on tensors that nothing
//! else holds, and it cannot see that a view made here shares memory with another tensor.

use burn::backend::LibTorch;
use burn::backend::libtorch::{TchElement, TchTensor};
use burn::tensor::{Int, Tensor, TensorPrimitive};
use tch::Tensor as Torch;

use super::composed::layer_norm::normalize_backward;
use super::{
    AdamWStep, AddLayerNormGradients, AttentionSpec, BertBackend, DenseGradients, EmbeddingTables,
    EmbeddingsGradients, EmbeddingsSpec, LayerNormParameters, LayerNormSpec, Moments, QkvGradients,
    Saved, composed,
};
use crate::config::HiddenAct;

/// libtorch's tensor, which shares its memory with Burn's.
fn torch<E: TchElement, const D: usize>(tensor: Tensor<LibTorch<E>, D>) -> Torch {
    tensor.into_primitive().tensor().tensor
}

/// A tensor to be changed in place: a copy where something else holds it too.
fn owned<E: TchElement, const D: usize>(tensor: Tensor<LibTorch<E>, D>) -> Torch {
    let TchTensor { tensor, storage } = tensor.into_primitive().tensor();
    match storage.can_mut() {
        true => tensor,
        false => tensor.copy(),
    }
}

fn torch_ids<E: TchElement, const D: usize>(tensor: Tensor<LibTorch<E>, D, Int>) -> Torch {
    tensor.into_primitive().tensor
}

/// Burn's tensor of one that nothing else shares memory with.
fn burn<E: TchElement, const D: usize>(tensor: Torch) -> Tensor<LibTorch<E>, D> {
    Tensor::from_primitive(TensorPrimitive::Float(TchTensor::new(tensor)))
}

/// The sum of every column.
fn column_sums(x: &Torch) -> Torch {
    x.sum_dim_intlist([0_i64].as_slice(), false, None)
}

/// `part` of three equal parts of the last dimension, in memory of its own.
fn third(x: &Torch, part: i64) -> Torch {
    let last = x.dim() as i64 - 1;
    let width = x.size()[last as usize] / 3;
    x.narrow(last, part * width, width).contiguous()
}

/// `[rows, n * hidden]` to n views `[batch, heads, seq, head size]`.
fn heads<E: TchElement>(x: &Torch, n: i64, spec: &AttentionSpec<LibTorch<E>>) -> Vec<Torch> {
    let [batch, seq, heads] = [spec.batch, spec.seq, spec.heads].map(|size| size as i64);
    x.reshape([batch, seq, n, heads, -1])
        .permute([2, 0, 3, 1, 4])
        .unbind(0)
}

/// `x` with dropout, and the mask of what is kept.
fn dropout(x: Torch, prob: f32) -> (Torch, Option<Torch>) {
    if prob == 0.0 {
        return (x, None);
    }
    let (x, mask) = x.native_dropout(f64::from(prob), true);
    (x, Some(mask))
}

fn dropout_backward(grad: Torch, mask: Option<&Torch>, scale: f32) -> Torch {
    match mask {
        Some(mask) => Torch::native_dropout_backward(&grad, mask, f64::from(scale)),
        None => grad,
    }
}

/// A mask is of booleans; Burn's record of what is saved knows floats only.
fn save<E: TchElement, const D: usize>(
    saved: Saved<LibTorch<E>>,
    mask: Option<Torch>,
) -> Saved<LibTorch<E>> {
    saved.with_some(mask.map(burn::<E, D>))
}

impl<E: TchElement> BertBackend for LibTorch<E> {
    fn dense(
        x: Tensor<Self, 2>,
        weight: Tensor<Self, 2>,
        bias: Option<Tensor<Self, 1>>,
    ) -> Tensor<Self, 2> {
        let (x, weight) = (torch(x), torch(weight));
        burn(match bias {
            Some(bias) => torch(bias).addmm(&x, &weight),
            None => x.mm(&weight),
        })
    }

    fn dense_backward(
        x: Tensor<Self, 2>,
        weight: Tensor<Self, 2>,
        grad: Tensor<Self, 2>,
        [of_x, of_weight, of_bias]: [bool; 3],
    ) -> DenseGradients<Self> {
        let (x, weight, grad) = (torch(x), torch(weight), torch(grad));
        DenseGradients {
            x: of_x.then(|| burn(grad.mm(&weight.tr()))),
            weight: of_weight.then(|| burn(x.tr().mm(&grad))),
            bias: of_bias.then(|| burn(column_sums(&grad))),
        }
    }

    fn qkv(
        x: Tensor<Self, 2>,
        weights: [Tensor<Self, 2>; 3],
        biases: [Tensor<Self, 1>; 3],
    ) -> Tensor<Self, 2> {
        let weight = Torch::cat(&weights.map(torch), 1);
        let bias = Torch::cat(&biases.map(torch), 0);
        burn(bias.addmm(&torch(x), &weight))
    }

    fn qkv_backward(
        x: Tensor<Self, 2>,
        weights: [Tensor<Self, 2>; 3],
        grad: Tensor<Self, 2>,
    ) -> QkvGradients<Self> {
        let weight = Torch::cat(&weights.map(torch), 1);
        let (x, grad) = (torch(x), torch(grad));
        let (weights, biases) = (x.tr().mm(&grad), column_sums(&grad));
        QkvGradients {
            x: burn(grad.mm(&weight.tr())),
            weights: [0, 1, 2].map(|part| burn(third(&weights, part))),
            biases: [0, 1, 2].map(|part| burn(third(&biases, part))),
        }
    }

    fn self_attention(qkv: Tensor<Self, 2>, spec: &AttentionSpec<Self>) -> Tensor<Self, 2> {
        let rows_and_hidden = [qkv.dims()[0], qkv.dims()[1] / 3].map(|size| size as i64);
        let parts = heads(&torch(qkv), 3, spec);
        let bias = spec.bias.clone().map(torch);
        let prob = f64::from(spec.dropout.prob);
        let context = Torch::scaled_dot_product_attention(
            &parts[0], &parts[1], &parts[2], bias, prob, false, None, false,
        );
        let context = context.transpose(1, 2).contiguous();
        burn(context.reshape(rows_and_hidden))
    }

    fn self_attention_saving(
        qkv: Tensor<Self, 2>,
        spec: &AttentionSpec<Self>,
    ) -> (Tensor<Self, 2>, Saved<Self>) {
        let shape = [qkv.dims()[0], qkv.dims()[1] / 3].map(|size| size as i64);
        let parts = heads(&torch(qkv), 3, spec);
        let (query, key, value) = (&parts[0], &parts[1], &parts[2]);
        let scale = (*query.size().last().expect("four dimensions") as f64)
            .sqrt()
            .recip();
        let mut scores = (query * scale).matmul(&key.transpose(2, 3));
        if let Some(bias) = spec.bias.clone() {
            scores += torch(bias);
        }
        let kind = scores.kind();
        let probabilities = scores.softmax(3, kind);
        let (dropped, mask) = dropout(probabilities.shallow_clone(), spec.dropout.prob);
        let context = dropped
            .matmul(value)
            .transpose(1, 2)
            .contiguous()
            .reshape(shape);
        // Kept rather than multiplied again: the backward pass needs it too.
        let kept = mask.is_some().then(|| burn::<E, 4>(dropped));
        let saved = Saved::new()
            .with(burn::<E, 4>(probabilities))
            .with_some(kept);
        (burn(context), save::<E, 4>(saved, mask))
    }

    fn self_attention_backward(
        qkv: Tensor<Self, 2>,
        mut saved: Saved<Self>,
        grad: Tensor<Self, 2>,
        spec: &AttentionSpec<Self>,
    ) -> Tensor<Self, 2> {
        let mut pop = || torch(saved.pop::<4>().expect("what the forward pass saved"));
        let (mask, dropped) = match spec.dropout.is_on() {
            true => (Some(pop()), Some(pop())),
            false => (None, None),
        };
        let probabilities = pop();
        let shape = qkv.dims().map(|size| size as i64);
        let parts = heads(&torch(qkv), 3, spec);
        let (query, key, value) = (&parts[0], &parts[1], &parts[2]);
        let grad = torch(grad);
        let grad = &heads(&grad, 1, spec)[0];
        let scale = (*query.size().last().expect("four dimensions") as f64)
            .sqrt()
            .recip();

        let d_value = dropped
            .as_ref()
            .unwrap_or(&probabilities)
            .transpose(2, 3)
            .matmul(grad);
        let d_dropped = grad.matmul(&value.transpose(2, 3));
        let d_probabilities = dropout_backward(d_dropped, mask.as_ref(), spec.dropout.scale());
        let kind = d_probabilities.kind();
        let d_scores =
            Torch::internal_softmax_backward_data(&d_probabilities, &probabilities, 3, kind);
        let d_query = d_scores.matmul(key) * scale;
        let d_key = d_scores.transpose(2, 3).matmul(query) * scale;
        // [3, batch, heads, seq, size] to [batch, seq, 3, heads, size]
        let all = Torch::stack(&[d_query, d_key, d_value], 0);
        burn(all.permute([1, 3, 0, 2, 4]).contiguous().reshape(shape))
    }

    fn add_layer_norm_saving(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        residual: Tensor<Self, 2>,
        norm: LayerNormParameters<Self>,
        spec: LayerNormSpec,
    ) -> (Tensor<Self, 2>, Saved<Self>) {
        let (x, mask) = dropout(torch(x) + torch(bias), spec.dropout.prob);
        let sum = x + torch(residual);
        let (output, saved) = layer_norm::<E>(&sum, norm, spec.eps);
        (burn(output), save::<E, 2>(saved, mask))
    }

    fn add_layer_norm_backward(
        mut saved: Saved<Self>,
        weight: Tensor<Self, 1>,
        grad: Tensor<Self, 2>,
        spec: LayerNormSpec,
    ) -> AddLayerNormGradients<Self> {
        let mask = saved.pop_mask::<2>(spec.dropout).map(torch);
        let (residual, norm) = normalize_backward(saved, weight, grad);
        let residual = torch(residual);
        let x = match &mask {
            Some(mask) => {
                Torch::native_dropout_backward(&residual, mask, f64::from(spec.dropout.scale()))
            }
            None => residual.copy(),
        };
        AddLayerNormGradients {
            bias: burn(column_sums(&x)),
            x: burn(x),
            residual: burn(residual),
            norm,
        }
    }

    fn bias_activation(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        activation: HiddenAct,
    ) -> Tensor<Self, 2> {
        let x = torch(x) + torch(bias);
        burn(match activation {
            HiddenAct::Gelu => x.gelu("none"),
            HiddenAct::GeluNew => x.gelu("tanh"),
            HiddenAct::Relu => x.relu(),
            HiddenAct::Silu => x.silu(),
            HiddenAct::Tanh => x.tanh(),
        })
    }

    fn bias_activation_backward(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        grad: Tensor<Self, 2>,
        activation: HiddenAct,
    ) -> (Tensor<Self, 2>, Tensor<Self, 1>) {
        let (x, grad) = (torch(x) + torch(bias), torch(grad));
        let d_x = match activation {
            HiddenAct::Gelu => x.gelu_backward(&grad, "none"),
            HiddenAct::GeluNew => x.gelu_backward(&grad, "tanh"),
            HiddenAct::Relu => grad * x.gt(0.0),
            HiddenAct::Silu => x.silu_backward(&grad),
            HiddenAct::Tanh => Torch::tanh_backward(&grad, &x.tanh()),
        };
        let d_bias = column_sums(&d_x);
        (burn(d_x), burn(d_bias))
    }

    fn embeddings_saving(
        tables: EmbeddingTables<Self>,
        norm: LayerNormParameters<Self>,
        input_ids: Tensor<Self, 2, Int>,
        token_type_ids: Tensor<Self, 2, Int>,
        spec: LayerNormSpec,
    ) -> (Tensor<Self, 2>, Saved<Self>) {
        let [batch, seq] = input_ids.dims().map(|size| size as i64);
        let lookup = |table, ids: &Torch| Torch::embedding(&table, ids, -1, false, false);
        let words = lookup(torch(tables.word), &torch_ids(input_ids));
        let segments = lookup(torch(tables.token_type), &torch_ids(token_type_ids));
        let positions = torch(tables.position).narrow(0, 0, seq).unsqueeze(0);
        let sum = (words + segments + positions).reshape([batch * seq, -1]);
        let (output, saved) = layer_norm::<E>(&sum, norm, spec.eps);
        let (output, mask) = dropout(output, spec.dropout.prob);
        (burn(output), save::<E, 2>(saved, mask))
    }

    fn embeddings_backward(
        mut saved: Saved<Self>,
        weight: Tensor<Self, 1>,
        input_ids: Tensor<Self, 2, Int>,
        token_type_ids: Tensor<Self, 2, Int>,
        grad: Tensor<Self, 2>,
        spec: EmbeddingsSpec,
    ) -> EmbeddingsGradients<Self> {
        let [batch, seq] = input_ids.dims().map(|size| size as i64);
        let mask = saved.pop_mask::<2>(spec.norm.dropout).map(torch);
        let grad = dropout_backward(torch(grad), mask.as_ref(), spec.norm.dropout.scale());
        let (d_sum, norm) = normalize_backward(saved, weight, burn(grad));
        let d_sum = torch(d_sum).reshape([batch, seq, -1]);
        let lookup = |ids: Torch, entries: usize| {
            burn(Torch::embedding_dense_backward(
                &d_sum,
                &ids,
                entries as i64,
                -1,
                false,
            ))
        };
        let per_position = d_sum.sum_dim_intlist([0_i64].as_slice(), false, None);
        let unused = spec.positions as i64 - seq;
        EmbeddingsGradients {
            tables: EmbeddingTables {
                word: lookup(torch_ids(input_ids), spec.vocab),
                position: burn(per_position.constant_pad_nd([0, 0, 0, unused])),
                token_type: lookup(torch_ids(token_type_ids), spec.token_types),
            },
            norm,
        }
    }

    fn adamw<const D: usize>(
        parameter: Tensor<Self, D>,
        grad: Tensor<Self, D>,
        moments: Option<Moments<Self, D>>,
        step: AdamWStep,
    ) -> (Tensor<Self, D>, Moments<Self, D>) {
        let Some(moments) = moments else {
            // Once in a run.
            return composed::adamw::step(parameter, grad, None, step);
        };
        let grad = torch(grad);
        let (mut first, mut second) = (owned(moments.first), owned(moments.second));
        first *= step.beta1;
        first += &grad * (1.0 - step.beta1);
        second *= step.beta2;
        second += grad.square() * (1.0 - step.beta2);
        let mut denominator = second.sqrt();
        denominator *= step.second_scale;
        denominator += step.epsilon;
        let mut updated = torch(parameter) * step.decay;
        updated -= &first / &denominator * step.rate;
        let moments = Moments {
            first: burn(first),
            second: burn(second),
        };
        (burn(updated), moments)
    }

    fn sum_of_squares<const D: usize>(x: Tensor<Self, D>) -> Tensor<Self, 1> {
        let x = torch(x).reshape([-1]);
        burn(x.dot(&x).reshape([1]))
    }
}

/// The result, and the normalised rows and their scales for the backward pass, as
/// [`composed::layer_norm`] has them. (The bindings lack libtorch's own backward pass.)
fn layer_norm<E: TchElement>(
    x: &Torch,
    norm: LayerNormParameters<LibTorch<E>>,
    eps: f64,
) -> (Torch, Saved<LibTorch<E>>) {
    let hidden = *x.size().last().expect("two dimensions");
    let (normed, _, scale) = x.native_layer_norm([hidden], None::<Torch>, None, eps);
    let output = torch(norm.bias).addcmul(&normed, &torch(norm.weight));
    let saved = Saved::new()
        .with(burn::<E, 2>(normed))
        .with(burn::<E, 2>(scale));
    (output, saved)
}
