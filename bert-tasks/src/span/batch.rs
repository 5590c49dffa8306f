//! Windows of passages as the training loop sees them.

use std::num::NonZeroUsize;
use std::ops::Range;

use bert_core::config::BertConfig;
use bert_data::batch::Padding;
use bert_data::{EncodedSquad, EncodingStatistics, SpanBatch};
use crc32fast::Hasher;

use crate::training::{BatchPlan, Outside, PassInput, Split, TrainOrder, eval_plan, train_plan};

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

    fn num_examples(&self) -> usize {
        self.len()
    }

    fn train_batches(&self, examples: Range<usize>, order: TrainOrder) -> BatchPlan<'_> {
        train_plan(self.lengths(), examples, order)
    }

    fn eval_batches(
        &self,
        examples: Range<usize>,
        batch_size: NonZeroUsize,
        padding: Padding,
    ) -> BatchPlan<'_> {
        eval_plan(self.lengths(), examples, batch_size, padding)
    }

    fn batch(&self, examples: &[usize], padding: Padding, _draw: u64) -> SpanBatch {
        Self::batch(self, examples, padding)
    }

    fn statistics(&self) -> EncodingStatistics {
        Self::statistics(self)
    }

    fn max_seq_length(&self) -> usize {
        self.config().max_seq_length
    }

    fn outside(&self, config: &BertConfig) -> Option<Outside> {
        (0..self.len()).find_map(|index| {
            let feature = self.feature(index);
            Outside::of(config, index, &feature.input_ids, &feature.token_type_ids)
        })
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
