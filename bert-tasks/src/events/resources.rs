//! What this process uses.

use super::Resources;
use gpus::Gpus;

/// Looks at memory and, where NVIDIA's driver is installed and the feature `nvml` is on, at GPUs.
pub(super) struct Sampler(Gpus);

impl Sampler {
    /// Finds the driver, or does without.
    pub(super) fn new() -> Self {
        Self(Gpus::find())
    }

    /// Nothing where the system does not tell.
    pub(super) fn sample(&mut self) -> Option<Resources> {
        let memory = memory_stats::memory_stats()?.physical_mem as u64;
        let gpus = self.0.sample();
        Some(Resources { memory, gpus })
    }
}

#[cfg(feature = "nvml")]
mod gpus {
    use nvml_wrapper::Nvml;

    use crate::events::Gpu;

    /// The driver, where there is one.
    pub(super) struct Gpus(Option<Nvml>);

    impl Gpus {
        pub(super) fn find() -> Self {
            Self(Nvml::init().ok())
        }

        /// Those that answer.
        pub(super) fn sample(&self) -> Vec<Gpu> {
            let Some(nvml) = &self.0 else {
                return Vec::new();
            };
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
    }
}

#[cfg(not(feature = "nvml"))]
mod gpus {
    use crate::events::Gpu;

    /// None is looked for.
    pub(super) struct Gpus;

    impl Gpus {
        pub(super) fn find() -> Self {
            Self
        }

        pub(super) fn sample(&self) -> Vec<Gpu> {
            Vec::new()
        }
    }
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
