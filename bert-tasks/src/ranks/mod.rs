//! The processes that train one model together: which of them this one is, and how they tell one
//! another what they have.
//!
//! [`Ranks`] is the seam: an engine (MPI in `bert-mpi`) moves numbers and bytes between processes,
//! and knows nothing of training. [`Alone`] is the group of one. [`threads`](threads()) are a group
//! within one process, for tests.
//!
//! What every rank must decide alike, it decides from what all have told ([`gather`], [`first`]):
//! a rank that does something else than the others makes all of them wait for ever.

mod threads;

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use threads::{ThreadRank, threads};

/// A group of processes, seen from one of them. All of them call the same functions in the same
/// order.
///
/// Where one of them is gone, an engine ends the others; it does not answer with an error, which
/// every caller would have to pass on to processes that do not listen any more.
pub trait Ranks: Send + Sync {
    /// This one's number, from 0.
    fn rank(&self) -> usize;

    /// How many there are.
    fn size(&self) -> usize;

    /// Its number among those on its machine, from 0.
    fn local_rank(&self) -> usize;

    /// How many there are on its machine.
    fn local_size(&self) -> usize;

    /// Replaces `values`, of which all ranks have as many, by their sums over all ranks: the same
    /// bits on each of them, and the same again for the same values.
    fn all_reduce_sum(&self, values: &mut [f32]);

    /// What each rank gave, by rank.
    fn all_gather(&self, bytes: &[u8]) -> Vec<Vec<u8>>;

    /// Replaces `bytes` by those of rank 0.
    fn broadcast(&self, bytes: &mut Vec<u8>);

    /// Waits until all are here.
    fn barrier(&self);

    /// Whether it is the one that writes and shows: rank 0.
    fn is_root(&self) -> bool {
        self.rank() == 0
    }

    /// Whether there is no other.
    fn is_alone(&self) -> bool {
        self.size() == 1
    }
}

impl fmt::Debug for dyn Ranks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rank {} of {}", self.rank(), self.size())
    }
}

/// One process, which has all of it.
#[derive(Clone, Copy, Debug)]
pub struct Alone;

impl Ranks for Alone {
    fn rank(&self) -> usize {
        0
    }

    fn size(&self) -> usize {
        1
    }

    fn local_rank(&self) -> usize {
        0
    }

    fn local_size(&self) -> usize {
        1
    }

    fn all_reduce_sum(&self, _values: &mut [f32]) {}

    fn all_gather(&self, bytes: &[u8]) -> Vec<Vec<u8>> {
        vec![bytes.to_vec()]
    }

    fn broadcast(&self, _bytes: &mut Vec<u8>) {}

    fn barrier(&self) {}
}

/// What each rank gave, by rank.
pub fn gather<T: Serialize + DeserializeOwned>(ranks: &dyn Ranks, value: T) -> Vec<T> {
    match ranks.is_alone() {
        true => vec![value],
        false => {
            let all = ranks.all_gather(&packed(&value));
            all.iter().map(|bytes| unpacked(bytes)).collect()
        }
    }
}

/// What rank 0 gave.
pub fn of_root<T: Serialize + DeserializeOwned>(ranks: &dyn Ranks, value: T) -> T {
    if ranks.is_alone() {
        return value;
    }
    let mut bytes = match ranks.is_root() {
        true => packed(&value),
        false => Vec::new(),
    };
    ranks.broadcast(&mut bytes);
    match ranks.is_root() {
        true => value,
        false => unpacked(&bytes),
    }
}

/// What the first rank that has something gave.
pub fn first<T: Serialize + DeserializeOwned>(ranks: &dyn Ranks, value: Option<T>) -> Option<T> {
    gather(ranks, value).into_iter().flatten().next()
}

/// What is shared out one by one: the first to rank 0, the second to rank 1, and so on. Here from
/// place `from`, which is one of rank 0's.
pub(crate) fn share<I: Iterator>(
    ranks: (usize, usize),
    from: usize,
    all: I,
) -> impl Iterator<Item = (usize, I::Item)> {
    let (rank, size) = ranks;
    let places = (from + rank..).step_by(size);
    places.zip(all.skip(from + rank).step_by(size))
}

/// What was shared out by [`share`], together again on every rank, in its order.
pub(crate) fn together<T: Serialize + DeserializeOwned>(ranks: &dyn Ranks, own: Vec<T>) -> Vec<T> {
    if ranks.is_alone() {
        return own;
    }
    let mut parts: Vec<_> = gather(ranks, own).into_iter().map(Vec::into_iter).collect();
    let mut all = Vec::new();
    loop {
        let before = all.len();
        all.extend(parts.iter_mut().filter_map(Iterator::next));
        if all.len() == before {
            return all;
        }
    }
}

fn packed<T: Serialize>(value: &T) -> Vec<u8> {
    rmp_serde::to_vec(value).expect("plain numbers and names")
}

fn unpacked<T: DeserializeOwned>(bytes: &[u8]) -> T {
    rmp_serde::from_slice(bytes).expect("the same program's, on every rank")
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// What each of `size` ranks comes to.
    fn each<T: Send>(size: usize, run: impl Fn(&dyn Ranks) -> T + Sync) -> Vec<T> {
        thread::scope(|scope| {
            let run = &run;
            let all = threads(size).into_iter();
            let all: Vec<_> = all.map(|ranks| scope.spawn(move || run(&ranks))).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        })
    }

    #[test]
    fn what_is_shared_out_is_together_again_on_every_rank() {
        for size in 1..5 {
            for number in 0..12 {
                let all: Vec<usize> = (0..number).collect();
                let found = each(size, |ranks| {
                    let place = (ranks.rank(), ranks.size());
                    let own: Vec<(usize, usize)> = share(place, 0, all.iter().copied()).collect();
                    assert!(own.iter().all(|(at, item)| at == item));
                    together(ranks, own.into_iter().map(|(_, item)| item).collect())
                });
                assert_eq!(found, vec![all.clone(); size]);
            }
        }
        // From the middle.
        let rest: Vec<_> = share((1, 2), 4, 0..9).collect();
        assert_eq!(rest, [(5, 5), (7, 7)]);
    }

    #[test]
    fn numbers_that_are_none_come_through() {
        let found = each(3, |ranks| {
            let own = (ranks.rank() == 1).then_some((f64::NAN, f32::NEG_INFINITY, "a".to_owned()));
            let told = of_root(ranks, ranks.rank() as f64 + 0.1);
            (first(ranks, own).unwrap(), told)
        });
        for ((nan, infinite, name), told) in found {
            assert!(nan.is_nan() && infinite == f32::NEG_INFINITY && name == "a");
            assert_eq!(told, 0.1);
        }
        assert_eq!(each(2, |ranks| first(ranks, None::<u8>)), [None, None]);
    }

    #[test]
    fn sums_have_the_same_bits_everywhere() {
        let sums = each(3, |ranks| {
            let mut values = [0.1 * (1.0 + ranks.rank() as f32), 1e8, -1e-8];
            ranks.all_reduce_sum(&mut values);
            ranks.barrier();
            values.map(f32::to_bits)
        });
        assert_eq!(sums[0].map(f32::from_bits), [0.1 + 0.2 + 0.3, 3e8, -3e-8]);
        assert!(sums.iter().all(|sum| *sum == sums[0]));
    }

    #[test]
    fn the_others_end_when_one_is_gone() {
        let ended = thread::scope(|scope| {
            let mut all = threads(3);
            let gone = all.pop();
            let waiting: Vec<_> = all
                .into_iter()
                .map(|ranks| scope.spawn(move || ranks.barrier()))
                .collect();
            drop(gone);
            waiting
                .into_iter()
                .map(|one| one.join())
                .collect::<Vec<_>>()
        });
        assert!(ended.iter().all(Result::is_err));
    }
}
