//! The answer to a question as a span of a passage.
//!
//! - [`BertForQuestionAnswering`]: the model: BERT without a pooler, a linear layer on every token.
//! - [`SpanBatch`]: windows with the places of their answers.
//! - `step`: the loss (mean of the cross entropies of start and end), a training pass and an
//!   evaluation pass over a batch, [`SpanOutput`].

mod batch;
mod model;
mod step;

pub use batch::SpanBatch;
pub use model::BertForQuestionAnswering;
pub use step::SpanOutput;
