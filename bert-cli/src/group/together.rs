//! Processes over MPI: how they begin, and how all of them end when one does.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bert_mpi::Mpi;
use bert_tasks::ranks::Ranks;

use super::GroupError;
use super::log::{log_name, say_to_all};

/// What goes wrong in the same way everywhere is said by rank 0 alone: it has this time to do so.
const ROOT_FIRST: Duration = Duration::from_millis(1500);

/// The launcher passes on what is said, and drops what it has not read when a process ends all.
const HEARD: Duration = Duration::from_millis(500);

/// All processes of a launcher, seen from one of them.
pub struct Together(Arc<Mpi>);

impl Together {
    pub(super) fn join(told: usize, timeout: Option<Duration>) -> Result<Self, GroupError> {
        let mpi = Mpi::join(timeout, end_at_timeout)?;
        match mpi.size() {
            found if found == told => Ok(Self(Arc::new(mpi))),
            found => Err(GroupError::Another { told, found }),
        }
    }

    pub(super) fn run<T, E>(
        self,
        program: impl FnOnce(&Arc<dyn Ranks>) -> Result<T, E>,
        told: impl FnOnce(&E) -> (String, u8),
    ) -> T {
        let Self(mpi) = self;
        // Unwinding further would end MPI, which waits for the others, and they for this one.
        let done = catch_unwind(AssertUnwindSafe(|| {
            let ranks: Arc<dyn Ranks> = mpi.clone();
            program(&ranks)
        }));
        match done {
            Ok(Ok(done)) => done,
            Ok(Err(error)) => {
                let (why, code) = told(&error);
                end_all(&mpi, &why, code)
            }
            Err(panic) => {
                let why = format!("panicked: {}", message(panic.as_ref()));
                end_all(&mpi, &why, 101)
            }
        }
    }
}

/// Says why, and ends every process.
fn end_all(mpi: &Mpi, why: &str, code: u8) -> ! {
    let (rank, size) = (mpi.rank(), mpi.size());
    if mpi.is_root() {
        say_to_all(why);
    } else {
        thread::sleep(ROOT_FIRST);
        say_to_all(&format!(
            "rank {rank} of {size}, see {}: {why}",
            log_name(rank)
        ));
    }
    thread::sleep(HEARD);
    mpi.abort(code)
}

/// The launcher ends the others where one ends without MPI.
#[expect(clippy::exit, reason = "what it waits in cannot be broken off")]
fn end_at_timeout(waited: Duration) {
    bert_tasks::display::dashboard::give_back_terminal();
    say_to_all(&format!(
        "error: another rank has not answered for {} s: it hangs, is stopped, or its machine is \
         gone; the run goes on from its newest checkpoint with --resume, and --rank-timeout says \
         how long to wait",
        waited.as_secs()
    ));
    thread::sleep(HEARD);
    std::process::exit(1)
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a word")
}
