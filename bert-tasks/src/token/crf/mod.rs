//! A linear-chain conditional random field on the scores of a sentence's words: the labels of
//! neighbours have scores, too, and a sentence has a probability for all its labels together.
//!
//! - [`Crf`]: its parameters, and the loss of some sentences.
//! - [`Chain`]: the parameters as numbers: sums over all labellings in log space, and the best one.
//! - [`Neighbours`]: which labels may follow each other, which decoding respects.
//!
//! Source: Lafferty et al. 2001; Lample et al. 2016, <https://arxiv.org/abs/1603.01360>. The names
//! of the parameters are those of the PyPI package pytorch-crf.

mod chain;
mod layer;
mod neighbours;

pub use chain::{Chain, Posterior};
pub use layer::Crf;
pub use neighbours::Neighbours;
