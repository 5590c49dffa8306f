//! The processes that a launcher has started to train one model together: `mpiexec -n 4 bert train`.
//!
//! - `launch`: what the launcher says of them, before anything begins.
//! - `log`: where the processes write that show nothing.
//! - `cores`: how they share a machine's.
//! - [`Group`]: how they begin, and how all of them end when one does.

mod cores;
mod launch;
mod log;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bert_tasks::ranks::{Alone, Ranks};
use thiserror::Error;

pub use cores::share_cores;
use launch::launched;
pub use log::write_to_log;

/// Why processes cannot work together.
#[derive(Debug, Error)]
pub enum GroupError {
    /// There are several, and nothing to work together with.
    #[error(
        "this is one of {size} processes that a launcher has started, and this build knows no MPI: \
         build it with cargo's feature mpi (Debian: mpich libmpich-dev libclang-dev), or start one \
         process"
    )]
    NotBuilt {
        /// How many the launcher has started.
        size: usize,
    },
    /// There are several, of something that takes one.
    #[error(
        "this is one of {size} processes that a launcher has started, and {what} is for one: start \
         it without the launcher"
    )]
    ForOne {
        /// What it does.
        what: &'static str,
        /// How many the launcher has started.
        size: usize,
    },
    /// Each of them believes to be alone, or in another group.
    #[error(
        "the launcher has started {told} processes, and MPI knows of {found}: it is the launcher of \
         another MPI than the one that this program was built with"
    )]
    Another {
        /// How many the launcher has started.
        told: usize,
        /// How many there are in the group.
        found: usize,
    },
    /// The engine does not begin.
    #[cfg(feature = "mpi")]
    #[error("MPI does not begin: {0}")]
    Mpi(#[from] bert_mpi::MpiError),
    /// What a process says has nowhere to go.
    #[error("cannot write {}: {source}", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Checks that no launcher has started several processes, for what one does.
///
/// # Errors
/// [`GroupError::ForOne`].
pub fn check_alone(what: &'static str) -> Result<(), GroupError> {
    match size() {
        1 => Ok(()),
        size => Err(GroupError::ForOne { what, size }),
    }
}

/// How many processes a launcher has started, this one among them.
fn size() -> usize {
    let size = launched(|name| std::env::var(name).ok());
    size.unwrap_or(1).max(1)
}

/// This process among those that do one thing.
pub enum Group {
    /// There is no other.
    Alone,
    /// There are.
    #[cfg(feature = "mpi")]
    Together(together::Together),
}

impl Group {
    /// Joins the others, if a launcher says that there are some. One that waits for them longer than
    /// `timeout` ends all.
    ///
    /// # Errors
    /// Where that cannot be.
    pub fn join(timeout: Option<Duration>) -> Result<Self, GroupError> {
        match size() {
            1 => Ok(Self::Alone),
            size => several(size, timeout),
        }
    }

    /// Runs a program. Where there are several processes and it fails in one, it ends in all, with
    /// what `told` says of the failure and the code that the program ends with.
    ///
    /// # Errors
    /// Of the program.
    pub fn run<T, E>(
        self,
        program: impl FnOnce(&Arc<dyn Ranks>) -> Result<T, E>,
        told: impl FnOnce(&E) -> (String, u8),
    ) -> Result<T, E> {
        match self {
            Self::Alone => {
                let _ = told;
                let ranks: Arc<dyn Ranks> = Arc::new(Alone);
                program(&ranks)
            }
            #[cfg(feature = "mpi")]
            Self::Together(together) => Ok(together.run(program, told)),
        }
    }
}

#[cfg(not(feature = "mpi"))]
fn several(size: usize, _timeout: Option<Duration>) -> Result<Group, GroupError> {
    Err(GroupError::NotBuilt { size })
}

#[cfg(feature = "mpi")]
fn several(size: usize, timeout: Option<Duration>) -> Result<Group, GroupError> {
    together::Together::join(size, timeout).map(Group::Together)
}

#[cfg(feature = "mpi")]
mod together;
