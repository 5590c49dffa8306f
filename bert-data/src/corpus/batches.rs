//! The batches of one pass over any number of examples, made as they are asked for.

use std::cmp::Reverse;
use std::iter::FusedIterator;
use std::num::NonZeroUsize;

use super::Permutation;
use crate::batch::Padding;
use crate::batch::shuffle::SplitMix64;

/// At most this many batches are sorted together, as in [`train_batches`](crate::train_batches).
const MAX_BUFFER: usize = 50;

/// The batches of one training epoch as lists of indices: every index once, all batches full but
/// the last.
///
/// What [`train_batches`](crate::train_batches) does with a list of lengths, this does within a
/// buffer: it takes the examples of 50 batches (a quarter of all where there are fewer than 200)
/// from a [`Permutation`] and, with [`Padding::Grouped`], sorts them from long to short, cuts them
/// into batches and draws these in random order. The order depends on the arguments of
/// [`new`](Self::new) alone. [`nth`](Iterator::nth) goes straight to a batch, so a run that is
/// resumed skips what it has done at no cost.
#[derive(Debug, Clone)]
pub struct ShuffledBatches<L> {
    order: Permutation,
    batch_size: usize,
    padding: Padding,
    length: L,
    seed: u64,
    epoch: u64,
    /// Batches in a buffer.
    buffer_len: usize,
    buffer: Vec<Vec<usize>>,
    /// Number of the buffer that is loaded.
    loaded: Option<usize>,
    next: usize,
}

impl<L: Fn(usize) -> usize> ShuffledBatches<L> {
    /// The batches of the examples `0..n`; `length` gives the tokens of an example.
    pub fn new(
        n: usize,
        length: L,
        batch_size: NonZeroUsize,
        padding: Padding,
        seed: u64,
        epoch: u64,
    ) -> Self {
        let batch_size = batch_size.get();
        Self {
            order: Permutation::new(n, seed, epoch),
            batch_size,
            padding,
            length,
            seed,
            epoch,
            buffer_len: (n / batch_size / 4).clamp(1, MAX_BUFFER),
            buffer: Vec::new(),
            loaded: None,
            next: 0,
        }
    }

    /// Number of batches in the whole epoch, whatever has been taken.
    pub fn num_batches(&self) -> usize {
        self.order.len().div_ceil(self.batch_size)
    }

    fn load(&mut self, number: usize) {
        let size = self.buffer_len * self.batch_size;
        let places = number * size..((number + 1) * size).min(self.order.len());
        let mut examples: Vec<usize> = places.map(|place| self.order.get(place)).collect();
        let full = examples.len() / self.batch_size;
        if self.padding == Padding::Grouped {
            examples.sort_by_cached_key(|&example| Reverse((self.length)(example)));
        }
        self.buffer = examples
            .chunks(self.batch_size)
            .map(<[usize]>::to_vec)
            .collect();
        if self.padding == Padding::Grouped {
            let mut random = SplitMix64::of_epoch(self.seed ^ number as u64, !self.epoch);
            random.shuffle(&mut self.buffer[..full]);
        }
        self.loaded = Some(number);
    }
}

impl<L: Fn(usize) -> usize> Iterator for ShuffledBatches<L> {
    type Item = Vec<usize>;

    fn next(&mut self) -> Option<Vec<usize>> {
        if self.next >= self.num_batches() {
            return None;
        }
        let (number, at) = (self.next / self.buffer_len, self.next % self.buffer_len);
        if self.loaded != Some(number) {
            self.load(number);
        }
        self.next += 1;
        Some(std::mem::take(&mut self.buffer[at]))
    }

    fn nth(&mut self, n: usize) -> Option<Vec<usize>> {
        self.next = self.next.saturating_add(n);
        self.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.num_batches().saturating_sub(self.next);
        (left, Some(left))
    }
}

impl<L: Fn(usize) -> usize> ExactSizeIterator for ShuffledBatches<L> {}
impl<L: Fn(usize) -> usize> FusedIterator for ShuffledBatches<L> {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn length(example: usize) -> usize {
        5 + example * 7919 % 124
    }

    fn batches(
        n: usize,
        size: usize,
        padding: Padding,
        seed: u64,
        epoch: u64,
    ) -> ShuffledBatches<fn(usize) -> usize> {
        let size = NonZeroUsize::new(size).unwrap();
        ShuffledBatches::new(n, length, size, padding, seed, epoch)
    }

    #[test]
    fn grouping_wastes_little() {
        let waste = |padding| {
            let (mut real, mut laid_out) = (0, 0);
            for batch in batches(20_000, 32, padding, 1, 0) {
                real += batch.iter().map(|&example| length(example)).sum::<usize>();
                laid_out += batch.len() * batch.iter().map(|&e| length(e)).max().unwrap();
            }
            1.0 - real as f64 / laid_out as f64
        };
        assert!(
            waste(Padding::Grouped) < 0.03,
            "{}",
            waste(Padding::Grouped)
        );
        assert!(waste(Padding::Longest) > 0.4);
    }

    proptest! {
        #[test]
        fn every_example_comes_once(n in 0usize..2000, size in 1usize..40, seed: u64, epoch: u64) {
            for padding in [Padding::Grouped, Padding::Longest, Padding::Max] {
                let found = batches(n, size, padding, seed, epoch);
                prop_assert_eq!(found.len(), n.div_ceil(size));
                let found: Vec<_> = found.collect();
                if let Some((last, full)) = found.split_last() {
                    prop_assert!(full.iter().all(|batch| batch.len() == size));
                    prop_assert!((1..=size).contains(&last.len()));
                }
                let mut all = found.concat();
                all.sort_unstable();
                prop_assert!(all.into_iter().eq(0..n));
            }
        }

        #[test]
        fn a_resumed_epoch_goes_on_as_before(
            n in 200usize..4000, size in 1usize..9, skip in 0usize..300, seed: u64,
        ) {
            let mut whole: Vec<_> = batches(n, size, Padding::Grouped, seed, 3).collect();
            whole.drain(..skip.min(whole.len()));
            let mut resumed = batches(n, size, Padding::Grouped, seed, 3);
            if skip > 0 {
                resumed.nth(skip - 1);
            }
            prop_assert_eq!(resumed.len(), whole.len());
            prop_assert_eq!(resumed.collect::<Vec<_>>(), whole);
            let next: Vec<_> = batches(n, size, Padding::Grouped, seed, 4).collect();
            let this: Vec<_> = batches(n, size, Padding::Grouped, seed, 3).collect();
            prop_assert_ne!(this, next);
        }
    }
}
