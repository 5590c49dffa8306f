//! The batches of an epoch.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bert_data::EncodedDataset;
use bert_data::batch::{PaddedBatch, eval_batches, train_batches};
use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::tensor::backend::Backend;

use super::TrainingArguments;

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

/// Batches of an encoded split, as plain vectors: the model's step moves them to its device.
#[derive(Clone)]
pub struct BatchLoader {
    dataset: Arc<EncodedDataset>,
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

impl BatchLoader {
    /// Batches for training, in an order that is a pure function of (seed, epoch).
    pub fn train(
        dataset: Arc<EncodedDataset>,
        arguments: &TrainingArguments,
        epoch: Epoch,
    ) -> Self {
        Self::new(dataset, arguments, Order::Shuffled(epoch))
    }

    /// Batches for evaluation, always the same.
    pub fn eval(dataset: Arc<EncodedDataset>, arguments: &TrainingArguments) -> Self {
        Self::new(dataset, arguments, Order::Fixed)
    }

    fn new(dataset: Arc<EncodedDataset>, arguments: &TrainingArguments, order: Order) -> Self {
        let examples = (0..dataset.len()).collect();
        Self {
            dataset,
            examples,
            arguments: arguments.clone(),
            order,
        }
    }

    /// The batches of the present epoch, made one by one.
    pub fn batches(&self) -> BatchIterator<'_> {
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
pub struct BatchIterator<'a> {
    loader: &'a BatchLoader,
    plan: std::vec::IntoIter<Vec<usize>>,
    processed: usize,
}

impl Iterator for BatchIterator<'_> {
    type Item = PaddedBatch;

    fn next(&mut self) -> Option<PaddedBatch> {
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

impl DataLoaderIterator<PaddedBatch> for BatchIterator<'_> {
    fn progress(&self) -> Progress {
        Progress::new(self.processed, self.loader.examples.len())
    }
}

impl<B: Backend> DataLoader<B, PaddedBatch> for BatchLoader {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<PaddedBatch> + 'a> {
        Box::new(self.batches())
    }

    fn num_items(&self) -> usize {
        self.examples.len()
    }

    fn to_device(&self, _device: &B::Device) -> Arc<dyn DataLoader<B, PaddedBatch>> {
        Arc::new(self.clone())
    }

    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<B, PaddedBatch>> {
        Arc::new(Self {
            examples: self.examples[start..end].to_vec(),
            ..self.clone()
        })
    }
}
