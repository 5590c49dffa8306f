//! Pure Rust on the CPU: the default, since it needs nothing installed.

use burn::backend::{Autodiff, Flex as Burn, flex::FlexDevice};

use super::{Device, MissingDevice, Plugin, describe_cpu};
use crate::allocator;

pub(super) struct Flex;

impl Plugin for Flex {
    type Backend = Autodiff<Burn>;

    fn find() -> Result<(Device<Self>, String), MissingDevice> {
        Ok((FlexDevice, describe_cpu()))
    }

    fn prepare() {
        allocator::keep_pages();
    }
}
