//! Which examples go together, and how they lie in memory.
//!
//! - [`Padding`] is the choice: how far rows are filled up, and so how much work is wasted.
//! - [`train_batches`] and [`eval_batches`] give the batches of one pass as lists of indices;
//!   [`token_batches`] those of a pass by how many tokens there are in one, not rows.
//! - `shuffle` is the random order behind training: a pure function of (seed, epoch).
//! - [`PaddedBatch`] is sequences laid out as rows of equal length; [`Batch`] is some examples: such
//!   rows, and what is known of each example.

mod labelled;
mod padded;
mod padding;
mod plan;
pub(crate) mod shuffle;

pub use labelled::Batch;
pub use padded::PaddedBatch;
pub use padding::Padding;
pub use plan::{eval_batches, token_batches, train_batches};

/// Label of a sequence or a token that has none. Hugging Face and PyTorch ignore it in losses, too.
pub const NO_LABEL: i64 = -100;
