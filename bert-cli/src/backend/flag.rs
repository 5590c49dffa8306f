//! `--backend`.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::BackendName;

/// What `--backend` takes: the names of all backends, with a word on each for `--help`.
pub fn backend_flag() -> impl TypedValueParser<Value = BackendName> {
    use BackendName::{Cuda, Flex, Ndarray, TchCpu, TchGpu, Wgpu};

    let values = [Flex, Ndarray, TchCpu, TchGpu, Wgpu, Cuda]
        .map(|name| PossibleValue::new(name.as_str()).help(name.description()));
    PossibleValuesParser::new(values).try_map(|name| name.parse())
}
