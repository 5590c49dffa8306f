//! The encoder for inference alone: what does not change from pass to pass is done once.
//!
//! Query, key and value become one dense layer, and every weight takes the form that the backend's
//! products read best ([`prepare_dense`](BertBackend::prepare_dense)), in place of its parameter.
//! What is left can be neither trained nor saved, so it is a type of its own and no module. It
//! drops nothing out, whatever its input says.
//!
//! Where the backend [skips padding](BertBackend::SKIPS_PADDING), the rows between embeddings and
//! the last hidden state are those of real tokens only, sequence after sequence.

use std::sync::Arc;

use burn::tensor::{Int, Tensor, TensorData, backend::Backend};

use super::{
    BertAttention, BertEmbeddings, BertEncoder, BertInput, BertLayer, BertModel, BertSelfAttention,
    BertTrunk, DenseAddNorm, Linear, Precision,
};
use crate::backend::{
    AttentionSpec, BertBackend, Dropout, LayerNormParameters, LayerNormSpec, PreparedDense,
};
use crate::config::HiddenAct;

/// [`BertModel`] for heads on `[CLS]`, for inference alone.
#[derive(Clone, Debug)]
pub struct PreparedModel<B: Backend> {
    trunk: PreparedTrunk<B>,
    pooler: PreparedDense<B>,
}

/// [`BertTrunk`], for inference alone.
#[derive(Clone, Debug)]
pub struct PreparedTrunk<B: Backend> {
    embeddings: BertEmbeddings<B>,
    layers: Vec<PreparedLayer<B>>,
    precision: Precision,
}

impl<B: BertBackend> BertModel<B> {
    /// The model for inference alone, with its products computed in `precision`.
    pub fn prepare(self, precision: Precision) -> PreparedModel<B> {
        PreparedModel {
            trunk: PreparedTrunk::new(self.embeddings, self.encoder, precision),
            pooler: prepare(self.pooler.dense, Precision::F32),
        }
    }
}

impl<B: BertBackend> BertTrunk<B> {
    /// The trunk for inference alone, with its products computed in `precision`.
    pub fn prepare(self, precision: Precision) -> PreparedTrunk<B> {
        PreparedTrunk::new(self.embeddings, self.encoder, precision)
    }
}

impl<B: BertBackend> PreparedModel<B> {
    /// As [`BertModel::pooled`].
    ///
    /// # Shapes
    /// - output `[batch, hidden]`
    pub fn pooled(&self, input: &BertInput<B>) -> Tensor<B, 2> {
        B::pass(|| {
            let first = self.trunk.forward_first(input);
            B::prepared_dense(first, &self.pooler, Some(HiddenAct::Tanh))
        })
    }

    /// The encoder by itself.
    pub fn trunk(&self) -> &PreparedTrunk<B> {
        &self.trunk
    }
}

impl<B: BertBackend> PreparedTrunk<B> {
    fn new(embeddings: BertEmbeddings<B>, encoder: BertEncoder<B>, precision: Precision) -> Self {
        // One after another, so that never more than a layer is there twice.
        let layers = encoder.layer.into_iter();
        Self {
            embeddings,
            layers: layers
                .map(|layer| PreparedLayer::new(layer, precision))
                .collect(),
            precision,
        }
    }

    /// The token ids' table and what stands around it.
    pub fn embeddings(&self) -> &BertEmbeddings<B> {
        &self.embeddings
    }

    /// As [`BertTrunk::forward`]; rows of padding mean nothing, and are finite.
    ///
    /// # Shapes
    /// - output `[batch * seq, hidden]`
    pub fn forward(&self, input: &BertInput<B>) -> Tensor<B, 2> {
        B::pass(|| {
            let rows = Rows::of(input, self.precision);
            let embedded = rows.without_padding(self.embeddings.forward(input));
            let layers = self.layers.iter();
            let last = layers.fold(embedded, |hidden, layer| layer.forward(hidden, &rows));
            rows.with_padding(last)
        })
    }

    /// The last hidden state of the first token of each sequence. The last layer does what comes
    /// after attention for them alone.
    ///
    /// # Shapes
    /// - output `[batch, hidden]`
    pub fn forward_first(&self, input: &BertInput<B>) -> Tensor<B, 2> {
        B::pass(|| {
            let rows = Rows::of(input, self.precision);
            let embedded = rows.without_padding(self.embeddings.forward(input));
            let (last, before) = self.layers.split_last().expect("a checked configuration");
            let layers = before.iter();
            let hidden = layers.fold(embedded, |hidden, layer| layer.forward(hidden, &rows));
            last.forward_first(hidden, &rows)
        })
    }
}

/// [`BertLayer`] with its parameters prepared.
#[derive(Clone, Debug)]
struct PreparedLayer<B: Backend> {
    /// `[hidden, 3 * hidden]`
    qkv: PreparedDense<B>,
    num_attention_heads: usize,
    attended: PreparedAddNorm<B>,
    /// `[hidden, intermediate]`
    intermediate: PreparedDense<B>,
    hidden_act: HiddenAct,
    output: PreparedAddNorm<B>,
    precision: Precision,
}

impl<B: BertBackend> PreparedLayer<B> {
    fn new(layer: BertLayer<B>, precision: Precision) -> Self {
        let BertAttention {
            self_attention,
            output,
        } = layer.attention;
        let num_attention_heads = self_attention.num_attention_heads();
        let hidden_act = layer.intermediate.hidden_act();
        Self {
            qkv: side_by_side(self_attention, precision),
            num_attention_heads,
            attended: PreparedAddNorm::new(output, precision),
            intermediate: prepare(layer.intermediate.dense, precision),
            hidden_act,
            output: PreparedAddNorm::new(layer.output, precision),
            precision,
        }
    }

    /// # Shapes
    /// - hidden and output `[rows, hidden]`
    fn forward(&self, hidden: Tensor<B, 2>, rows: &Rows<B>) -> Tensor<B, 2> {
        let context = self.context(hidden.clone(), rows);
        self.after_attention(context, hidden)
    }

    /// # Shapes
    /// - hidden `[rows, hidden]`, output `[batch, hidden]`
    fn forward_first(&self, hidden: Tensor<B, 2>, rows: &Rows<B>) -> Tensor<B, 2> {
        let context = self.context(hidden.clone(), rows);
        self.after_attention(rows.first(context), rows.first(hidden))
    }

    fn context(&self, hidden: Tensor<B, 2>, rows: &Rows<B>) -> Tensor<B, 2> {
        let qkv = B::prepared_dense(self.precision.factor(hidden), &self.qkv, None);
        rows.attend(qkv, self.num_attention_heads)
    }

    fn after_attention(&self, context: Tensor<B, 2>, hidden: Tensor<B, 2>) -> Tensor<B, 2> {
        let precision = self.precision;
        let attended = self.attended.forward(context, hidden, precision);
        let factor = precision.factor(attended.clone());
        let wide = B::prepared_dense(factor, &self.intermediate, Some(self.hidden_act));
        self.output.forward(wide, attended, precision)
    }
}

/// [`DenseAddNorm`] with its parameters prepared.
#[derive(Clone, Debug)]
struct PreparedAddNorm<B: Backend> {
    /// Without its bias, which the second operation adds.
    dense: PreparedDense<B>,
    bias: Tensor<B, 1>,
    norm: LayerNormParameters<B>,
    eps: f64,
}

impl<B: BertBackend> PreparedAddNorm<B> {
    fn new(layer: DenseAddNorm<B>, precision: Precision) -> Self {
        let DenseAddNorm {
            dense, layer_norm, ..
        } = layer;
        Self {
            dense: B::prepare_dense(precision.factor(dense.weight.into_value()), None),
            bias: dense.bias.into_value(),
            norm: layer_norm.parameters(),
            eps: layer_norm.eps,
        }
    }

    /// # Shapes
    /// - x `[rows, in]`, residual and output `[rows, hidden]`
    fn forward(
        &self,
        x: Tensor<B, 2>,
        residual: Tensor<B, 2>,
        precision: Precision,
    ) -> Tensor<B, 2> {
        let product = B::prepared_dense(precision.factor(x), &self.dense, None);
        let spec = LayerNormSpec {
            eps: self.eps,
            dropout: Dropout::NONE,
        };
        let (bias, norm) = (self.bias.clone(), self.norm.clone());
        B::add_layer_norm(precision.widen(product), bias, residual, norm, spec)
    }
}

fn prepare<B: BertBackend>(layer: Linear<B>, precision: Precision) -> PreparedDense<B> {
    B::prepare_dense(
        precision.factor(layer.weight.into_value()),
        Some(precision.factor(layer.bias.into_value())),
    )
}

/// Query, key and value as one layer.
fn side_by_side<B: BertBackend>(
    attention: BertSelfAttention<B>,
    precision: Precision,
) -> PreparedDense<B> {
    let layers = [attention.query, attention.key, attention.value];
    let (weights, biases) = layers
        .into_iter()
        .map(|layer| (layer.weight.into_value(), layer.bias.into_value()))
        .unzip();
    B::prepare_dense(
        precision.factor(Tensor::cat(weights, 1)),
        Some(precision.factor(Tensor::cat(biases, 0))),
    )
}

/// Which rows of the hidden state are whose.
enum Rows<B: Backend> {
    /// All sequences are of one length, padding included.
    Padded(AttentionSpec<B>),
    /// The real tokens of each sequence, one sequence after another.
    Ragged {
        /// Tokens of each sequence, none of them 0.
        lengths: Vec<usize>,
        /// Of the longest, with the padding there was.
        seq: usize,
        device: B::Device,
    },
}

impl<B: BertBackend> Rows<B> {
    fn of(input: &BertInput<B>, precision: Precision) -> Self {
        let [batch, seq] = input.shape();
        let lengths: Arc<[usize]> = input.lengths();
        if B::SKIPS_PADDING {
            // A sequence without tokens looks at its padding.
            let tokens = |&length: &usize| if length == 0 { seq } else { length };
            return Self::Ragged {
                lengths: lengths.iter().map(tokens).collect(),
                seq,
                device: input.device(),
            };
        }
        Self::Padded(AttentionSpec {
            batch,
            seq,
            // Each layer's own.
            heads: 0,
            lengths,
            bias: input.attention_bias().map(|bias| precision.factor(bias)),
            dropout: Dropout::NONE,
        })
    }

    /// # Shapes
    /// - qkv `[rows, 3 * hidden]`, output `[rows, hidden]`
    fn attend(&self, qkv: Tensor<B, 2>, heads: usize) -> Tensor<B, 2> {
        match self {
            Self::Padded(spec) => {
                let spec = spec.clone();
                B::self_attention(qkv, &AttentionSpec { heads, ..spec })
            }
            Self::Ragged { lengths, .. } => B::ragged_self_attention(qkv, heads, lengths),
        }
    }

    /// The rows of the first token of each sequence.
    ///
    /// # Shapes
    /// - output `[batch, width]`
    fn first(&self, rows: Tensor<B, 2>) -> Tensor<B, 2> {
        match self {
            Self::Padded(AttentionSpec { batch, seq, .. }) => {
                let width = rows.dims()[1];
                let tokens = rows.reshape([*batch, *seq, width]);
                tokens.slice_dim(1, 0..1).reshape([*batch, width])
            }
            Self::Ragged {
                lengths, device, ..
            } => rows.select(0, places(starts(lengths).collect(), device)),
        }
    }

    /// Of the rows of `[batch, seq]`, those of real tokens.
    fn without_padding(&self, rows: Tensor<B, 2>) -> Tensor<B, 2> {
        let Some((lengths, seq, device)) = self.padding() else {
            return rows;
        };
        let tokens =
            |(sequence, &length): (usize, &usize)| (0..length).map(move |at| sequence * seq + at);
        let kept = lengths.iter().enumerate().flat_map(tokens).collect();
        rows.select(0, places(kept, device))
    }

    /// As many rows as `[batch, seq]` has; where padding was is the row of a token.
    fn with_padding(&self, rows: Tensor<B, 2>) -> Tensor<B, 2> {
        let Some((lengths, seq, device)) = self.padding() else {
            return rows;
        };
        let row =
            |(start, &length): (usize, &usize)| (0..seq).map(move |at| start + at.min(length - 1));
        let each = starts(lengths).zip(lengths).flat_map(row).collect();
        rows.select(0, places(each, device))
    }

    /// The tokens of each sequence and of the longest with its padding, where rows of padding are
    /// left out.
    fn padding(&self) -> Option<(&[usize], usize, &B::Device)> {
        match self {
            Self::Ragged {
                lengths,
                seq,
                device,
            } if lengths.iter().any(|length| length < seq) => Some((lengths, *seq, device)),
            _ => None,
        }
    }
}

/// The first row of each sequence.
fn starts(lengths: &[usize]) -> impl Iterator<Item = usize> {
    lengths.iter().scan(0, |next, length| {
        let start = *next;
        *next += length;
        Some(start)
    })
}

fn places<B: Backend>(places: Vec<usize>, device: &B::Device) -> Tensor<B, 1, Int> {
    let places: Vec<i64> = places.into_iter().map(|place| place as i64).collect();
    let count = places.len();
    Tensor::from_data(TensorData::new(places, [count]), device)
}
