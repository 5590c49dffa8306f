//! What the loop has to know of a task, and nothing more.

use std::path::Path;

use bert_data::batch::PaddedBatch;

use super::{MetricInfo, NotFinite, Scores, TrainingError};
use crate::events::Details;

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

/// A batch in training.
pub trait PassInput: Clone {
    /// Sets what decides everything random in a training pass over the batch.
    fn seed_pass(&mut self, seed: u64);

    /// Examples in it.
    fn examples(&self) -> usize;

    /// Tokens, padding not counted.
    fn tokens(&self) -> usize;

    /// The same examples as `parts` batches of nearly equal size, or fewer where there are fewer
    /// examples.
    fn split(self, parts: usize) -> Vec<Self>;

    /// Told of all batches of an optimizer step before the first pass. The gradient of the step is
    /// the mean of the batches', each by its examples; a batch whose loss is a mean over something
    /// else has to weigh it so that the step's is the mean over all batches of it.
    fn in_one_step(_batches: &mut [Self])
    where
        Self: Sized,
    {
    }
}

impl PassInput for PaddedBatch {
    fn seed_pass(&mut self, seed: u64) {
        self.pass_seed = Some(seed);
    }

    fn examples(&self) -> usize {
        self.batch_size
    }

    fn tokens(&self) -> usize {
        PaddedBatch::tokens(self)
    }

    fn split(self, parts: usize) -> Vec<Self> {
        PaddedBatch::split(self, parts)
    }
}

/// A task as the loop sees it: M is its model without gradients, O what it says of a batch.
pub trait Task<M, O>: Send {
    /// The metric that decides which evaluation is the best.
    fn metric(&self) -> MetricInfo;

    /// The metrics over the whole split, from what the model said of each batch.
    fn score(&mut self, outputs: Vec<O>) -> Scores;

    /// A number of the evaluation that was scored last which is infinite or not a number: that
    /// evaluation is never the best.
    fn not_finite(&self) -> Option<NotFinite>;

    /// What displays are told of the evaluation that was scored last.
    fn details(&self) -> Details;

    /// The evaluation that was scored last is the best so far, and its model is in the output
    /// folder: keeps what the caller of the training is to have of it.
    fn keep_best(&mut self);

    /// Writes the files of a model folder into `folder`.
    ///
    /// # Errors
    /// When one cannot be written.
    fn write_model(&self, model: &M, folder: &Path) -> Result<(), TrainingError>;
}
