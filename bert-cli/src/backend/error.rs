//! Why a program cannot run on a backend, and what to do about it.

use super::BackendName;

/// A backend that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// No backend has this name.
    #[error("there is no backend `{name}`: choose one of {}", list(&BackendName::STRONGEST_FIRST))]
    Unknown {
        /// What was asked for.
        name: String,
    },

    /// The backend's cargo feature was off when the program was built.
    #[error(
        "the backend `{name}` is not compiled in: build with its cargo feature, \
         `cargo run --release --example <example> --features {name}`, \
         or choose one that is compiled in: {}", list(.compiled_in)
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

/// What a backend needs and does not find on this machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; {remedy}")]
pub struct MissingDevice {
    /// What is missing.
    pub reason: String,
    /// What to install or to set.
    pub remedy: String,
}

impl MissingDevice {
    /// `reason` says what is missing, `remedy` what to do.
    // Some sets of features have no backend that can miss its device.
    #[allow(dead_code)]
    pub(super) fn new(reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            remedy: remedy.into(),
        }
    }
}

fn list(names: &[BackendName]) -> String {
    names
        .iter()
        .map(|name| name.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

fn or_else(others: &[BackendName]) -> String {
    match others {
        [] => String::from("; or build with `--features flex`, which needs only a CPU"),
        others => format!(
            "; or choose another backend with `--backend`: {}",
            list(others)
        ),
    }
}
