//! A random order of any number of things, in no memory.

use crate::batch::shuffle::{SplitMix64, mix};

const ROUNDS: usize = 8;

/// A shuffled order of `0..n`, a pure function of (seed, epoch). Every place is computed when it
/// is asked for, so an epoch over any corpus needs no list.
///
/// It is a Feistel network on the smallest even number of bits that holds `n`, applied again
/// while the outcome is not below `n` (cycle walking): under four times on average.
///
/// Source: Black and Rogaway, "Ciphers with arbitrary finite domains", 2002.
///
/// ```
/// use bert_data::corpus::Permutation;
///
/// let order = Permutation::new(5, 42, 0);
/// let mut all: Vec<_> = (0..5).map(|place| order.get(place)).collect();
/// all.sort();
/// assert_eq!(all, [0, 1, 2, 3, 4]);
/// ```
#[derive(Debug, Clone)]
pub struct Permutation {
    n: usize,
    half_bits: u32,
    keys: [u64; ROUNDS],
}

impl Permutation {
    /// The order of `0..n` in an epoch of a run.
    pub fn new(n: usize, seed: u64, epoch: u64) -> Self {
        let bits = usize::BITS - n.saturating_sub(1).leading_zeros();
        let mut random = SplitMix64::of_epoch(seed, epoch);
        Self {
            n,
            half_bits: bits.div_ceil(2).max(1),
            keys: std::array::from_fn(|_| random.next()),
        }
    }

    /// Number of places.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether there is no place.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// What comes at `place`.
    ///
    /// # Panics
    /// If `place` is not below [`len`](Self::len).
    pub fn get(&self, place: usize) -> usize {
        assert!(place < self.n, "place {place} of {}", self.n);
        let mut value = place as u64;
        loop {
            value = self.network(value);
            if value < self.n as u64 {
                return value as usize;
            }
        }
    }

    fn network(&self, value: u64) -> u64 {
        let mask = (1 << self.half_bits) - 1;
        let (mut left, mut right) = (value >> self.half_bits, value & mask);
        for key in self.keys {
            (left, right) = (right, left ^ (mix(right ^ key) & mask));
        }
        left << self.half_bits | right
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn order(n: usize, seed: u64, epoch: u64) -> Vec<usize> {
        let permutation = Permutation::new(n, seed, epoch);
        (0..n).map(|place| permutation.get(place)).collect()
    }

    /// If this fails, runs saved before can no longer be resumed in the same order.
    #[test]
    fn the_order_never_changes() {
        assert_eq!(order(10, 42, 0), [6, 4, 9, 5, 8, 1, 0, 2, 7, 3]);
        assert_eq!(order(10, 42, 1), [3, 8, 1, 9, 6, 5, 0, 2, 4, 7]);
    }

    #[test]
    fn every_place_is_as_likely_as_any_other() {
        for n in [3usize, 4, 7] {
            let mut counts = HashMap::new();
            for seed in 0..3000 {
                for (place, value) in order(n, seed, 0).into_iter().enumerate() {
                    *counts.entry((place, value)).or_insert(0usize) += 1;
                }
            }
            let expected = 3000 / n;
            assert_eq!(counts.len(), n * n);
            let near = |count: &usize| count.abs_diff(expected) < 150;
            assert!(counts.values().all(near), "{counts:?}");
        }
    }

    #[test]
    fn the_largest_numbers_have_a_place() {
        let permutation = Permutation::new(usize::MAX, 1, 2);
        assert!(permutation.get(usize::MAX - 1) < usize::MAX);
        assert!(Permutation::new(0, 1, 2).is_empty());
        assert_eq!(order(1, 5, 5), [0]);
    }

    proptest! {
        #[test]
        fn it_is_a_permutation(n in 0usize..3000, seed: u64, epoch: u64) {
            let mut all = order(n, seed, epoch);
            all.sort_unstable();
            prop_assert!(all.into_iter().eq(0..n));
        }

        #[test]
        fn epochs_and_seeds_differ(n in 50usize..3000, seed: u64, epoch in 0u64..1000) {
            prop_assert_ne!(order(n, seed, epoch), order(n, seed, epoch + 1));
            prop_assert_ne!(order(n, seed, epoch), order(n, seed ^ 1, epoch));
        }
    }
}
