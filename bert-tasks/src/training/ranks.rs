//! The processes that train one model together: each takes its share of the batches, and all fold
//! their gradients into one before the model learns from it.

use super::BatchReport;
use super::passes::Accumulated;

/// A group of processes, seen from one of them.
pub(super) trait Ranks {
    /// The batches of an epoch that are this process's own, out of those of all, in their order.
    fn share<T>(&self, batches: impl Iterator<Item = T>) -> impl Iterator<Item = T>;

    /// What all processes have added up in a step, out of what this one has.
    fn reduce<O: BatchReport>(&self, sum: Accumulated<O>) -> Accumulated<O>;
}

/// One process, which has all of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alone;

impl Ranks for Alone {
    fn share<T>(&self, batches: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        batches
    }

    fn reduce<O: BatchReport>(&self, sum: Accumulated<O>) -> Accumulated<O> {
        sum
    }
}
