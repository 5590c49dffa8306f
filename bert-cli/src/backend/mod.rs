//! One choice of backend for all the examples.
//!
//! Burn's tensors are generic over their backend, so a program is too: it is a [`Program`], and
//! [`run_on`] runs it on the backend that cargo's features and `--backend` ask for.
//!
//! - A cargo feature compiles a backend in: `flex` (the default), `ndarray`, `tch-cpu`,
//!   `tch-gpu`, `wgpu`, `cuda`.
//! - Without `--backend`, the strongest of those runs: see [`BackendName::STRONGEST_FIRST`].
//! - A backend looks for its device before the program starts, so a missing GPU, driver or
//!   library is a [`BackendError`] that says what to do, not a panic after minutes of loading.
//!   There is no silent fall back to a slower backend.
//!
//! The backends themselves and the search for their devices are `bert-core`'s
//! ([`bert_core::backend::available`]). To add one here: its cargo feature, and its line in
//! `on_backend!`.
//!
//! ```
//! use bert_cli::backend::{BackendInfo, Program, TrainBackend, run_on};
//! use burn::tensor::Tensor;
//!
//! struct Sum;
//!
//! impl Program for Sum {
//!     type Output = f32;
//!
//!     fn run<B: TrainBackend>(self, device: B::Device, _backend: BackendInfo) -> f32 {
//!         Tensor::<B, 1>::from_floats([1.0, 2.0], &device).sum().into_scalar().elem()
//!     }
//! }
//! # use burn::tensor::ElementConversion;
//! # #[cfg(feature = "flex")]
//! assert_eq!(run_on(Some("flex".parse()?), Sum)?, 3.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use bert_core::backend::BertAutodiffBackend;
use bert_core::backend::available::{self, AvailableBackend, Device};
use bert_tasks::training::{TrainingArguments, TrainingError};

use crate::allocator;

mod error;
mod flag;

pub use bert_core::backend::available::{BackendName, MissingDevice};
pub use error::BackendError;
pub use flag::backend_flag;

#[cfg(not(any(
    feature = "flex",
    feature = "ndarray",
    feature = "tch-cpu",
    feature = "tch-gpu",
    feature = "wgpu",
    feature = "cuda",
)))]
compile_error!(
    "no backend is compiled in: turn on at least one of the cargo features \
     flex (the default), ndarray, tch-cpu, tch-gpu, wgpu, cuda"
);

/// What a program may ask of its backend: the one place to ask for more.
pub trait TrainBackend: BertAutodiffBackend {}

impl<B: BertAutodiffBackend> TrainBackend for B {}

/// A program that runs on any backend.
pub trait Program {
    /// What the program gives back.
    type Output;

    /// Runs on `device`. `backend` says in words what it runs on.
    fn run<B: TrainBackend>(self, device: B::Device, backend: BackendInfo) -> Self::Output;
}

/// What a program runs on. Prints as `wgpu (llvmpipe, software)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendInfo {
    /// The backend.
    pub name: BackendName,
    /// The device in words, for reports and logs.
    pub device: String,
}

impl BackendInfo {
    /// Checks that the backend can do what the arguments ask for.
    ///
    /// # Errors
    /// [`TrainingError::Argument`] for `--bf16` on a backend without.
    pub fn check(&self, arguments: &TrainingArguments) -> Result<(), TrainingError> {
        if arguments.bf16 && !self.name.has_bf16() {
            return Err(TrainingError::Argument {
                name: "bf16",
                value: format!("on {}", self.name),
                expected: "on tch-cpu, tch-gpu or cuda",
            });
        }
        Ok(())
    }
}

impl fmt::Display for BackendInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.device)
    }
}

/// Evaluates an expression with `$backend` standing for the backend named by `$name`.
macro_rules! on_backend {
    ($name:expr, $backend:ident => $body:expr) => {
        match $name {
            #[cfg(feature = "flex")]
            BackendName::Flex => {
                type $backend = available::Flex;
                $body
            }
            #[cfg(feature = "ndarray")]
            BackendName::Ndarray => {
                type $backend = available::Ndarray;
                $body
            }
            #[cfg(feature = "tch-cpu")]
            BackendName::TchCpu => {
                type $backend = available::TchCpu;
                $body
            }
            #[cfg(feature = "tch-gpu")]
            BackendName::TchGpu => {
                type $backend = available::TchGpu;
                $body
            }
            #[cfg(feature = "wgpu")]
            BackendName::Wgpu => {
                type $backend = available::Wgpu;
                $body
            }
            #[cfg(feature = "cuda")]
            BackendName::Cuda => {
                type $backend = available::Cuda;
                $body
            }
            // Unreachable where all features are on.
            #[allow(unreachable_patterns)]
            name => Err(BackendError::NotCompiledIn {
                name,
                compiled_in: compiled_in(),
            }),
        }
    };
}

/// Runs `program` on the backend of that name, or on the strongest that is compiled in.
///
/// # Errors
///
/// [`BackendError::NotCompiledIn`] and [`BackendError::NoDevice`], both before the program starts.
pub fn run_on<P: Program>(
    choice: Option<BackendName>,
    program: P,
) -> Result<P::Output, BackendError> {
    run_on_device(choice, 0, program)
}

/// The same on the device of that number from 0, of several of a kind, counted round: for processes
/// that share a machine.
///
/// # Errors
///
/// The same as [`run_on`].
pub fn run_on_device<P: Program>(
    choice: Option<BackendName>,
    place: usize,
    program: P,
) -> Result<P::Output, BackendError> {
    let name = choose(choice, &compiled_in())?;
    on_backend!(name, Chosen => {
        let (device, description) = search::<Chosen>(place)?;
        if runs_on_cpu(name) {
            // Before the first tensor.
            allocator::keep_pages();
        }
        let info = BackendInfo { name, device: description };
        Ok(program.run::<<Chosen as AvailableBackend>::Backend>(device, info))
    })
}

/// Describes the device that `name` would run on, without running anything.
///
/// # Errors
///
/// The same as [`run_on`].
pub fn find_device(name: BackendName) -> Result<BackendInfo, BackendError> {
    on_backend!(name, Chosen => {
        let (_, device) = search::<Chosen>(0)?;
        Ok(BackendInfo { name, device })
    })
}

/// The backends that this program was built with, the strongest first.
pub fn compiled_in() -> Vec<BackendName> {
    BackendName::STRONGEST_FIRST
        .into_iter()
        .filter(|&name| is_offered(name))
        .collect()
}

/// Which backend runs, where `choice` is what the user asked for and `compiled_in` what there is.
///
/// Without a choice it is the strongest of `compiled_in`, in whatever order that comes.
///
/// # Errors
///
/// [`BackendError::NotCompiledIn`] if the choice is not among `compiled_in`, or if that is empty.
pub fn choose(
    choice: Option<BackendName>,
    compiled_in: &[BackendName],
) -> Result<BackendName, BackendError> {
    let is_there = |name: &BackendName| compiled_in.contains(name);
    match choice {
        Some(name) => Some(name).filter(is_there),
        None => BackendName::STRONGEST_FIRST.into_iter().find(is_there),
    }
    .ok_or_else(|| BackendError::NotCompiledIn {
        name: choice.unwrap_or(BackendName::Flex),
        compiled_in: compiled_in.to_vec(),
    })
}

/// Whether this program was built with the backend. `bert-core` may have more of them: another
/// package of the same build may have asked for one.
const fn is_offered(name: BackendName) -> bool {
    match name {
        BackendName::Flex => cfg!(feature = "flex"),
        BackendName::Ndarray => cfg!(feature = "ndarray"),
        BackendName::TchCpu => cfg!(feature = "tch-cpu"),
        BackendName::TchGpu => cfg!(feature = "tch-gpu"),
        BackendName::Wgpu => cfg!(feature = "wgpu"),
        BackendName::Cuda => cfg!(feature = "cuda"),
    }
}

const fn runs_on_cpu(name: BackendName) -> bool {
    use BackendName::{Flex, Ndarray, TchCpu};
    matches!(name, Flex | Ndarray | TchCpu)
}

fn search<A: AvailableBackend>(place: usize) -> Result<(Device<A>, String), BackendError> {
    A::find_nth(place).map_err(|missing| BackendError::NoDevice {
        name: A::NAME,
        missing,
        others: compiled_in()
            .into_iter()
            .filter(|&other| other != A::NAME)
            .collect(),
    })
}
