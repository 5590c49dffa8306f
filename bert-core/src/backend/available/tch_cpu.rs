//! libtorch on the CPU.
//!
//! Without libtorch the program does not link or start at all, so there is nothing to look for.

use burn::backend::{Autodiff, LibTorch, libtorch::LibTorchDevice};

use super::{AvailableBackend, BackendName, Device, MissingDevice};

/// libtorch on the CPU.
pub struct TchCpu;

impl AvailableBackend for TchCpu {
    const NAME: BackendName = BackendName::TchCpu;

    type Backend = Autodiff<LibTorch>;

    fn find_nth(_place: usize) -> Result<(Device<Self>, String), MissingDevice> {
        let threads = tch::get_num_threads();
        Ok((
            LibTorchDevice::Cpu,
            format!("libtorch, CPU, {threads} threads"),
        ))
    }
}
