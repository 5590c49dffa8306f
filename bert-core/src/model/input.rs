//! What goes into the model, checked before it does.

use std::sync::Arc;

use burn::tensor::{DType, Element, Int, Tensor, TensorData, backend::Backend};

use super::Precision;
use crate::backend::{Dropout, DropoutSeed};
use crate::config::BertConfig;

/// Token ids and segments of a padded batch on the device, and how long its sequences are.
///
/// Nothing of it can be exchanged after the check, so a model need not look at it again.
#[derive(Clone, Debug)]
pub struct BertInput<B: Backend> {
    input_ids: Tensor<B, 2, Int>,
    token_type_ids: Tensor<B, 2, Int>,
    /// The largest token id and segment.
    largest: [i64; 2],
    lengths: Arc<[usize]>,
    attention_bias: Option<Tensor<B, 4>>,
    dropout: Option<DropoutSeed>,
    precision: Precision,
}

/// A place of the model that drops elements in training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// The sum of the embeddings, after LayerNorm.
    Embeddings,
    /// The attention probabilities of a layer.
    AttentionProbabilities {
        /// From 0.
        layer: usize,
    },
    /// Behind the attention of a layer.
    AttentionOutput {
        /// From 0.
        layer: usize,
    },
    /// Behind the feed-forward block of a layer.
    LayerOutput {
        /// From 0.
        layer: usize,
    },
    /// In front of a head's own layer.
    Head,
}

impl Site {
    /// No two places of a model have the same number.
    fn number(self) -> usize {
        match self {
            Self::Head => 0,
            Self::Embeddings => 1,
            Self::AttentionProbabilities { layer } => 2 + 3 * layer,
            Self::AttentionOutput { layer } => 3 + 3 * layer,
            Self::LayerOutput { layer } => 4 + 3 * layer,
        }
    }
}

/// Why a batch cannot go into a model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// No sequences, or sequences without tokens.
    #[error("a batch of {batch} sequences of {seq} tokens is empty; give at least one token")]
    Empty {
        /// Sequences.
        batch: usize,
        /// Tokens per sequence.
        seq: usize,
    },
    /// A slice has not `batch * seq` elements.
    #[error("{what} has {found} elements, expected {batch} x {seq}")]
    WrongLength {
        /// Which slice.
        what: &'static str,
        /// Its length.
        found: usize,
        /// Sequences.
        batch: usize,
        /// Tokens per sequence.
        seq: usize,
    },
    /// Neither a token nor padding.
    #[error("attention_mask of sequence {row} has {value}; it is 1 at tokens and 0 at padding")]
    MaskValue {
        /// From 0.
        row: usize,
        /// The value.
        value: i64,
    },
    /// Padding before a token.
    #[error("attention_mask of sequence {row} has padding before a token; pad at the end")]
    PaddingInside {
        /// From 0.
        row: usize,
    },
    /// Longer than the positions of the model.
    #[error(
        "the sequence is {seq} tokens long, the model has {max} positions; use `max_seq_length` {max} or less"
    )]
    TooLong {
        /// Tokens per sequence.
        seq: usize,
        /// [`BertConfig::max_sequence_length`].
        max: usize,
    },
    /// A token or segment id that has no embedding.
    #[error("{}", out_of_range(what, *id, *size))]
    OutOfRange {
        /// `input_ids` or `token_type_ids`.
        what: &'static str,
        /// The id.
        id: i64,
        /// `vocab_size` or `type_vocab_size`.
        size: usize,
    },
}

fn out_of_range(what: &str, id: i64, size: usize) -> String {
    match (what, size) {
        ("token_type_ids", 1) => {
            "there is a second text, and the model's type_vocab_size is 1: it \
             was made for single texts"
                .to_owned()
        }
        ("token_type_ids", _) => {
            format!("token_type_ids {id} is outside the model's type_vocab_size {size}")
        }
        _ => format!(
            "{what} {id} is outside the model's vocab_size {size}; does the tokenizer belong to \
             this model?"
        ),
    }
}

impl<B: Backend> BertInput<B> {
    /// Checks row-major slices of `batch * seq` elements and moves them to the device.
    ///
    /// # Errors
    /// An empty batch, a length that does not fit, a sequence beyond the positions, an id without
    /// an embedding, a mask of anything but ones and then zeros in each row.
    /// These are checked here because a device would read out of bounds or panic.
    pub fn new(
        config: &BertConfig,
        [batch, seq]: [usize; 2],
        input_ids: &[i64],
        token_type_ids: &[i64],
        attention_mask: &[i64],
        device: &B::Device,
    ) -> Result<Self, InputError> {
        if batch == 0 || seq == 0 {
            return Err(InputError::Empty { batch, seq });
        }
        let slices = [
            ("input_ids", input_ids),
            ("token_type_ids", token_type_ids),
            ("attention_mask", attention_mask),
        ];
        for (what, slice) in slices {
            if batch.checked_mul(seq) != Some(slice.len()) {
                return Err(InputError::WrongLength {
                    what,
                    found: slice.len(),
                    batch,
                    seq,
                });
            }
        }
        let max = config.max_sequence_length();
        if seq > max {
            return Err(InputError::TooLong { seq, max });
        }
        let largest = [
            largest("input_ids", input_ids, config.vocab_size)?,
            largest("token_type_ids", token_type_ids, config.num_segments())?,
        ];
        let lengths = lengths_of(attention_mask, seq)?;

        let tensor = |slice: &[i64]| {
            Tensor::from_data(TensorData::new(slice.to_vec(), [batch, seq]), device)
        };
        Ok(Self {
            input_ids: tensor(input_ids),
            token_type_ids: tensor(token_type_ids),
            largest,
            attention_bias: attention_bias(&lengths, seq, device),
            lengths,
            dropout: None,
            precision: Precision::F32,
        })
    }

    /// The token ids, `[batch, seq]`.
    pub fn input_ids(&self) -> Tensor<B, 2, Int> {
        self.input_ids.clone()
    }

    /// The segment of each token, `[batch, seq]`.
    pub fn token_type_ids(&self) -> Tensor<B, 2, Int> {
        self.token_type_ids.clone()
    }

    /// Sequences, and tokens per sequence with padding.
    pub fn shape(&self) -> [usize; 2] {
        self.input_ids.dims()
    }

    /// Where it is.
    pub fn device(&self) -> B::Device {
        self.input_ids.device()
    }

    /// Asserts that tables of these sizes have an entry for every id: the model must be one of the
    /// configuration that the input was checked against. A device would not notice.
    #[track_caller]
    pub(super) fn expect_tables(&self, vocab: usize, token_types: usize) {
        let names = ["input_ids", "token_type_ids"];
        for ((what, largest), size) in names.iter().zip(self.largest).zip([vocab, token_types]) {
            assert!(
                (largest as u64) < size as u64,
                "embeddings: {what} has {largest}, expected ids below {size}; the input was made \
                 for another configuration"
            );
        }
    }

    /// The same input for a training pass: with dropout, drawn from `seed`.
    #[must_use]
    pub fn with_dropout(mut self, seed: DropoutSeed) -> Self {
        self.dropout = Some(seed);
        self
    }

    /// The same input for a pass whose products are computed in `precision`.
    #[must_use]
    pub fn with_precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    /// What products are computed in.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The dropout at a place of the model; none unless this is a training pass.
    pub fn dropout_at(&self, site: Site, prob: f64) -> Dropout {
        self.dropout
            .map_or(Dropout::NONE, |seed| seed.at(site.number(), prob))
    }

    /// Real tokens of each sequence.
    pub fn lengths(&self) -> Arc<[usize]> {
        self.lengths.clone()
    }

    /// 1 at tokens and 0 at padding.
    ///
    /// # Shapes
    /// - output `[batch, seq]`
    pub fn attention_mask(&self) -> Tensor<B, 2> {
        let [batch, seq] = self.shape();
        let row = |&length: &usize| (0..seq).map(move |at| f32::from(u8::from(at < length)));
        let values: Vec<f32> = self.lengths.iter().flat_map(row).collect();
        Tensor::from_data(TensorData::new(values, [batch, seq]), &self.device())
    }

    /// What is added to the attention scores: 0 at tokens, a large negative number at padding.
    /// Absent where nothing is padding, which saves adding zeros to every score.
    ///
    /// # Shapes
    /// - output `[batch, 1, 1, seq]`
    pub fn attention_bias(&self) -> Option<Tensor<B, 4>> {
        self.attention_bias.clone()
    }
}

/// Large, not infinite: a row that is all padding must still give finite numbers.
fn attention_bias<B: Backend>(
    lengths: &[usize],
    seq: usize,
    device: &B::Device,
) -> Option<Tensor<B, 4>> {
    if lengths.iter().all(|&length| length == seq) {
        return None;
    }
    let dtype = B::FloatElem::dtype();
    let lowest = if dtype == DType::F16 { -6e4 } else { -1e9 };
    let values: Vec<f32> = lengths
        .iter()
        .flat_map(|&length| (0..seq).map(move |at| if at < length { 0.0 } else { lowest }))
        .collect();
    let data = TensorData::new(values, [lengths.len(), 1, 1, seq]);
    Some(Tensor::from_data(data, device))
}

/// The number of ones of each row, which have to come first.
fn lengths_of(attention_mask: &[i64], seq: usize) -> Result<Arc<[usize]>, InputError> {
    let rows = attention_mask.chunks(seq.max(1)).enumerate();
    rows.map(|(row, mask)| {
        if let Some(&value) = mask.iter().find(|&&m| m != 0 && m != 1) {
            return Err(InputError::MaskValue { row, value });
        }
        let length = mask.iter().take_while(|&&m| m != 0).count();
        match mask[length..].iter().any(|&m| m != 0) {
            true => Err(InputError::PaddingInside { row }),
            false => Ok(length),
        }
    })
    .collect()
}

/// The largest of ids that all have an entry among `size`.
fn largest(what: &'static str, ids: &[i64], size: usize) -> Result<i64, InputError> {
    let outside = ids.iter().find(|&&id| id < 0 || id as u64 >= size as u64);
    match outside {
        Some(&id) => Err(InputError::OutOfRange { what, id, size }),
        None => Ok(ids.iter().copied().max().unwrap_or(0)),
    }
}
