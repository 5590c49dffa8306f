//! The scores of any number of classes per row, as scikit-learn computes them.
//!
//! A row of predictions or labels lists its classes, in any order, and may have none; a class
//! listed twice counts once, and one beyond the number of classes that is asked for is one more.
//! The classes of a row of scores are those whose score reaches a threshold ([`above`]), and
//! [`best_threshold`] is the one that suits a split. Average precision does without: it judges how
//! the scores order the rows.

mod average_precision;
mod decisions;
mod sets;
mod threshold;

pub use average_precision::{average_precision_macro, average_precision_micro};
pub use sets::{average_scores, class_scores, f1_samples, hamming_loss, subset_accuracy};
pub use threshold::{above, best_threshold};
