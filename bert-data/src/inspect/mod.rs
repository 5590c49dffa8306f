//! A look at data before a training.
//!
//! - [`InspectedSplit`] is what is looked at: the examples of a split, each with its file and line.
//! - [`DataReport`] is what is found, in numbers and names: `same_text` finds repeats,
//!   contradictions and leaks, `labels` and `numbers` count labels, `lengths` and `unknown` tokens,
//!   `text_faults` and `mojibake` texts that went wrong.

mod labels;
mod lengths;
mod mojibake;
mod numbers;
mod report;
mod same_text;
mod split;
#[cfg(test)]
mod test_data;
mod text_faults;
mod unknown;

pub use labels::{ClassCount, ClassReport, LabelReport, LoneClass};
pub use lengths::{LengthBin, LengthReport};
pub use numbers::{NumberBin, NumberReport};
pub use report::{DataReport, SplitReport};
pub use same_text::{Contradictions, Leak, Occurrence, Repeats, SameText};
pub use split::{FoundRows, InspectedSplit, Place};
pub use text_faults::{FaultReport, TextFault};
pub use unknown::{UnknownReport, UnknownWord};
