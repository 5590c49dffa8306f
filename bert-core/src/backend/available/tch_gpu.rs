//! libtorch on the first CUDA device, or the one of this process among those on its machine.
//! `CUDA_VISIBLE_DEVICES` picks others.

use burn::backend::{Autodiff, LibTorch, libtorch::LibTorchDevice};

use super::{AvailableBackend, BackendName, Device, MissingDevice};

/// libtorch on a CUDA device.
pub struct TchGpu;

impl AvailableBackend for TchGpu {
    const NAME: BackendName = BackendName::TchGpu;

    type Backend = Autodiff<LibTorch>;

    fn find_nth(place: usize) -> Result<(Device<Self>, String), MissingDevice> {
        // Two questions: burn-tch panics on a CUDA device if there was no CUDA when it was built,
        // and the libtorch that is loaded now may be another one.
        if !cfg!(libtorch_cuda) || !tch::utils::has_cudart() {
            return Err(MissingDevice::new(
                "this program is linked with a libtorch without CUDA",
                "install one with CUDA, `pip install torch==2.9.0`, and build again with \
                 `LIBTORCH_USE_PYTORCH=1`",
            ));
        }
        match tch::Cuda::device_count() {
            count if count > 0 => {
                let device = place % count as usize;
                let description = format!("libtorch, CUDA device {device} of {count}");
                Ok((LibTorchDevice::Cuda(device), description))
            }
            _ => Err(MissingDevice::new(
                "libtorch sees no CUDA device",
                "check that `nvidia-smi` lists a GPU, that its driver is not older than the CUDA \
                 of libtorch, and that CUDA_VISIBLE_DEVICES does not hide it",
            )),
        }
    }
}
