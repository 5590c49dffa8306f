//! The batches of an epoch.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bert_data::batch::{eval_batches, train_batches};
use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::tensor::backend::Backend;

use super::{Split, TrainingArguments};

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
    examples: Vec<usize>,
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
        let examples = (0..dataset.lengths().len()).collect();
        Self {
            dataset,
            examples,
            arguments: arguments.clone(),
            order,
        }
    }

    /// The batches of the present epoch, made one by one.
    pub fn batches(&self) -> BatchIterator<'_, S> {
        let lengths: Vec<usize> = self
            .examples
            .iter()
            .map(|&example| self.dataset.lengths()[example])
            .collect();
        let TrainingArguments {
            train_batch_size,
            eval_batch_size,
            padding,
            seed,
            ..
        } = self.arguments;
        let plan = match &self.order {
            Order::Shuffled(epoch) => train_batches(
                &lengths,
                train_batch_size,
                padding,
                seed,
                epoch.get() as u64,
            ),
            Order::Fixed => eval_batches(&lengths, eval_batch_size, padding),
        };
        BatchIterator {
            loader: self,
            plan: plan.into_iter(),
            processed: 0,
        }
    }
}

/// See [`BatchLoader::batches`].
pub struct BatchIterator<'a, S> {
    loader: &'a BatchLoader<S>,
    plan: std::vec::IntoIter<Vec<usize>>,
    processed: usize,
}

impl<S: Split> Iterator for BatchIterator<'_, S> {
    type Item = S::Batch;

    fn next(&mut self) -> Option<S::Batch> {
        let places = self.plan.next()?;
        self.processed += places.len();
        let examples: Vec<usize> = places
            .into_iter()
            .map(|place| self.loader.examples[place])
            .collect();
        Some(
            self.loader
                .dataset
                .batch(&examples, self.loader.arguments.padding),
        )
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
            examples: self.examples[start..end].to_vec(),
            ..self.clone()
        })
    }
}
