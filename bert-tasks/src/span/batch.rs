//! Windows of passages as the training loop sees them.

use std::num::NonZeroUsize;

use bert_core::config::BertConfig;
use bert_data::batch::Padding;
use bert_data::{EncodingStatistics, SpanBatch};
use crc32fast::Hasher;

use super::SpanSplit;
use crate::training::{BatchPlan, Dataset, Outside, TrainOrder, eval_plan, train_plan};

impl Dataset for SpanSplit {
    type Batch = SpanBatch;

    fn num_examples(&self) -> usize {
        self.windows().len()
    }

    fn train_batches(&self, order: TrainOrder) -> BatchPlan<'_> {
        train_plan(self.windows().lengths(), order)
    }

    fn eval_batches(&self, batch_size: NonZeroUsize, padding: Padding) -> BatchPlan<'_> {
        eval_plan(self.windows().lengths(), batch_size, padding)
    }

    fn batch(&self, examples: &[usize], padding: Padding, _draw: u64) -> SpanBatch {
        self.windows().batch(examples, padding)
    }

    fn statistics(&self) -> EncodingStatistics {
        self.windows().statistics()
    }

    fn max_seq_length(&self) -> usize {
        self.windows().config().max_seq_length
    }

    fn outside(&self, config: &BertConfig) -> Option<Outside> {
        (0..self.windows().len()).find_map(|index| {
            let feature = self.windows().feature(index);
            Outside::of(config, index, &feature.input_ids, &feature.token_type_ids)
        })
    }

    fn update(&self, checksum: &mut Hasher) {
        for index in 0..self.windows().len() {
            let feature = self.windows().feature(index);
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
