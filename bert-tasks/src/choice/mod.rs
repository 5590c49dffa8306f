//! The right one of several choices, of any number.
//!
//! - [`BertForMultipleChoice`]: the model: BERT on each choice with its context, dropout, one score.
//! - `step`: the loss (cross entropy over the choices of a question), a training pass and an
//!   evaluation pass over a batch, [`ChoiceOutput`].
//! - [`ChoiceHead`], [`ChoiceEvaluation`]: what [`fit`](crate::training::fit) and
//!   [`evaluate`](crate::training::evaluate) know of it.
//! - [`Chooser`]: choices from a saved folder.

mod chooser;
#[cfg(feature = "train")]
mod head;
mod model;
mod onnx;
#[cfg(feature = "train")]
mod step;

pub use chooser::{Choice, Chooser};
#[cfg(feature = "train")]
pub use head::{ChoiceEvaluation, ChoiceHead};
pub use model::BertForMultipleChoice;
#[cfg(feature = "train")]
pub use step::ChoiceOutput;
