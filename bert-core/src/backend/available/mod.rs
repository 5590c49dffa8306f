//! Which backends are compiled in, and whether their device is there.
//!
//! - [`BackendName`]: all of them by name, and what each can do; [`compiled_in`] are those that
//!   this build has.
//! - [`AvailableBackend`]: Burn's type of one, and the search for its device, a file each.
//! - [`find_device`]: the search by name.
//!
//! Burn panics where a device, a driver or a library is missing, and at its first use. Looked for
//! here, it is a [`MissingDevice`] that says what to do.

mod error;
mod name;

#[cfg(feature = "cuda")]
#[allow(unsafe_code)]
mod cuda;
#[cfg(feature = "flex")]
mod flex;
#[cfg(feature = "ndarray")]
mod ndarray;
#[cfg(feature = "tch")]
mod tch_cpu;
#[cfg(feature = "tch")]
mod tch_gpu;
#[cfg(feature = "wgpu")]
mod wgpu;

use super::BertAutodiffBackend;

#[cfg(feature = "cuda")]
pub use cuda::Cuda;
pub use error::{DeviceError, MissingDevice, UnknownBackend};
#[cfg(feature = "flex")]
pub use flex::Flex;
pub use name::BackendName;
#[cfg(feature = "ndarray")]
pub use ndarray::Ndarray;
#[cfg(feature = "tch")]
pub use tch_cpu::TchCpu;
#[cfg(feature = "tch")]
pub use tch_gpu::TchGpu;
#[cfg(feature = "wgpu")]
pub use wgpu::Wgpu;

/// A backend that is compiled in.
pub trait AvailableBackend {
    /// Its name.
    const NAME: BackendName;

    /// Burn's type of it, with gradients.
    type Backend: BertAutodiffBackend;

    /// Looks for the device without allocating anything on it, and describes it in words.
    ///
    /// # Errors
    /// What is missing, and how to get it.
    fn find() -> Result<(Device<Self>, String), MissingDevice> {
        Self::find_nth(0)
    }

    /// The same for the device of that number from 0, where there are several of a kind; beyond the
    /// last one it begins again. For processes that share a machine.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    fn find_nth(place: usize) -> Result<(Device<Self>, String), MissingDevice>;
}

/// The device of a backend.
pub type Device<A> = burn::tensor::Device<<A as AvailableBackend>::Backend>;

/// The backends that are compiled in, the strongest first.
pub fn compiled_in() -> Vec<BackendName> {
    BackendName::STRONGEST_FIRST
        .into_iter()
        .filter(|name| name.is_compiled_in())
        .collect()
}

/// Describes the device that `name` would run on, without running anything.
///
/// # Errors
/// Where the backend is not compiled in, or has no device here.
pub fn find_device(name: BackendName) -> Result<String, DeviceError> {
    match name {
        #[cfg(feature = "flex")]
        BackendName::Flex => search::<Flex>(),
        #[cfg(feature = "ndarray")]
        BackendName::Ndarray => search::<Ndarray>(),
        #[cfg(feature = "tch")]
        BackendName::TchCpu => search::<TchCpu>(),
        #[cfg(feature = "tch")]
        BackendName::TchGpu => search::<TchGpu>(),
        #[cfg(feature = "wgpu")]
        BackendName::Wgpu => search::<Wgpu>(),
        #[cfg(feature = "cuda")]
        BackendName::Cuda => search::<Cuda>(),
        // Unreachable where all features are on.
        #[allow(unreachable_patterns)]
        name => Err(DeviceError::NotCompiledIn { name }),
    }
}

// Some sets of features have no backend.
#[allow(dead_code)]
fn search<A: AvailableBackend>() -> Result<String, DeviceError> {
    match A::find() {
        Ok((_, description)) => Ok(description),
        Err(missing) => Err(DeviceError::Missing {
            name: A::NAME,
            missing,
        }),
    }
}

/// The CPU in words, for the backends that run their own threads on it.
#[cfg(any(feature = "flex", feature = "ndarray"))]
fn describe_cpu() -> String {
    let threads = rayon::current_num_threads();
    format!(
        "CPU, {threads} thread{}",
        if threads == 1 { "" } else { "s" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_everywhere() {
        for name in BackendName::STRONGEST_FIRST {
            assert_eq!(name.to_string().parse(), Ok(name));
        }
        let error = "cpu".parse::<BackendName>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no backend `cpu`: choose one of tch-gpu, cuda, wgpu, tch-cpu, ndarray, flex"
        );
    }

    #[test]
    fn what_is_compiled_in_can_be_looked_for() {
        let names = compiled_in();
        for name in BackendName::STRONGEST_FIRST {
            let missing = matches!(find_device(name), Err(DeviceError::NotCompiledIn { .. }));
            assert_eq!(missing, !names.contains(&name), "{name}");
        }
    }
}
