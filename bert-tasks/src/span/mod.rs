//! The answer to a question as a span of a passage.
//!
//! - [`BertForQuestionAnswering`]: the model: BERT without a pooler, a linear layer on every token.
//! - `batch`: windows of passages as the training loop sees them.
//! - `step`: the loss (mean of the cross entropies of start and end), a training pass and an
//!   evaluation pass over a batch, [`SpanOutput`].
//! - [`decode`]: from the scores of all [`Window`]s of a question to its best answers, `nbest`.
//!
//! The scores of a whole split are in [`metrics`](crate::metrics).

mod batch;
mod decode;
mod model;
mod nbest;
mod step;
mod window;

pub use decode::{DecodingOptions, decode};
pub use model::BertForQuestionAnswering;
pub use nbest::{Decoded, NBestEntry, PLACEHOLDER, nbest_json, null_odds_json, predictions_json};
pub use step::SpanOutput;
pub use window::{DecodeError, Window};
