//! Labels of a sentence or a pair of sentences: one of several classes, any number of them, or a
//! number.
//!
//! - [`BertForSequenceClassification`]: the model: BERT, dropout, a linear layer on `[CLS]`;
//!   [`BertForNextSentencePrediction`]: the same with the head that BERT was pretrained with.
//! - `decision`: what the scores of a text come to, by what its labels mean.
//! - `loss`, `step`: the loss, a training pass and an evaluation pass over a batch,
//!   [`SequenceOutput`].
//! - [`SequenceEvaluation`]: the scores of a whole split.
//! - `details`: its confusion matrix and hardest examples, for displays.
//! - [`SequenceHead`]: all of this as [`fit`](crate::training::fit) and
//!   [`evaluate`](crate::training::evaluate) know it.
//! - [`Classifier`]: labels from a saved folder.

#[cfg(feature = "train")]
mod class_weights;
mod classifier;
mod decision;
#[cfg(feature = "train")]
mod details;
#[cfg(feature = "train")]
mod evaluation;
#[cfg(feature = "train")]
mod head;
#[cfg(feature = "train")]
mod loss;
#[cfg(feature = "train")]
mod metrics;
mod model;
mod onnx;
mod pooling;
#[cfg(feature = "train")]
mod step;
#[cfg(feature = "train")]
mod trainer;

#[cfg(feature = "train")]
pub(crate) use class_weights::weights_of;
pub use classifier::{Classification, Classifier, TextPrediction};
#[cfg(feature = "train")]
pub use evaluation::SequenceEvaluation;
#[cfg(feature = "train")]
pub use head::{SequenceHead, Threshold};
#[cfg(feature = "train")]
pub(crate) use loss::loss;
#[cfg(feature = "train")]
pub use metrics::metrics;
pub use model::{
    BertForNextSentencePrediction, BertForSequenceClassification, BertOnlyNSPHead, PreparedLogits,
    SequenceModel,
};
#[cfg(feature = "train")]
pub use step::{SequenceOutput, SequencePass};
