//! Which examples go together, and how they lie in memory.
//!
//! - [`Padding`] is the choice: how far rows are filled up, and so how much work is wasted.
//! - [`train_batches`] and [`eval_batches`] give the batches of one pass as lists of indices.
//! - `shuffle` is the random order behind training: a pure function of (seed, epoch).
//! - [`PaddedBatch`] is one batch laid out as rows of equal length.

mod padded;
mod padding;
mod plan;
pub(crate) mod shuffle;

pub use padded::PaddedBatch;
pub use padding::Padding;
pub use plan::{eval_batches, train_batches};

/// Label of an example that has none. Hugging Face and PyTorch ignore it in losses, too.
pub const NO_LABEL: i64 = -100;
