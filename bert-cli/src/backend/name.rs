//! The names of the backends, in their order of strength.

use std::{fmt, str::FromStr};

use super::BackendError;

/// A backend that a program can run on. Each has a cargo feature of the same name.
///
/// Parses from and prints as that name (`tch-gpu`), and is a value of a clap flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, clap::ValueEnum)]
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

    /// The name, which is also the name of the cargo feature.
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

    /// Whether this program was built with the backend's cargo feature.
    pub const fn is_compiled_in(self) -> bool {
        match self {
            Self::Flex => cfg!(feature = "flex"),
            Self::Ndarray => cfg!(feature = "ndarray"),
            Self::TchCpu => cfg!(feature = "tch-cpu"),
            Self::TchGpu => cfg!(feature = "tch-gpu"),
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
    type Err = BackendError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::STRONGEST_FIRST
            .into_iter()
            .find(|backend| backend.as_str() == name)
            .ok_or_else(|| BackendError::Unknown {
                name: name.to_owned(),
            })
    }
}
