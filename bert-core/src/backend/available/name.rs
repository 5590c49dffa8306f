//! The names of the backends, in their order of strength.

use std::{fmt, str::FromStr};

use super::UnknownBackend;

/// A backend that a program can run on.
///
/// Parses from and prints as its name (`tch-gpu`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BackendName {
    /// Pure Rust on the CPU (burn-flex).
    Flex,
    /// ndarray on the CPU (burn-ndarray).
    Ndarray,
    /// libtorch on the CPU (burn-tch).
    TchCpu,
    /// libtorch on a CUDA device (burn-tch).
    TchGpu,
    /// A GPU through Vulkan, Metal or DirectX (burn-wgpu).
    Wgpu,
    /// CUDA kernels compiled by Burn (burn-cuda).
    Cuda,
}

impl BackendName {
    /// All backends, the strongest first: the order in which one is chosen when nobody asks for
    /// one by name.
    ///
    /// `flex` is last because it is a default feature: whoever turned another one on wants that.
    pub const STRONGEST_FIRST: [Self; 6] = [
        Self::TchGpu,
        Self::Cuda,
        Self::Wgpu,
        Self::TchCpu,
        Self::Ndarray,
        Self::Flex,
    ];

    /// Whether it computes matrix products in bf16 where asked to.
    pub const fn has_bf16(self) -> bool {
        matches!(self, Self::TchCpu | Self::TchGpu | Self::Cuda)
    }

    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
            Self::TchCpu => "tch-cpu",
            Self::TchGpu => "tch-gpu",
            Self::Wgpu => "wgpu",
            Self::Cuda => "cuda",
        }
    }

    /// Several in a row, for messages.
    pub fn list(names: &[Self]) -> String {
        let names: Vec<_> = names.iter().map(|name| name.as_str()).collect();
        names.join(", ")
    }

    /// What it is, in a few words.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Flex => "Pure Rust on the CPU (burn-flex)",
            Self::Ndarray => "ndarray on the CPU (burn-ndarray)",
            Self::TchCpu => "libtorch on the CPU (burn-tch)",
            Self::TchGpu => "libtorch on a CUDA device (burn-tch)",
            Self::Wgpu => "A GPU through Vulkan, Metal or DirectX (burn-wgpu)",
            Self::Cuda => "CUDA kernels compiled by Burn (burn-cuda)",
        }
    }

    /// Whether the backend is compiled in: by the feature `tch` for both on libtorch, by the one
    /// of its name for each of the others.
    pub const fn is_compiled_in(self) -> bool {
        match self {
            Self::Flex => cfg!(feature = "flex"),
            Self::Ndarray => cfg!(feature = "ndarray"),
            Self::TchCpu | Self::TchGpu => cfg!(feature = "tch"),
            Self::Wgpu => cfg!(feature = "wgpu"),
            Self::Cuda => cfg!(feature = "cuda"),
        }
    }
}

impl fmt::Display for BackendName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `pad` and not `write_str`, so that a table can ask for a width.
        f.pad(self.as_str())
    }
}

impl FromStr for BackendName {
    type Err = UnknownBackend;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::STRONGEST_FIRST
            .into_iter()
            .find(|backend| backend.as_str() == name)
            .ok_or_else(|| UnknownBackend {
                name: name.to_owned(),
            })
    }
}
