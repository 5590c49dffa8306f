//! Why a program cannot run on a backend, and what to do about it.

use bert_core::backend::available::{BackendName, MissingDevice};

/// A backend that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// The backend's cargo feature was off when the program was built.
    #[error(
        "the backend `{name}` is not compiled in: build with its cargo feature, \
         `cargo run --release --example <example> --features {name}`, \
         or choose one that is compiled in: {}", BackendName::list(.compiled_in)
    )]
    NotCompiledIn {
        /// What was asked for, and the name of the missing feature.
        name: BackendName,
        /// What there is instead.
        compiled_in: Vec<BackendName>,
    },

    /// The backend is compiled in, but this machine has no device for it.
    #[error("the backend `{name}` has no device here: {missing}{}", or_else(.others))]
    NoDevice {
        /// The backend that was chosen.
        name: BackendName,
        /// What is missing and how to get it.
        missing: MissingDevice,
        /// The other backends that are compiled in.
        others: Vec<BackendName>,
    },
}

fn or_else(others: &[BackendName]) -> String {
    match others {
        [] => String::from("; or build with `--features flex`, which needs only a CPU"),
        others => format!(
            "; or choose another backend with `--backend`: {}",
            BackendName::list(others)
        ),
    }
}
