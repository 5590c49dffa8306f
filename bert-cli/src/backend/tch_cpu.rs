//! libtorch on the CPU.
//!
//! Without libtorch the program does not link or start at all, so there is nothing to look for.

use burn::backend::{Autodiff, LibTorch, libtorch::LibTorchDevice};

use super::{Device, MissingDevice, Plugin};
use crate::allocator;

pub(super) struct TchCpu;

impl Plugin for TchCpu {
    type Backend = Autodiff<LibTorch>;

    fn find() -> Result<(Device<Self>, String), MissingDevice> {
        let threads = tch::get_num_threads();
        Ok((
            LibTorchDevice::Cpu,
            format!("libtorch, CPU, {threads} threads"),
        ))
    }
    fn prepare() {
        allocator::keep_pages();
    }
}
