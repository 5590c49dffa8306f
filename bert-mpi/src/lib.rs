//! Training in several processes over MPI: [`Mpi`] is a group of [`Ranks`].
//!
//! Numbers go through the host's memory, so that every backend can be trained so. MPI's own errors
//! end the process: there is nothing that a training could go on with.
//!
//! With the feature `mpi`; built against whatever MPI `mpicc` belongs to (Debian: `mpich libmpich-dev libclang-dev`).

#![cfg(feature = "mpi")]

mod watch;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bert_tasks::ranks::Ranks;
use mpi::Threading;
use mpi::collective::SystemOperation;
use mpi::datatype::PartitionMut;
use mpi::environment::Universe;
use mpi::topology::{Communicator, SimpleCommunicator};
use mpi::traits::{CommunicatorCollectives, Root};
use thiserror::Error;
use watch::Watch;

/// The most bytes in one message: MPI counts in 32 bits.
const MESSAGE: usize = 1 << 30;

/// All processes that one `mpiexec` has started, seen from one of them.
///
/// MPI begins with it and ends when it is dropped, which waits for the others.
pub struct Mpi {
    /// One call at a time, whichever thread makes it.
    world: Mutex<World>,
    rank: usize,
    size: usize,
    local: (usize, usize),
    watch: Watch,
}

struct World {
    world: SimpleCommunicator,
    /// Where sums arrive: MPI adds up from one place into another.
    sums: Vec<f32>,
    /// Ends MPI.
    _universe: Universe,
}

/// Why there is no group.
#[derive(Debug, Error)]
pub enum MpiError {
    /// It can begin once in a process.
    #[error("MPI has begun in this process before")]
    Begun,
    /// It was built for one thread.
    #[error("this MPI allows no call from other threads than the first one ({found:?})")]
    Threads {
        /// What it allows.
        found: Threading,
    },
}

impl Mpi {
    /// Joins the processes that were started together; alone, where this one was not started by
    /// MPI's launcher.
    ///
    /// Where this rank has waited for others longer than `timeout`, `at_timeout` is called with how
    /// long that is, once and on a thread of its own. It ends the process: what it waits in cannot
    /// be broken off.
    ///
    /// # Errors
    /// Where MPI cannot begin.
    pub fn join(
        timeout: Option<Duration>,
        at_timeout: impl FnOnce(Duration) + Send + 'static,
    ) -> Result<Self, MpiError> {
        let begun = mpi::initialize_with_threading(Threading::Serialized);
        let (universe, found) = begun.ok_or(MpiError::Begun)?;
        if found < Threading::Serialized {
            return Err(MpiError::Threads { found });
        }
        let world = universe.world();
        let (rank, size) = (number(world.rank()), number(world.size()));
        let here = world.split_shared(world.rank());
        let local = (number(here.rank()), number(here.size()));
        Ok(Self {
            world: Mutex::new(World {
                world,
                sums: Vec::new(),
                _universe: universe,
            }),
            rank,
            size,
            local,
            watch: Watch::begin(timeout, at_timeout),
        })
    }

    /// Ends all processes at once, whatever they do; `mpiexec` ends with `code`.
    pub fn abort(&self, code: u8) -> ! {
        // Without the lock: it may be held by a thread that waits for the others.
        SimpleCommunicator::world().abort(code.into())
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Mpi {
    /// MPI's end, which comes with the fields, waits for the others, too.
    fn drop(&mut self) {
        std::mem::forget(self.watch.waiting());
    }
}

/// Of MPI, where it is never negative.
fn number(count: mpi::Rank) -> usize {
    usize::try_from(count).unwrap_or_default()
}

impl Ranks for Mpi {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn local_rank(&self) -> usize {
        self.local.0
    }

    fn local_size(&self) -> usize {
        self.local.1
    }

    fn all_reduce_sum(&self, values: &mut [f32]) {
        let _waiting = self.watch.waiting();
        let World { world, sums, .. } = &mut *self.world();
        for part in values.chunks_mut(MESSAGE / size_of::<f32>()) {
            sums.resize(part.len(), 0.0);
            world.all_reduce_into(part, &mut sums[..], SystemOperation::sum());
            part.copy_from_slice(sums);
        }
    }

    fn all_gather(&self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let _waiting = self.watch.waiting();
        let world = &self.world().world;
        let mut lengths = vec![0_u64; self.size];
        world.all_gather_into(&(bytes.len() as u64), &mut lengths[..]);
        let mut all: Vec<Vec<u8>> = lengths.iter().map(|_| Vec::new()).collect();
        // In rounds, so that all of a round together are one message.
        let most = lengths.iter().max().map_or(0, |&most| most as usize);
        let round = MESSAGE / self.size;
        for from in (0..most).step_by(round) {
            let part = |length: usize| from.min(length)..(from + round).min(length);
            let counts: Vec<i32> = lengths
                .iter()
                .map(|&length| part(length as usize).len() as i32)
                .collect();
            let places: Vec<i32> = counts
                .iter()
                .scan(0, |end, count| {
                    *end += count;
                    Some(*end - count)
                })
                .collect();
            let mut arrived = vec![0_u8; counts.iter().sum::<i32>() as usize];
            let mut parts = PartitionMut::new(&mut arrived[..], &counts[..], &places[..]);
            world.all_gather_varcount_into(&bytes[part(bytes.len())], &mut parts);
            for ((all, place), count) in all.iter_mut().zip(&places).zip(&counts) {
                let place = *place as usize;
                all.extend(&arrived[place..place + *count as usize]);
            }
        }
        all
    }

    fn broadcast(&self, bytes: &mut Vec<u8>) {
        let _waiting = self.watch.waiting();
        let world = &self.world().world;
        let root = world.process_at_rank(0);
        let mut length = bytes.len() as u64;
        root.broadcast_into(&mut length);
        bytes.resize(length as usize, 0);
        for part in bytes.chunks_mut(MESSAGE) {
            root.broadcast_into(part);
        }
    }

    fn barrier(&self) {
        let _waiting = self.watch.waiting();
        self.world().world.barrier();
    }
}
