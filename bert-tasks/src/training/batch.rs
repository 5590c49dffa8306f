//! What the loop has to know of a batch and of a pass over it.

use bert_data::batch::{Batch, PaddedBatch};

use crate::ranks::Ranks;

/// What a pass says of a batch.
pub trait BatchReport {
    /// Mean loss over its examples; see [`PassInput::in_one_step`] for a loss per token.
    fn loss(&self) -> f64;

    /// The examples by their place in the split.
    fn indices(&self) -> &[usize];

    /// How many losses the mean is over.
    fn weight(&self) -> f64 {
        self.indices().len() as f64
    }
}

/// Mean loss over everything that the losses of some batches are of.
pub(crate) fn mean_loss<O: BatchReport>(outputs: &[O]) -> f64 {
    let weighed = outputs.iter().map(|output| output.loss() * output.weight());
    weighed.sum::<f64>() / outputs.iter().map(BatchReport::weight).sum::<f64>()
}

/// A batch in training.
pub trait PassInput: Clone {
    /// Its rows.
    fn padded(&mut self) -> &mut PaddedBatch;

    /// Sets what decides everything random in a training pass over the batch.
    fn seed_pass(&mut self, seed: u64) {
        self.padded().pass_seed = Some(seed);
    }

    /// Examples in it.
    fn examples(&self) -> usize;

    /// Tokens, padding not counted.
    fn tokens(&self) -> usize;

    /// The same examples as `parts` batches of nearly equal size, or fewer where there are fewer
    /// examples.
    fn split(self, parts: usize) -> Vec<Self>;

    /// Told of all batches of an optimizer step that this rank has, before the first pass. The
    /// gradient of the step is the mean of the batches', each by its examples; a batch whose loss is
    /// a mean over something else has to weigh it so that the step's is the mean over all batches of
    /// it, those of the other ranks among them.
    fn in_one_step(_batches: &mut [Self], _ranks: &dyn Ranks)
    where
        Self: Sized,
    {
    }
}

impl<L: Clone> PassInput for Batch<L> {
    fn padded(&mut self) -> &mut PaddedBatch {
        &mut self.tokens
    }

    fn examples(&self) -> usize {
        self.indices.len()
    }

    fn tokens(&self) -> usize {
        self.tokens.tokens()
    }

    fn split(self, parts: usize) -> Vec<Self> {
        Batch::split(self, parts)
    }
}
