//! The batches of an epoch.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::tensor::backend::Backend;

use super::{BatchPlan, Split, TrainOrder, TrainingArguments, step_seed};

/// The epoch that the loop is in, shared with the loader whose order depends on it.
#[derive(Clone, Debug, Default)]
pub struct Epoch(Arc<AtomicUsize>);

impl Epoch {
    /// From 1; 0 before the first.
    pub fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// What [`get`](Self::get) returns from now on.
    pub fn set(&self, epoch: usize) {
        self.0.store(epoch, Ordering::Relaxed);
    }
}

/// Batches of a split, as plain vectors: the model's step moves them to its device.
pub struct BatchLoader<S> {
    dataset: Arc<S>,
    /// The examples of the split that this loader goes through.
    examples: Range<usize>,
    arguments: TrainingArguments,
    order: Order,
}

#[derive(Clone)]
enum Order {
    Shuffled(Epoch),
    Fixed,
}

// By hand, because a derived one asks for splits that can be cloned.
impl<S> Clone for BatchLoader<S> {
    fn clone(&self) -> Self {
        Self {
            dataset: self.dataset.clone(),
            examples: self.examples.clone(),
            arguments: self.arguments.clone(),
            order: self.order.clone(),
        }
    }
}

impl<S: Split> BatchLoader<S> {
    /// Batches for training, in an order that is a pure function of (seed, epoch).
    pub fn train(dataset: Arc<S>, arguments: &TrainingArguments, epoch: Epoch) -> Self {
        Self::new(dataset, arguments, Order::Shuffled(epoch))
    }

    /// Batches for evaluation, always the same.
    pub fn eval(dataset: Arc<S>, arguments: &TrainingArguments) -> Self {
        Self::new(dataset, arguments, Order::Fixed)
    }

    fn new(dataset: Arc<S>, arguments: &TrainingArguments, order: Order) -> Self {
        let examples = 0..dataset.num_examples();
        Self {
            dataset,
            examples,
            arguments: arguments.clone(),
            order,
        }
    }

    /// The batches of the present epoch, made one by one.
    pub fn batches(&self) -> BatchIterator<'_, S> {
        let TrainingArguments {
            train_batch_size,
            eval_batch_size,
            padding,
            seed,
            ..
        } = self.arguments;
        let examples = self.examples.clone();
        let (plan, draw) = match &self.order {
            Order::Shuffled(epoch) => {
                let epoch = epoch.get();
                let order = TrainOrder {
                    batch_size: train_batch_size,
                    padding,
                    seed,
                    epoch: epoch as u64,
                };
                let plan = self.dataset.train_batches(examples, order);
                (plan, step_seed(seed, epoch, 0))
            }
            Order::Fixed => {
                let plan = self
                    .dataset
                    .eval_batches(examples, eval_batch_size, padding);
                (plan, 0)
            }
        };
        BatchIterator {
            loader: self,
            plan,
            draw,
            processed: 0,
        }
    }
}

/// See [`BatchLoader::batches`].
pub struct BatchIterator<'a, S> {
    loader: &'a BatchLoader<S>,
    plan: BatchPlan<'a>,
    draw: u64,
    processed: usize,
}

impl<S: Split> BatchIterator<'_, S> {
    fn make(&mut self, examples: Vec<usize>) -> S::Batch {
        self.processed += examples.len();
        let (split, padding) = (&self.loader.dataset, self.loader.arguments.padding);
        split.batch(&examples, padding, self.draw)
    }
}

impl<S: Split> Iterator for BatchIterator<'_, S> {
    type Item = S::Batch;

    fn next(&mut self) -> Option<S::Batch> {
        let examples = self.plan.next()?;
        Some(self.make(examples))
    }

    /// Batches that are skipped are not made.
    fn nth(&mut self, n: usize) -> Option<S::Batch> {
        let examples = self.plan.nth(n)?;
        Some(self.make(examples))
    }
}

impl<S: Split> DataLoaderIterator<S::Batch> for BatchIterator<'_, S> {
    fn progress(&self) -> Progress {
        Progress::new(self.processed, self.loader.examples.len())
    }
}

impl<B: Backend, S: Split> DataLoader<B, S::Batch> for BatchLoader<S> {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<S::Batch> + 'a> {
        Box::new(self.batches())
    }

    fn num_items(&self) -> usize {
        self.examples.len()
    }

    fn to_device(&self, _device: &B::Device) -> Arc<dyn DataLoader<B, S::Batch>> {
        Arc::new(self.clone())
    }

    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<B, S::Batch>> {
        Arc::new(Self {
            examples: self.examples.start + start..self.examples.start + end,
            ..self.clone()
        })
    }
}
