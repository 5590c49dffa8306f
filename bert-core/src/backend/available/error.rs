//! Why a backend cannot be had.

use super::BackendName;

/// No backend has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no backend `{name}`: choose one of {}", BackendName::list(&BackendName::STRONGEST_FIRST))]
pub struct UnknownBackend {
    /// What was asked for.
    pub name: String,
}

/// A backend that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The backend's feature was off when the program was built.
    #[error("the backend `{name}` is not compiled in")]
    NotCompiledIn {
        /// Which one.
        name: BackendName,
    },
    /// The backend is compiled in, but this machine has no device for it.
    #[error("the backend `{name}` has no device here: {missing}")]
    Missing {
        /// Which one.
        name: BackendName,
        /// What is missing and how to get it.
        missing: MissingDevice,
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
