//! What this process uses.

use nvml_wrapper::Nvml;

use super::{Gpu, Resources};

/// Looks at memory and, where NVIDIA's driver is installed, at GPUs.
pub(super) struct Sampler(Option<Nvml>);

impl Sampler {
    /// Finds the driver, or does without.
    pub(super) fn new() -> Self {
        Self(Nvml::init().ok())
    }

    /// Nothing where the system does not tell.
    pub(super) fn sample(&mut self) -> Option<Resources> {
        let memory = memory_stats::memory_stats()?.physical_mem as u64;
        Some(Resources {
            memory,
            gpus: self.0.as_ref().map(gpus).unwrap_or_default(),
        })
    }
}

/// Those that answer.
fn gpus(nvml: &Nvml) -> Vec<Gpu> {
    let gpu = |index| {
        let device = nvml.device_by_index(index)?;
        let memory = device.memory_info()?;
        Ok::<_, nvml_wrapper::error::NvmlError>(Gpu {
            name: device.name()?,
            utilization: device.utilization_rates()?.gpu,
            memory: memory.used,
            total_memory: memory.total,
        })
    };
    let count = nvml.device_count().unwrap_or(0);
    (0..count).filter_map(|index| gpu(index).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_written_to_counts() {
        let mut sampler = Sampler::new();
        let before = sampler.sample().unwrap().memory;
        let held = std::hint::black_box(vec![1_u8; 256 << 20]);
        let after = sampler.sample().unwrap().memory;
        assert!(after > before + (200 << 20), "{before} and {after}");
        drop(held);
    }
}
