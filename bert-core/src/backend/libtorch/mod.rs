//! libtorch, on the CPU and on CUDA: its own fused functions, forward and backward, where Burn
//! would compose several.
//!
//! On the CPU, attention and what surrounds a LayerNorm are the kernels of [`super::cpu`] on
//! libtorch's memory: its dropout draws on one thread there and stores what it drew, and its
//! attention in parts stores the probabilities. The products stay libtorch's.
//!
//! Every tensor that is given to Burn owns its memory. Burn works in place on tensors that nothing
//! else holds, and it cannot see that a view made here shares memory with another tensor.

mod adamw;
mod attention;
mod embeddings;
mod host;
mod layer_norm;

use burn::backend::LibTorch;
use burn::backend::libtorch::{TchElement, TchTensor};
use burn::tensor::{Int, Tensor, TensorPrimitive};
use tch::Tensor as Torch;

use super::cpu::operations;
use super::{
    AdamWStep, AddLayerNormGradients, AttentionSpec, BertBackend, DenseGradients, EmbeddingTables,
    EmbeddingsGradients, EmbeddingsSpec, LayerNormParameters, LayerNormSpec, Moments, QkvGradients,
    Saved, composed, shapes,
};
use crate::config::HiddenAct;
use host::in_memory;

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
        shapes::dense(&x, &weight, bias.as_ref());
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
        shapes::dense_backward(&x, &weight, &grad);
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
        shapes::qkv(&x, &weights, &biases);
        let weight = Torch::cat(&weights.map(torch), 1);
        let bias = Torch::cat(&biases.map(torch), 0);
        burn(bias.addmm(&torch(x), &weight))
    }

    fn qkv_backward(
        x: Tensor<Self, 2>,
        weights: [Tensor<Self, 2>; 3],
        grad: Tensor<Self, 2>,
    ) -> QkvGradients<Self> {
        shapes::qkv_backward(&x, &weights, &grad);
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
        attention::inference(qkv, spec)
    }

    fn self_attention_saving(
        qkv: Tensor<Self, 2>,
        spec: &AttentionSpec<Self>,
    ) -> (Tensor<Self, 2>, Saved<Self>) {
        if in_memory(&qkv) {
            return operations::self_attention_saving(qkv, spec);
        }
        attention::forward(qkv, spec)
    }

    fn self_attention_backward(
        qkv: Tensor<Self, 2>,
        saved: Saved<Self>,
        grad: Tensor<Self, 2>,
        spec: &AttentionSpec<Self>,
    ) -> Tensor<Self, 2> {
        if in_memory(&grad) {
            return operations::self_attention_backward(qkv, saved, grad, spec);
        }
        attention::backward(qkv, saved, grad, spec)
    }

    fn add_layer_norm_saving(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        residual: Tensor<Self, 2>,
        norm: LayerNormParameters<Self>,
        spec: LayerNormSpec,
    ) -> (Tensor<Self, 2>, Saved<Self>) {
        if in_memory(&x) {
            return operations::add_layer_norm_saving(x, bias, residual, norm, spec);
        }
        layer_norm::add_forward(x, bias, residual, norm, spec)
    }

    fn add_layer_norm_backward(
        saved: Saved<Self>,
        weight: Tensor<Self, 1>,
        grad: Tensor<Self, 2>,
        spec: LayerNormSpec,
    ) -> AddLayerNormGradients<Self> {
        if in_memory(&grad) {
            return operations::add_layer_norm_backward(saved, weight, grad, spec);
        }
        layer_norm::add_backward(saved, weight, grad, spec)
    }

    fn bias_activation(
        x: Tensor<Self, 2>,
        bias: Tensor<Self, 1>,
        activation: HiddenAct,
    ) -> Tensor<Self, 2> {
        shapes::bias_activation(&x, &bias);
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
        shapes::bias_activation_backward(&x, &bias, &grad);
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
        if in_memory(&tables.word) {
            return operations::embeddings_saving(tables, norm, input_ids, token_type_ids, spec);
        }
        embeddings::forward(tables, norm, input_ids, token_type_ids, spec)
    }

    fn embeddings_backward(
        saved: Saved<Self>,
        weight: Tensor<Self, 1>,
        input_ids: Tensor<Self, 2, Int>,
        token_type_ids: Tensor<Self, 2, Int>,
        grad: Tensor<Self, 2>,
        spec: EmbeddingsSpec,
    ) -> EmbeddingsGradients<Self> {
        if in_memory(&grad) {
            return operations::embeddings_backward(
                saved,
                weight,
                input_ids,
                token_type_ids,
                grad,
                spec,
            );
        }
        embeddings::backward(saved, weight, input_ids, token_type_ids, grad, spec)
    }

    fn adamw<const D: usize>(
        parameter: Tensor<Self, D>,
        grad: Tensor<Self, D>,
        moments: Option<Moments<Self, D>>,
        step: AdamWStep,
    ) -> (Tensor<Self, D>, Moments<Self, D>) {
        match moments {
            Some(moments) if in_memory(&parameter) => {
                adamw::on_slices(parameter, grad, moments, step)
            }
            Some(moments) => adamw::step(parameter, grad, moments, step),
            // Once in a run.
            None => composed::adamw::step(parameter, grad, None, step),
        }
    }

    fn sum_of_squares<const D: usize>(x: Tensor<Self, D>) -> Tensor<Self, 1> {
        let x = torch(x).reshape([-1]);
        burn(x.dot(&x).reshape([1]))
    }
}
