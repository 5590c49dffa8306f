//! The ndarray crate on the CPU.

use burn::backend::{Autodiff, NdArray, ndarray::NdArrayDevice};

use super::{Device, MissingDevice, Plugin, describe_cpu};
use crate::allocator;

pub(super) struct Ndarray;

impl Plugin for Ndarray {
    type Backend = Autodiff<NdArray>;

    fn find() -> Result<(Device<Self>, String), MissingDevice> {
        Ok((NdArrayDevice::Cpu, describe_cpu()))
    }

    fn prepare() {
        allocator::keep_pages();
    }
}
