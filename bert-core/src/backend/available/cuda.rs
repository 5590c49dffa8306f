//! CUDA kernels compiled at run time by Burn, on the first CUDA device, or the one of
//! this process among those on its machine. `CUDA_VISIBLE_DEVICES` picks others.
//!
//! Burn opens the libraries when the first kernel needs them and panics if one is not there, so
//! each is looked for here in the same way and with the same names.

use burn::{
    backend::{Autodiff, Cuda as Burn, cuda::CudaDevice},
    cubecl::cuda::install::cuda_path,
};
use cudarc::{
    driver::{
        DriverError,
        result::{self, device},
        sys,
    },
    nvrtc,
};

use super::{AvailableBackend, BackendName, Device, MissingDevice};

const TOOLKIT: &str = "install the CUDA toolkit 12 or 13";

/// CUDA kernels compiled by Burn.
pub struct Cuda;

impl AvailableBackend for Cuda {
    const NAME: BackendName = BackendName::Cuda;

    type Backend = Autodiff<Burn>;

    fn find_nth(place: usize) -> Result<(Device<Self>, String), MissingDevice> {
        // SAFETY: opens the library by name and closes it again; NVIDIA's have no initialisers
        // that touch this process's memory.
        if !unsafe { sys::is_culib_present() } {
            return Err(MissingDevice::new(
                "the NVIDIA driver's library libcuda is not installed",
                "install the NVIDIA driver, and check it with `nvidia-smi`",
            ));
        }
        let (device, name) = nth_device(place).map_err(|error| {
            MissingDevice::new(
                format!("the NVIDIA driver finds no device ({:?})", error.0),
                "check that `nvidia-smi` lists a GPU and that CUDA_VISIBLE_DEVICES does not hide it",
            )
        })?;
        // SAFETY: as above.
        if !unsafe { nvrtc::sys::is_culib_present() } {
            return Err(MissingDevice::new(
                "the CUDA compiler's library libnvrtc is not found",
                format!("{TOOLKIT}, or add the folder that has it to LD_LIBRARY_PATH"),
            ));
        }
        match cuda_path() {
            None => Err(MissingDevice::new(
                "the CUDA headers are not found",
                format!(
                    "{TOOLKIT}, or set CUDA_PATH to the folder that has include/cuda_runtime.h"
                ),
            )),
            Some(path) if !path.join("include/cuda_runtime.h").is_file() => {
                Err(MissingDevice::new(
                    format!("there is no include/cuda_runtime.h in {}", path.display()),
                    format!("{TOOLKIT}, or set CUDA_PATH to a folder that has it"),
                ))
            }
            Some(_) => Ok((CudaDevice::new(device), name)),
        }
    }
}

/// A device as Burn numbers them, counted round, and its name.
fn nth_device(place: usize) -> Result<(usize, String), DriverError> {
    result::init()?;
    let count = usize::try_from(device::get_count()?).unwrap_or(0).max(1);
    let device = place % count;
    let name = device::get_name(device::get(i32::try_from(device).unwrap_or(0))?)?;
    Ok((device, name))
}
