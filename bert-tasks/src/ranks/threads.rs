//! Ranks that are threads of one process: for tests of what processes do together.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::Ranks;

/// A group of `size` ranks, one for each thread. Where one is dropped while others wait for it,
/// these panic, as processes are ended by their engine.
///
/// ```
/// use bert_tasks::ranks::{Ranks, threads};
///
/// let sums: Vec<f32> = std::thread::scope(|scope| {
///     let ranks = threads(3).into_iter();
///     let sum = |rank: bert_tasks::ranks::ThreadRank| {
///         let mut values = [rank.rank() as f32];
///         rank.all_reduce_sum(&mut values);
///         values[0]
///     };
///     let started: Vec<_> = ranks.map(|rank| scope.spawn(move || sum(rank))).collect();
///     started.into_iter().map(|rank| rank.join().unwrap()).collect()
/// });
/// assert_eq!(sums, [3.0, 3.0, 3.0]);
/// ```
pub fn threads(size: usize) -> Vec<ThreadRank> {
    let group = Arc::new(Group {
        meeting: Mutex::new(Meeting::of(size)),
        changed: Condvar::new(),
    });
    let rank = |rank| ThreadRank {
        rank,
        size,
        group: group.clone(),
    };
    (0..size).map(rank).collect()
}

/// One of [`threads`].
pub struct ThreadRank {
    rank: usize,
    size: usize,
    group: Arc<Group>,
}

struct Group {
    meeting: Mutex<Meeting>,
    changed: Condvar,
}

/// Where all bring something, and take what all have brought.
struct Meeting {
    number: usize,
    brought: Vec<Option<Vec<u8>>>,
    taken: Arc<Vec<Vec<u8>>>,
    someone_is_gone: bool,
}

impl Meeting {
    fn of(size: usize) -> Self {
        Self {
            number: 0,
            brought: vec![None; size],
            taken: Arc::default(),
            someone_is_gone: false,
        }
    }
}

impl ThreadRank {
    fn meeting(&self) -> MutexGuard<'_, Meeting> {
        let meeting = self.group.meeting.lock();
        meeting.unwrap_or_else(PoisonError::into_inner)
    }

    fn exchange(&self, bytes: &[u8]) -> Arc<Vec<Vec<u8>>> {
        let mut meeting = self.meeting();
        let number = meeting.number;
        meeting.brought[self.rank] = Some(bytes.to_vec());
        if meeting.brought.iter().all(Option::is_some) {
            let brought = meeting.brought.iter_mut().filter_map(Option::take);
            meeting.taken = Arc::new(brought.collect());
            meeting.number += 1;
            self.group.changed.notify_all();
            return meeting.taken.clone();
        }
        while meeting.number == number {
            assert!(!meeting.someone_is_gone, "another rank is gone");
            let woken = self.group.changed.wait(meeting);
            meeting = woken.unwrap_or_else(PoisonError::into_inner);
        }
        meeting.taken.clone()
    }
}

impl Drop for ThreadRank {
    fn drop(&mut self) {
        self.meeting().someone_is_gone = true;
        self.group.changed.notify_all();
    }
}

impl Ranks for ThreadRank {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn local_rank(&self) -> usize {
        self.rank
    }

    fn local_size(&self) -> usize {
        self.size
    }

    fn all_reduce_sum(&self, values: &mut [f32]) {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let all = self.exchange(&bytes);
        values.fill(0.0);
        for bytes in all.iter() {
            for (sum, value) in values.iter_mut().zip(bytes.as_chunks::<4>().0) {
                *sum += f32::from_le_bytes(*value);
            }
        }
    }

    fn all_gather(&self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.exchange(bytes).to_vec()
    }

    fn broadcast(&self, bytes: &mut Vec<u8>) {
        let own = match self.rank {
            0 => std::mem::take(bytes),
            _ => Vec::new(),
        };
        *bytes = self.exchange(&own)[0].clone();
    }

    fn barrier(&self) {
        self.exchange(&[]);
    }
}
