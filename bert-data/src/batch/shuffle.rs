//! The random order of an epoch.
//!
//! A run that is resumed, perhaps after an update or on another machine, must meet the same
//! examples in the same order. The `rand` crate promises the values of its generators but not of
//! its shuffles and ranges, which have changed between releases; so the few lines that the order
//! hangs on are here, all in 64-bit integers, and a test pins their values.

/// SplitMix64: one counter, hashed. Its period of 2^64 is ample for shuffling data sets.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014; the
/// constants are those of Vigna's splitmix64.c.
pub(crate) struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// The generator of one epoch of a run.
    pub(crate) fn of_epoch(seed: u64, epoch: u64) -> Self {
        // Hashed twice: were the state seed + epoch, (1, 2) and (2, 1) would give one order.
        Self {
            state: mix(mix(seed).wrapping_add(epoch)),
        }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// A number in `0..n`, all equally likely; `n` must not be 0.
    ///
    /// Source: Lemire, "Fast random integer generation in an interval", 2019.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        loop {
            let product = u128::from(self.next()) * u128::from(n);
            // Low words under 2^64 mod n belong to the numbers that come up once too often.
            if product as u64 >= n.wrapping_neg() % n {
                return (product >> 64) as u64;
            }
        }
    }

    /// True with this probability; always from 1 on, never up to 0.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        // The 53 high bits are a number in 0..1 that f64 holds exactly.
        ((self.next() >> 11) as f64) < probability * (1u64 << 53) as f64
    }

    /// Puts `items` into random order (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

/// A number that looks like chance, and no other number's: SplitMix64's output function.
pub(crate) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_splitmix64() {
        // First outputs for seed 1234567, as published with splitmix64.c's ports.
        let mut random = SplitMix64 { state: 1_234_567 };
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
        assert_eq!(random.next(), 9_817_491_932_198_370_423);
    }

    /// If this fails, runs saved before can no longer be resumed in the same order.
    #[test]
    fn the_order_never_changes() {
        let order = |seed, epoch| {
            let mut items: Vec<u8> = (0..12).collect();
            SplitMix64::of_epoch(seed, epoch).shuffle(&mut items);
            items
        };
        assert_eq!(order(42, 0), [0, 1, 11, 6, 10, 9, 8, 5, 3, 2, 4, 7]);
        assert_eq!(order(42, 1), [7, 8, 9, 5, 2, 6, 0, 4, 3, 11, 10, 1]);
        assert_eq!(
            order(u64::MAX, u64::MAX),
            [10, 3, 0, 8, 7, 6, 9, 1, 11, 4, 2, 5]
        );
    }

    #[test]
    fn chances_come_as_often_as_they_say() {
        let mut random = SplitMix64::of_epoch(3, 0);
        let mut hits = |probability| (0..10_000).filter(|_| random.chance(probability)).count();
        // The standard deviation is under 51.
        assert!((1300..1700).contains(&hits(0.15)));
        assert!((4750..5250).contains(&hits(0.5)));
        assert_eq!((hits(0.0), hits(1.0)), (0, 10_000));
    }

    #[test]
    fn all_orders_are_equally_likely() {
        let mut counts = std::collections::HashMap::new();
        let mut random = SplitMix64::of_epoch(7, 0);
        for _ in 0..24_000 {
            let mut items = [0, 1, 2, 3];
            random.shuffle(&mut items);
            *counts.entry(items).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 24);
        // 1000 expected with a standard deviation of 31.
        assert!(
            counts.values().all(|count| (850..1150).contains(count)),
            "{counts:?}"
        );
    }
}
