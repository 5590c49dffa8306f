//! The ndarray crate on the CPU.

use burn::backend::{Autodiff, NdArray, ndarray::NdArrayDevice};

use super::{AvailableBackend, BackendName, Device, MissingDevice, describe_cpu};

/// ndarray on the CPU.
pub struct Ndarray;

impl AvailableBackend for Ndarray {
    const NAME: BackendName = BackendName::Ndarray;

    type Backend = Autodiff<NdArray>;

    fn find_nth(_place: usize) -> Result<(Device<Self>, String), MissingDevice> {
        Ok((NdArrayDevice::Cpu, describe_cpu()))
    }
}
