//! What goes into the model, checked before it does.

use burn::tensor::{DType, Int, Tensor, TensorData, backend::Backend};

use crate::config::BertConfig;

/// Token ids, segments and mask of a padded batch, on the device.
#[derive(Clone, Debug)]
pub struct BertInput<B: Backend> {
    /// `[batch, seq]`
    pub input_ids: Tensor<B, 2, Int>,
    /// `[batch, seq]`
    pub token_type_ids: Tensor<B, 2, Int>,
    /// `[batch, seq]`, 1 for tokens and 0 for padding; absent where nothing is padding, which
    /// saves adding zeros to every score.
    pub attention_mask: Option<Tensor<B, 2, Int>>,
}

/// Why a batch cannot go into a model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
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
    /// Longer than the positions of the model.
    #[error(
        "the sequence is {seq} tokens long, the model has {max} positions; use --max-seq-length {max} or less"
    )]
    TooLong {
        /// Tokens per sequence.
        seq: usize,
        /// `max_position_embeddings`.
        max: usize,
    },
    /// A token or segment id that has no embedding.
    #[error("{what} {id} is outside the model's {size}; does the tokenizer belong to this model?")]
    OutOfRange {
        /// `input_ids` or `token_type_ids`.
        what: &'static str,
        /// The id.
        id: i64,
        /// `vocab_size` or `type_vocab_size`.
        size: usize,
    },
}

impl<B: Backend> BertInput<B> {
    /// Checks row-major slices of `batch * seq` elements and moves them to the device.
    ///
    /// # Errors
    /// A length that does not fit, a sequence beyond the positions, an id without an embedding.
    /// These are checked here because a device would read out of bounds or panic.
    pub fn new(
        config: &BertConfig,
        [batch, seq]: [usize; 2],
        input_ids: &[i64],
        token_type_ids: &[i64],
        attention_mask: &[i64],
        device: &B::Device,
    ) -> Result<Self, InputError> {
        let slices = [
            ("input_ids", input_ids),
            ("token_type_ids", token_type_ids),
            ("attention_mask", attention_mask),
        ];
        for (what, slice) in slices {
            if slice.len() != batch * seq {
                return Err(InputError::WrongLength {
                    what,
                    found: slice.len(),
                    batch,
                    seq,
                });
            }
        }
        if seq > config.max_position_embeddings {
            return Err(InputError::TooLong {
                seq,
                max: config.max_position_embeddings,
            });
        }
        in_range("input_ids", input_ids, config.vocab_size)?;
        in_range("token_type_ids", token_type_ids, config.type_vocab_size)?;

        let tensor = |slice: &[i64]| {
            Tensor::from_data(TensorData::new(slice.to_vec(), [batch, seq]), device)
        };
        let padded = attention_mask.contains(&0);
        Ok(Self {
            input_ids: tensor(input_ids),
            token_type_ids: tensor(token_type_ids),
            attention_mask: padded.then(|| tensor(attention_mask)),
        })
    }

    /// What is added to the attention scores: 0 at tokens, a large negative number at padding.
    ///
    /// Large, not infinite: a row that is all padding must still give finite numbers.
    ///
    /// # Shapes
    /// - output `[batch, 1, 1, seq]`
    pub(super) fn attention_bias(&self, dtype: DType) -> Option<Tensor<B, 4>> {
        let lowest = if dtype == DType::F16 { -6e4 } else { -1e9 };
        self.attention_mask.clone().map(|mask| {
            let [batch, seq] = mask.dims();
            let padding = mask.float().cast(dtype).neg().add_scalar(1.0);
            padding.mul_scalar(lowest).reshape([batch, 1, 1, seq])
        })
    }
}

fn in_range(what: &'static str, ids: &[i64], size: usize) -> Result<(), InputError> {
    let outside = ids.iter().find(|&&id| id < 0 || id as u64 >= size as u64);
    outside.map_or(Ok(()), |&id| Err(InputError::OutOfRange { what, id, size }))
}
