//! The answer to a question as a span of a passage.
//!
//! - [`BertForQuestionAnswering`]: the model: BERT without a pooler, a linear layer on every token.
//! - `batch`: windows of passages as the training loop sees them.
//! - `step`: the loss (mean of the cross entropies of start and end), a training pass and an
//!   evaluation pass over a batch, [`SpanOutput`].
//! - [`decode`]: from the scores of all [`Window`]s of a question to its best answers, `nbest`.
//! - [`SpanSplit`]: questions with their windows; [`SpanEvaluation`]: the answers to all of them,
//!   and their scores, which [`metrics`](crate::metrics) computes.
//! - `details`: the hardest questions, for displays.
//! - [`SpanHead`]: all of this as [`fit`](crate::training::fit) and
//!   [`evaluate`](crate::training::evaluate) know it.
//! - [`QuestionAnswerer`]: answers from a saved folder.

mod answerer;
mod answers;
#[cfg(feature = "train")]
mod batch;
mod decode;
#[cfg(feature = "train")]
mod details;
#[cfg(feature = "train")]
mod evaluation;
#[cfg(feature = "train")]
mod head;
mod model;
mod nbest;
mod onnx;
mod scores;
mod split;
#[cfg(feature = "train")]
mod step;
#[cfg(feature = "train")]
mod trainer;
mod window;

pub use answerer::{Answer, AnswerOptions, Answers, QuestionAnswerer};
pub use decode::{DecodingOptions, decode};
#[cfg(feature = "train")]
pub use evaluation::SpanEvaluation;
#[cfg(feature = "train")]
pub use head::{METRICS, SpanHead};
pub use model::BertForQuestionAnswering;
pub use nbest::{Decoded, NBestEntry, PLACEHOLDER, nbest_json, null_odds_json, predictions_json};
pub use scores::SpanScores;
pub use split::SpanSplit;
#[cfg(feature = "train")]
pub use step::SpanOutput;
pub use window::{DecodeError, Window};
