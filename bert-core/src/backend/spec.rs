//! What the operations of [`BertBackend`](super::BertBackend) are told besides their tensors, and
//! what they give back.

use std::sync::Arc;

use burn::tensor::{Tensor, TensorPrimitive, backend::Backend};

use super::Dropout;

/// Tensors that the forward pass keeps for the backward pass. Which they are is the backend's own
/// affair, so their ranks are not in the type.
#[derive(Clone, Debug)]
pub struct Saved<B: Backend>(Vec<TensorPrimitive<B>>);

impl<B: Backend> Saved<B> {
    /// Nothing yet.
    pub fn new() -> Self {
        Self(Vec::new())
    }

    /// With one more tensor.
    #[must_use]
    pub fn with<const D: usize>(mut self, tensor: Tensor<B, D>) -> Self {
        self.0.push(tensor.into_primitive());
        self
    }

    /// With one more tensor if there is one.
    #[must_use]
    pub fn with_some<const D: usize>(self, tensor: Option<Tensor<B, D>>) -> Self {
        match tensor {
            Some(tensor) => self.with(tensor),
            None => self,
        }
    }

    /// Takes the tensor that was put in last.
    pub fn pop<const D: usize>(&mut self) -> Option<Tensor<B, D>> {
        self.0.pop().map(Tensor::from_primitive)
    }

    /// Takes the mask of a dropout, which was put in last where anything was dropped.
    pub(super) fn pop_mask<const D: usize>(&mut self, dropout: Dropout) -> Option<Tensor<B, D>> {
        dropout.is_on().then(|| self.pop().expect("the mask"))
    }
}

impl<B: Backend> Default for Saved<B> {
    fn default() -> Self {
        Self::new()
    }
}

/// The layout of a batch in attention.
#[derive(Clone, Debug)]
pub struct AttentionSpec<B: Backend> {
    /// Sequences.
    pub batch: usize,
    /// Tokens per sequence, padding included.
    pub seq: usize,
    /// Attention heads; the hidden size is a multiple.
    pub heads: usize,
    /// Real tokens of each sequence, which come before its padding. A sequence without any has no
    /// meaningful output; it is finite.
    pub lengths: Arc<[usize]>,
    /// The same as something to add to the scores: 0 at tokens, a large negative number at
    /// padding, `[batch, 1, 1, seq]`. Absent where nothing is padding.
    pub bias: Option<Tensor<B, 4>>,
    /// On the probabilities.
    pub dropout: Dropout,
}

/// Scale and shift of a LayerNorm, both `[hidden]`.
#[derive(Clone, Debug)]
pub struct LayerNormParameters<B: Backend> {
    /// "gamma" in older files.
    pub weight: Tensor<B, 1>,
    /// "beta" in older files.
    pub bias: Tensor<B, 1>,
}

/// A LayerNorm with the dropout next to it.
#[derive(Clone, Copy, Debug)]
pub struct LayerNormSpec {
    /// Added to the variance.
    pub eps: f64,
    /// Before the sum in `add_layer_norm`, after the norm in `embeddings`.
    pub dropout: Dropout,
}

/// The three tables of the embeddings.
#[derive(Clone, Debug)]
pub struct EmbeddingTables<B: Backend> {
    /// `[vocab, hidden]`
    pub word: Tensor<B, 2>,
    /// `[positions, hidden]`, at least as many as the batch has
    pub position: Tensor<B, 2>,
    /// `[segments, hidden]`
    pub token_type: Tensor<B, 2>,
}

/// What the backward pass of the embeddings has to know of the forward pass.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddingsSpec {
    /// As in the forward pass.
    pub norm: LayerNormSpec,
    /// Rows of the word table.
    pub vocab: usize,
    /// Rows of the position table.
    pub positions: usize,
    /// Rows of the segment table.
    pub token_types: usize,
}

/// Gradients of a dense layer; absent where they were not wanted.
#[derive(Clone, Debug)]
pub struct DenseGradients<B: Backend> {
    /// `[rows, in]`
    pub x: Option<Tensor<B, 2>>,
    /// `[in, out]`
    pub weight: Option<Tensor<B, 2>>,
    /// `[out]`
    pub bias: Option<Tensor<B, 1>>,
}

/// Gradients of the three projections.
#[derive(Clone, Debug)]
pub struct QkvGradients<B: Backend> {
    /// `[rows, hidden]`
    pub x: Tensor<B, 2>,
    /// `[hidden, hidden]` each
    pub weights: [Tensor<B, 2>; 3],
    /// `[hidden]` each
    pub biases: [Tensor<B, 1>; 3],
}

/// Gradients of `add_layer_norm`.
#[derive(Clone, Debug)]
pub struct AddLayerNormGradients<B: Backend> {
    /// `[rows, hidden]`
    pub x: Tensor<B, 2>,
    /// `[hidden]`
    pub bias: Tensor<B, 1>,
    /// `[rows, hidden]`
    pub residual: Tensor<B, 2>,
    /// Of the norm's weight and bias.
    pub norm: LayerNormParameters<B>,
}

/// Gradients of the embeddings.
#[derive(Clone, Debug)]
pub struct EmbeddingsGradients<B: Backend> {
    /// Of the tables.
    pub tables: EmbeddingTables<B>,
    /// Of the norm's weight and bias.
    pub norm: LayerNormParameters<B>,
}

/// The running means of AdamW.
#[derive(Clone, Debug)]
pub struct Moments<B: Backend, const D: usize> {
    /// Of the gradient.
    pub first: Tensor<B, D>,
    /// Of its square.
    pub second: Tensor<B, D>,
}

/// The numbers of one AdamW step, worked out from learning rate and step count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamWStep {
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// What the parameter is multiplied with first: `1 - lr * weight_decay`.
    pub decay: f64,
    /// `lr / (1 - beta1^t)`.
    pub rate: f64,
    /// `1 / sqrt(1 - beta2^t)`, for the root of the second moment.
    pub second_scale: f64,
}
