//! The sum of the embeddings, LayerNorm, dropout.

use burn::tensor::{IndexingUpdateOp, Int, Tensor, backend::Backend};

use super::layer_norm::{normalize, normalize_backward};
use super::{apply, mask};
use crate::backend::{
    EmbeddingTables, EmbeddingsGradients, EmbeddingsSpec, LayerNormParameters, LayerNormSpec,
    Saved, shapes,
};

/// See [`BertBackend::embeddings_saving`](crate::backend::BertBackend::embeddings_saving).
pub fn forward<B: Backend>(
    tables: EmbeddingTables<B>,
    norm: LayerNormParameters<B>,
    input_ids: Tensor<B, 2, Int>,
    token_type_ids: Tensor<B, 2, Int>,
    spec: LayerNormSpec,
) -> (Tensor<B, 2>, Saved<B>) {
    let [batch, seq] = input_ids.dims();
    let hidden = tables.word.dims()[1];
    let mask = mask([batch * seq, hidden], spec.dropout, &input_ids.device());
    forward_with(tables, norm, input_ids, token_type_ids, spec, mask)
}

/// With a given mask on the output, `[batch * seq, hidden]`.
pub fn forward_with<B: Backend>(
    tables: EmbeddingTables<B>,
    norm: LayerNormParameters<B>,
    input_ids: Tensor<B, 2, Int>,
    token_type_ids: Tensor<B, 2, Int>,
    spec: LayerNormSpec,
    mask: Option<Tensor<B, 2>>,
) -> (Tensor<B, 2>, Saved<B>) {
    shapes::embeddings(&tables, &norm, &input_ids, &token_type_ids);
    let [batch, seq] = input_ids.dims();
    let hidden = tables.word.dims()[1];
    let rows = [batch * seq];
    let words = tables.word.select(0, input_ids.reshape(rows));
    let segments = tables.token_type.select(0, token_type_ids.reshape(rows));
    // A slice, not a look-up: positions are always 0, 1, 2, ...
    let positions = tables.position.slice_dim(0, 0..seq).unsqueeze::<3>();
    let sum = (words + segments).reshape([batch, seq, hidden]) + positions;
    let (output, saved) = normalize(sum.reshape([batch * seq, hidden]), norm, spec.eps);
    (apply(output, mask.clone()), saved.with_some(mask))
}

/// See [`BertBackend::embeddings_backward`](crate::backend::BertBackend::embeddings_backward).
pub fn backward<B: Backend>(
    mut saved: Saved<B>,
    weight: Tensor<B, 1>,
    input_ids: Tensor<B, 2, Int>,
    token_type_ids: Tensor<B, 2, Int>,
    grad: Tensor<B, 2>,
    spec: EmbeddingsSpec,
) -> EmbeddingsGradients<B> {
    shapes::embeddings_backward(&weight, &input_ids, &token_type_ids, &grad, &spec);
    let [batch, seq] = input_ids.dims();
    let [rows, hidden] = grad.dims();
    let device = grad.device();
    let mask = saved.pop_mask(spec.norm.dropout);
    let (d_sum, norm) = normalize_backward(saved, weight, apply(grad, mask));

    let looked_up = |entries: usize, ids: Tensor<B, 2, Int>| {
        Tensor::zeros([entries, hidden], &device).select_assign(
            0,
            ids.reshape([rows]),
            d_sum.clone(),
            IndexingUpdateOp::Add,
        )
    };
    let per_position = d_sum.clone().reshape([batch, seq, hidden]).sum_dim(0);
    let position = Tensor::zeros([spec.positions, hidden], &device)
        .slice_assign([0..seq, 0..hidden], per_position.squeeze_dim(0));
    EmbeddingsGradients {
        tables: EmbeddingTables {
            word: looked_up(spec.vocab, input_ids),
            position,
            token_type: looked_up(spec.token_types, token_type_ids),
        },
        norm,
    }
}
