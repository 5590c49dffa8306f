//! What a training has to know of a split.

use bert_data::EncodedDataset;
use bert_data::batch::{PaddedBatch, Padding};
use crc32fast::Hasher;

use super::PassInput;

/// Examples that batches are made of.
pub trait Split: Send + Sync + 'static {
    /// What the model takes.
    type Batch: PassInput + Send + 'static;

    /// Tokens of each example, special tokens included.
    fn lengths(&self) -> &[usize];

    /// The examples at these places, padded as asked for.
    fn batch(&self, examples: &[usize], padding: Padding) -> Self::Batch;

    /// Adds everything that a training learns from to a checksum.
    fn update(&self, checksum: &mut Hasher);
}

impl Split for EncodedDataset {
    type Batch = PaddedBatch;

    fn lengths(&self) -> &[usize] {
        EncodedDataset::lengths(self)
    }

    fn batch(&self, examples: &[usize], padding: Padding) -> PaddedBatch {
        EncodedDataset::batch(self, examples, padding)
    }

    fn update(&self, checksum: &mut Hasher) {
        for (encoding, label) in self.encodings().iter().zip(self.labels()) {
            for numbers in [&encoding.input_ids, &encoding.token_type_ids] {
                numbers
                    .iter()
                    .for_each(|number| checksum.update(&number.to_le_bytes()));
            }
            let label = label.map_or(-1, |label| label as i64);
            checksum.update(&label.to_le_bytes());
        }
    }
}
