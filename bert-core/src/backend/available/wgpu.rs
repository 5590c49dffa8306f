//! A GPU through Vulkan (Linux, Windows) or Metal (macOS): the strongest adapter, or the one that
//! `CUBECL_WGPU_DEFAULT_DEVICE` names.
//!
//! Burn panics when no adapter fits, so the adapters are counted here first, in the way that Burn
//! counts them. With no GPU, a software adapter such as llvmpipe is used: slow, good for tests.

use std::env;

use ::wgpu::{AdapterInfo, Backends, DeviceType, Instance, InstanceDescriptor};
use burn::{
    backend::{
        Autodiff, Wgpu as Burn,
        wgpu::{
            WgpuDevice,
            graphics::{AutoGraphicsApi, GraphicsApi},
        },
    },
    cubecl::future::block_on,
};

use super::{AvailableBackend, BackendName, Device, MissingDevice};

/// Burn's variable for picking an adapter, in words such as `DiscreteGpu(1)` or `Cpu`.
const OVERRIDE: &str = "CUBECL_WGPU_DEFAULT_DEVICE";

/// A GPU through Vulkan, Metal or DirectX.
pub struct Wgpu;

impl AvailableBackend for Wgpu {
    const NAME: BackendName = BackendName::Wgpu;

    type Backend = Autodiff<Burn>;

    fn find_nth(_place: usize) -> Result<(Device<Self>, String), MissingDevice> {
        let mut found = adapters();
        if let Ok(wanted) = env::var(OVERRIDE) {
            found.retain(|(device, _)| format!("{device:?}") == wanted);
            if found.is_empty() {
                return Err(MissingDevice::new(
                    format!("{OVERRIDE} asks for {wanted}, which is not there"),
                    format!("unset {OVERRIDE}"),
                ));
            }
        }
        // The first among equals, since that is the one with index 0.
        found
            .into_iter()
            .min_by_key(|(device, _)| rank(device))
            .map(|(device, info)| (device, describe(&info)))
            .ok_or_else(|| {
                let api = AutoGraphicsApi::backend();
                MissingDevice::new(
                    format!("there is no {api:?} adapter"),
                    "install a graphics driver; a software one will do for tests: on Debian, \
                     `apt-get install mesa-vulkan-drivers libvulkan1`",
                )
            })
    }
}

/// All adapters, each with the name by which Burn finds it.
fn adapters() -> Vec<(WgpuDevice, AdapterInfo)> {
    let backends = Backends::from(AutoGraphicsApi::backend());
    let instance = Instance::new(InstanceDescriptor {
        backends,
        ..InstanceDescriptor::new_without_display_handle()
    });
    let infos: Vec<_> = block_on(instance.enumerate_adapters(backends))
        .iter()
        .map(|adapter| adapter.get_info())
        .collect();
    let device = |i: usize| {
        let kind = infos[i].device_type;
        let index = infos[..i]
            .iter()
            .filter(|info| info.device_type == kind)
            .count();
        match kind {
            DeviceType::DiscreteGpu => WgpuDevice::DiscreteGpu(index),
            DeviceType::IntegratedGpu => WgpuDevice::IntegratedGpu(index),
            DeviceType::VirtualGpu => WgpuDevice::VirtualGpu(index),
            DeviceType::Cpu => WgpuDevice::Cpu,
            DeviceType::Other => WgpuDevice::DefaultDevice,
        }
    };
    (0..infos.len())
        .map(|i| (device(i), infos[i].clone()))
        .collect()
}

fn rank(device: &WgpuDevice) -> usize {
    match device {
        WgpuDevice::DiscreteGpu(_) => 0,
        WgpuDevice::IntegratedGpu(_) => 1,
        WgpuDevice::VirtualGpu(_) => 2,
        WgpuDevice::Cpu => 4,
        _ => 3,
    }
}

fn describe(info: &AdapterInfo) -> String {
    match info.device_type {
        // "llvmpipe (LLVM 15.0.6, 256 bits)": the version says nothing to a user.
        DeviceType::Cpu => {
            format!(
                "{}, software",
                info.name.split(" (").next().unwrap_or_default()
            )
        }
        _ => format!("{}, {:?}", info.name, info.backend),
    }
}
