//! Sequences of a corpus as the training loop sees them.

use std::num::NonZeroUsize;

use bert_core::config::BertConfig;
use bert_data::EncodingStatistics;
use bert_data::batch::{PaddedBatch, Padding};
use bert_data::corpus::{PretrainingBatch, PretrainingCorpus, ShuffledBatches};
use crc32fast::Hasher;

use crate::ranks::{Ranks, gather};
use crate::training::{BatchPlan, Dataset, Outside, PassInput, TrainOrder};

impl PassInput for PretrainingBatch {
    fn padded(&mut self) -> &mut PaddedBatch {
        &mut self.tokens
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

    /// Batches have different numbers of hidden tokens.
    fn in_one_step(batches: &mut [Self], ranks: &dyn Ranks) {
        let own = Self::totals(batches);
        let totals = gather(ranks, own).into_iter().sum();
        for batch in batches {
            batch.step = Some(totals);
        }
    }
}

/// The order of an epoch, and what is hidden in it, are drawn as they are needed: memory does not
/// grow with the corpus.
impl Dataset for PretrainingCorpus {
    type Batch = PretrainingBatch;

    fn num_examples(&self) -> usize {
        self.len()
    }

    fn train_batches(&self, order: TrainOrder) -> BatchPlan<'_> {
        let TrainOrder {
            batch_size,
            padding,
            seed,
            epoch,
        } = order;
        let length = move |place| self.length(place);
        let plan = ShuffledBatches::new(self.len(), length, batch_size, padding, seed, epoch);
        Box::new(plan)
    }

    fn eval_batches(&self, batch_size: NonZeroUsize, _padding: Padding) -> BatchPlan<'_> {
        let end = self.len();
        let batch = move |start: usize| (start..(start + batch_size.get()).min(end)).collect();
        Box::new((0..end).step_by(batch_size.get()).map(batch))
    }

    fn batch(&self, examples: &[usize], padding: Padding, draw: u64) -> PretrainingBatch {
        PretrainingCorpus::batch(self, examples, padding, draw)
    }

    /// Of the whole corpus, both parts: no text is cut, it goes on in the next sequence.
    fn statistics(&self) -> EncodingStatistics {
        EncodingStatistics {
            examples: self.len(),
            tokens: self.corpus().num_tokens(),
            unknown_tokens: self.corpus().num_unknown_tokens(),
            truncated_texts: 0,
        }
    }

    fn max_seq_length(&self) -> usize {
        self.config().max_seq_length
    }

    /// Of what there may be: the tokens of a corpus are not all in memory.
    fn outside(&self, config: &BertConfig) -> Option<Outside> {
        let token = u32::try_from(self.corpus().vocab_size() - 1).unwrap_or(u32::MAX);
        let segment = u32::from(self.config().next_sentence);
        Outside::of(config, 0, &[token], &[segment])
    }

    fn update(&self, checksum: &mut Hasher) {
        checksum.update(&self.fingerprint().to_le_bytes());
    }
}
