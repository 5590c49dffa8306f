//! What a training has to know of data.

use std::num::NonZeroUsize;

use bert_core::config::BertConfig;
use bert_data::batch::{Batch, Padding, eval_batches, train_batches};
use bert_data::{EncodedDataset, EncodingStatistics, Label};
use crc32fast::Hasher;

use super::{Outside, PassInput};

/// The examples of each batch, one batch after the other. [`nth`](Iterator::nth) skips batches.
pub type BatchPlan<'a> = Box<dyn Iterator<Item = Vec<usize>> + Send + 'a>;

/// The examples of a split, that batches are made of.
pub trait Dataset: Send + Sync + 'static {
    /// What the model takes.
    type Batch: PassInput + Send + 'static;

    /// Examples.
    fn num_examples(&self) -> usize;

    /// The batches of a training epoch: a pure function of its argument.
    fn train_batches(&self, order: TrainOrder) -> BatchPlan<'_>;

    /// The batches of an evaluation, always the same.
    fn eval_batches(&self, batch_size: NonZeroUsize, padding: Padding) -> BatchPlan<'_>;

    /// The examples at these places, padded as asked for. `draw` decides what is drawn anew in each
    /// epoch, for splits that have such a thing; it is 0 in evaluations.
    fn batch(&self, examples: &[usize], padding: Padding, draw: u64) -> Self::Batch;

    /// What was unknown of it, or cut.
    fn statistics(&self) -> EncodingStatistics;

    /// The longest sequence that a batch may have, in tokens.
    fn max_seq_length(&self) -> usize;

    /// The first token or segment that a model of this configuration has no embedding for.
    fn outside(&self, config: &BertConfig) -> Option<Outside>;

    /// Adds everything that a training learns from to a checksum.
    fn update(&self, checksum: &mut Hasher);
}

/// What decides the order of a training epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrainOrder {
    /// Examples in a batch.
    pub batch_size: NonZeroUsize,
    /// Whether batches have examples of similar length.
    pub padding: Padding,
    /// Of the run.
    pub seed: u64,
    /// From 1.
    pub epoch: u64,
}

/// The plan of a training epoch over examples whose lengths are in memory.
pub(crate) fn train_plan(lengths: &[usize], order: TrainOrder) -> BatchPlan<'static> {
    let TrainOrder {
        batch_size,
        padding,
        seed,
        epoch,
    } = order;
    Box::new(train_batches(lengths, batch_size, padding, seed, epoch).into_iter())
}

/// The plan of an evaluation of examples whose lengths are in memory.
pub(crate) fn eval_plan(
    lengths: &[usize],
    batch_size: NonZeroUsize,
    padding: Padding,
) -> BatchPlan<'static> {
    Box::new(eval_batches(lengths, batch_size, padding).into_iter())
}

/// What an example is labelled with.
pub trait Target: Clone + Send + Sync + 'static {
    /// Adds it to the checksum of what a training learns from.
    fn update(&self, checksum: &mut Hasher);
}

impl Target for usize {
    fn update(&self, checksum: &mut Hasher) {
        checksum.update(&(*self as i64).to_le_bytes());
    }
}

impl Target for Label {
    fn update(&self, checksum: &mut Hasher) {
        match self {
            Self::Class(class) => class.update(checksum),
            Self::Classes(classes) => {
                checksum.update(b"classes");
                classes.iter().for_each(|class| class.update(checksum));
            }
            Self::Number(number) => {
                checksum.update(b"number");
                checksum.update(&number.to_le_bytes());
            }
        }
    }
}

/// Every data set whose examples are in memory, a sequence each or several.
impl<L: Target> Dataset for EncodedDataset<L> {
    type Batch = Batch<L>;

    fn num_examples(&self) -> usize {
        self.len()
    }

    fn train_batches(&self, order: TrainOrder) -> BatchPlan<'_> {
        train_plan(self.lengths(), order)
    }

    fn eval_batches(&self, batch_size: NonZeroUsize, padding: Padding) -> BatchPlan<'_> {
        eval_plan(self.lengths(), batch_size, padding)
    }

    fn batch(&self, examples: &[usize], padding: Padding, _draw: u64) -> Batch<L> {
        EncodedDataset::batch(self, examples, padding)
    }

    fn statistics(&self) -> EncodingStatistics {
        EncodedDataset::statistics(self)
    }

    fn max_seq_length(&self) -> usize {
        EncodedDataset::max_seq_length(self)
    }

    fn outside(&self, config: &BertConfig) -> Option<Outside> {
        (0..self.len()).find_map(|index| {
            self.rows(index).iter().find_map(|encoding| {
                Outside::of(config, index, &encoding.input_ids, &encoding.token_type_ids)
            })
        })
    }

    fn update(&self, checksum: &mut Hasher) {
        for (index, label) in self.labels().iter().enumerate() {
            let rows = self.rows(index);
            for encoding in rows {
                for numbers in [&encoding.input_ids, &encoding.token_type_ids] {
                    numbers
                        .iter()
                        .for_each(|number| checksum.update(&number.to_le_bytes()));
                }
            }
            if rows.len() != 1 {
                rows.len().update(checksum);
            }
            match label {
                Some(label) => label.update(checksum),
                None => checksum.update(&(-1_i64).to_le_bytes()),
            }
        }
    }
}
