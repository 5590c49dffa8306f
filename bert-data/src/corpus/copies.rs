//! Second segments that are copies of the first.
//!
//! To tell whether two texts say the same, a model must find the words of one in the other. Little
//! text does not teach that: neighbouring sentences share a topic, seldom words. A copy does. Its
//! hidden tokens can be read off the other segment, and whether it counts as following A is a
//! question of how many of its words are there.

use std::ops::Range;

use crate::batch::shuffle::SplitMix64;

/// How often a copy begins somewhere in its middle.
const TURNED: f64 = 0.5;

/// A segment made of A and of another text of the same length.
pub(super) struct Copied {
    /// Where its tokens are in the corpus.
    pub(super) places: Vec<u64>,
    /// Whether most of them are not A's.
    pub(super) is_mostly_other: bool,
}

/// Copies `a`, with tokens of `other` in some of the places: in none, in all, or in any share of
/// them, a third each.
///
/// Nothing in the copy alone gives away which it is: both texts are as they are written, and lie
/// in the same order. Half of the copies begin in their middle and end with their beginning, so
/// that no token's counterpart is where its position says.
pub(super) fn copy(a: Range<u64>, other: Range<u64>, random: &mut SplitMix64) -> Copied {
    let len = a.end - a.start;
    debug_assert_eq!(len, other.end - other.start);
    let share = match random.below(3) {
        0 => 0.0,
        1 => 1.0,
        _ => random.below(101) as f64 / 100.0,
    };
    let first = match random.chance(TURNED) {
        true => random.below(len),
        false => 0,
    };
    let mut others = 0;
    let mut take = |at: u64| {
        let is_other = random.chance(share);
        others += u64::from(is_other);
        at + if is_other { other.start } else { a.start }
    };
    let places = (first..len).chain(0..first).map(&mut take).collect();
    Copied {
        places,
        is_mostly_other: others * 2 > len,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_of_one_text_of_the_other_or_of_both() {
        let (mut kept, mut other, mut mixed, mut turned) = (0, 0, 0, 0);
        for seed in 0..3000 {
            let copied = copy(100..120, 500..520, &mut SplitMix64::of_epoch(seed, 0));
            assert_eq!(copied.places.len(), 20);
            let others = copied.places.iter().filter(|&&place| place >= 500).count();
            assert_eq!(copied.is_mostly_other, others > 10);
            // Each place once and in order, wherever it begins.
            let places: Vec<u64> = copied.places.iter().map(|place| place % 100).collect();
            let begin = places[0];
            let expected: Vec<u64> = (begin..20).chain(0..begin).collect();
            assert_eq!(places, expected);
            turned += usize::from(begin > 0);
            match others {
                0 => kept += 1,
                20 => other += 1,
                _ => mixed += 1,
            }
        }
        for third in [kept, other, mixed] {
            assert!((900..1150).contains(&third), "{kept} {other} {mixed}");
        }
        assert!((1300..1550).contains(&turned), "{turned}");
    }

    /// If this fails, runs saved before can no longer be resumed with the same sequences.
    #[test]
    fn the_copies_never_change() {
        let places = |seed| copy(0..6, 10..16, &mut SplitMix64::of_epoch(seed, 0)).places;
        assert_eq!(places(4), [5, 10, 1, 2, 13, 4]);
        assert_eq!(places(5), [0, 1, 2, 3, 4, 5]);
        assert_eq!(places(6), [12, 13, 14, 15, 10, 11]);
    }
}
