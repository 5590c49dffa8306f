//! Attention by libtorch's functions: fused for inference, in parts where its probabilities are needed.

use burn::backend::LibTorch;
use burn::backend::libtorch::TchElement;
use burn::tensor::Tensor;
use tch::Tensor as Torch;

use super::{burn, dropout, dropout_backward, save, torch};
use crate::backend::{AttentionSpec, Saved, shapes};

/// `[rows, n * hidden]` to n views `[batch, heads, seq, head size]`.
fn heads<E: TchElement>(x: &Torch, n: i64, spec: &AttentionSpec<LibTorch<E>>) -> Vec<Torch> {
    let [batch, seq, heads] = [spec.batch, spec.seq, spec.heads].map(|size| size as i64);
    x.reshape([batch, seq, n, heads, -1])
        .permute([2, 0, 3, 1, 4])
        .unbind(0)
}

pub(super) fn inference<E: TchElement>(
    qkv: Tensor<LibTorch<E>, 2>,
    spec: &AttentionSpec<LibTorch<E>>,
) -> Tensor<LibTorch<E>, 2> {
    shapes::self_attention(&qkv, spec);
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

pub(super) fn forward<E: TchElement>(
    qkv: Tensor<LibTorch<E>, 2>,
    spec: &AttentionSpec<LibTorch<E>>,
) -> (Tensor<LibTorch<E>, 2>, Saved<LibTorch<E>>) {
    shapes::self_attention(&qkv, spec);
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

pub(super) fn backward<E: TchElement>(
    qkv: Tensor<LibTorch<E>, 2>,
    mut saved: Saved<LibTorch<E>>,
    grad: Tensor<LibTorch<E>, 2>,
    spec: &AttentionSpec<LibTorch<E>>,
) -> Tensor<LibTorch<E>, 2> {
    shapes::self_attention_backward(&qkv, &grad, spec);
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
    let d_scores = Torch::internal_softmax_backward_data(&d_probabilities, &probabilities, 3, kind);
    let d_query = d_scores.matmul(key) * scale;
    let d_key = d_scores.transpose(2, 3).matmul(query) * scale;
    // [3, batch, heads, seq, size] to [batch, seq, 3, heads, size]
    let all = Torch::stack(&[d_query, d_key, d_value], 0);
    burn(all.permute([1, 3, 0, 2, 4]).contiguous().reshape(shape))
}
