//! Windows of passages as the training loop sees them.

use bert_data::batch::Padding;
use bert_data::{EncodedSquad, SpanBatch};
use crc32fast::Hasher;

use crate::training::{PassInput, Split};

impl PassInput for SpanBatch {
    fn seed_pass(&mut self, seed: u64) {
        self.tokens.seed_pass(seed);
    }

    fn examples(&self) -> usize {
        self.tokens.batch_size
    }

    fn tokens(&self) -> usize {
        self.tokens.tokens()
    }

    fn split(self, parts: usize) -> Vec<Self> {
        Self::split(self, parts)
    }
}

impl Split for EncodedSquad {
    type Batch = SpanBatch;

    fn lengths(&self) -> &[usize] {
        Self::lengths(self)
    }

    fn batch(&self, examples: &[usize], padding: Padding) -> SpanBatch {
        Self::batch(self, examples, padding)
    }

    fn update(&self, checksum: &mut Hasher) {
        for index in 0..self.len() {
            let feature = self.feature(index);
            for numbers in [&feature.input_ids, &feature.token_type_ids] {
                numbers
                    .iter()
                    .for_each(|number| checksum.update(&number.to_le_bytes()));
            }
            for place in [feature.start, feature.end] {
                checksum.update(&(place as u64).to_le_bytes());
            }
        }
    }
}
