//! The embeddings by libtorch's lookups.

use burn::backend::LibTorch;
use burn::backend::libtorch::TchElement;
use burn::tensor::{Int, Tensor};
use tch::Tensor as Torch;

use super::layer_norm::layer_norm;
use super::{burn, dropout, dropout_backward, save, torch, torch_ids};
use crate::backend::composed::layer_norm::normalize_backward;
use crate::backend::{
    EmbeddingTables, EmbeddingsGradients, EmbeddingsSpec, LayerNormParameters, LayerNormSpec,
    Saved, shapes,
};

pub(super) fn forward<E: TchElement>(
    tables: EmbeddingTables<LibTorch<E>>,
    norm: LayerNormParameters<LibTorch<E>>,
    input_ids: Tensor<LibTorch<E>, 2, Int>,
    token_type_ids: Tensor<LibTorch<E>, 2, Int>,
    spec: LayerNormSpec,
) -> (Tensor<LibTorch<E>, 2>, Saved<LibTorch<E>>) {
    shapes::embeddings(&tables, &norm, &input_ids, &token_type_ids);
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

pub(super) fn backward<E: TchElement>(
    mut saved: Saved<LibTorch<E>>,
    weight: Tensor<LibTorch<E>, 1>,
    input_ids: Tensor<LibTorch<E>, 2, Int>,
    token_type_ids: Tensor<LibTorch<E>, 2, Int>,
    grad: Tensor<LibTorch<E>, 2>,
    spec: EmbeddingsSpec,
) -> EmbeddingsGradients<LibTorch<E>> {
    shapes::embeddings_backward(&weight, &input_ids, &token_type_ids, &grad, &spec);
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
