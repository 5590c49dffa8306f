//! The batches of an epoch.

use std::sync::Arc;

use super::{BatchPlan, Dataset, TrainOrder, TrainingArguments, step_seed};

/// Batches of a data set, as plain vectors: the model's step moves them to its device.
pub struct BatchLoader<D> {
    data: Arc<D>,
    arguments: TrainingArguments,
}

impl<D: Dataset> BatchLoader<D> {
    /// Of sizes and lengths as the arguments say.
    pub fn new(data: Arc<D>, arguments: &TrainingArguments) -> Self {
        Self {
            data,
            arguments: arguments.clone(),
        }
    }

    /// Examples in an epoch.
    pub fn num_examples(&self) -> usize {
        self.data.num_examples()
    }

    /// The batches of a training epoch, made one by one, in an order that is a pure function of
    /// (seed, epoch).
    pub fn training(&self, epoch: usize) -> BatchIterator<'_, D> {
        let arguments = &self.arguments;
        let plan = self.data.train_batches(TrainOrder {
            batch_size: arguments.train_batch_size,
            padding: arguments.padding,
            seed: arguments.seed,
            epoch: epoch as u64,
        });
        BatchIterator {
            loader: self,
            plan,
            draw: step_seed(arguments.seed, epoch, 0),
        }
    }

    /// How many batches an evaluation has.
    pub fn num_evaluation_batches(&self) -> usize {
        self.evaluation().plan.count()
    }

    /// The batches of an evaluation, made one by one, always the same.
    pub fn evaluation(&self) -> BatchIterator<'_, D> {
        let arguments = &self.arguments;
        BatchIterator {
            loader: self,
            plan: self
                .data
                .eval_batches(arguments.eval_batch_size, arguments.padding),
            draw: 0,
        }
    }
}

/// See [`BatchLoader::training`].
pub struct BatchIterator<'a, D> {
    loader: &'a BatchLoader<D>,
    plan: BatchPlan<'a>,
    draw: u64,
}

impl<D: Dataset> BatchIterator<'_, D> {
    fn make(&self, examples: &[usize]) -> D::Batch {
        let padding = self.loader.arguments.padding;
        self.loader.data.batch(examples, padding, self.draw)
    }
}

impl<D: Dataset> Iterator for BatchIterator<'_, D> {
    type Item = D::Batch;

    fn next(&mut self) -> Option<D::Batch> {
        let examples = self.plan.next()?;
        Some(self.make(&examples))
    }

    /// Batches that are skipped are not made.
    fn nth(&mut self, n: usize) -> Option<D::Batch> {
        let examples = self.plan.nth(n)?;
        Some(self.make(&examples))
    }
}
