//! BERT's operations on slices of f32, for the backends whose tensors lie in this process's memory.
//!
//! - [`Host`]: from a backend's tensors to slices and back, without copies.
//! - `operations`: on tensors, for every [`Host`]; `backend`: the whole
//!   [`BertBackend`](super::BertBackend) of a [`HostBackend`].
//! - `simd`: how a loop is compiled for the vector instructions of the machine it runs on.
//! - `matmul`: matrix products. `packed`: those of inference, with weights that were packed once,
//!   in `tiles` as large as the registers.
//! - `lengths`: what the slices of a kernel have to be to one another.
//! - `attention`, `activation`, `layer_norm`, `embeddings`, `cross_entropy`, `adamw`: one file an
//!   operation, forward and backward. `ragged`: attention without padding. `reduce`, `weighted`: sums, and gradients with weights.
//!
//! All are parallel over rows. How rows are dealt out depends on the shape only, never on the
//! number of threads, so sums are added in the same order everywhere and a run is reproducible.

mod activation;
pub(super) mod adamw;
mod attention;
mod backend;
#[cfg(feature = "blas")]
mod blas;
mod buffer;
mod cross_entropy;
mod embeddings;
mod host;
mod layer_norm;
mod lengths;
mod matmul;
pub(super) mod operations;
pub(super) mod packed;
mod ragged;
mod reduce;
mod simd;
#[cfg(test)]
mod tests;
mod tiles;
mod weighted;

pub use backend::HostBackend;
pub use host::Host;
