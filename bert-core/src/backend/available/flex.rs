//! Pure Rust on the CPU: the default, since it needs nothing installed.

use burn::backend::{Autodiff, Flex as Burn, flex::FlexDevice};

use super::{AvailableBackend, BackendName, Device, MissingDevice, describe_cpu};

/// Pure Rust on the CPU.
pub struct Flex;

impl AvailableBackend for Flex {
    const NAME: BackendName = BackendName::Flex;

    type Backend = Autodiff<Burn>;

    fn find_nth(_place: usize) -> Result<(Device<Self>, String), MissingDevice> {
        Ok((FlexDevice, describe_cpu()))
    }
}
