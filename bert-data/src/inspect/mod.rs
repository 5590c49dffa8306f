//! A look at data before a training.
//!
//! - [`InspectedSplit`] is what is looked at: the examples of a split, each with its file and line.
//! - [`DataReport`] is what is found, in numbers and names: `same_text` finds repeats,
//!   contradictions and leaks, `labels` and `numbers` count labels, `lengths` and `unknown` tokens,
//!   `text_faults` and `mojibake` texts that went wrong.
//! - `warnings` says what somebody should know before an hour is spent, `summary` so in three
//!   lines, and `render` all of it for a terminal, with `bars`.
//!
//! ```
//! use bert_data::inspect::{DataReport, InspectedSplit};
//! # use bert_data::table::{ColumnOptions, LabelUse};
//! # use bert_data::{BertTokenizer, Casing, LabelKind, TableOptions, read_tables};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let file = dir.path().join("train.csv");
//! # std::fs::write(&file, "text,label\nthe cat,yes\nthe cat,no\n")?;
//! # let vocab_txt = dir.path().join("vocab.txt");
//! # std::fs::write(&vocab_txt, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\n")?;
//! # let tokenizer = BertTokenizer::from_vocab(&vocab_txt, Casing::Uncased)?;
//! let columns = ColumnOptions::default();
//! let table = read_tables(&[file], &TableOptions::default(), &columns, LabelUse::Required)?;
//! let names = table.label_names(LabelKind::SingleLabel)?;
//! let examples = table.examples(LabelKind::SingleLabel, &names)?;
//!
//! let train = InspectedSplit::of_table("train", &table, &examples);
//! let report = DataReport::inspect(&[train], names.names(), &tokenizer, 128)?;
//! assert_eq!(report.splits[0].contradictions.texts, 1);
//! assert!(report.warnings()[0].starts_with("1 text of train has different labels"));
//! # Ok(())
//! # }
//! ```

mod bars;
mod labels;
mod lengths;
mod mojibake;
mod numbers;
mod render;
mod report;
mod same_text;
mod split;
mod summary;
#[cfg(test)]
mod test_data;
#[cfg(test)]
mod tests;
mod text_faults;
mod unknown;
mod warnings;

pub use labels::{ClassCount, ClassReport, LabelReport, LoneClass};
pub use lengths::{LengthBin, LengthReport};
pub use numbers::{NumberBin, NumberReport};
pub use report::{DataReport, SplitReport};
pub use same_text::{Contradictions, Leak, Occurrence, Repeats, SameText};
pub use split::{FoundRows, InspectedSplit, Place};
pub use text_faults::{FaultReport, TextFault};
pub use unknown::{UnknownReport, UnknownWord};
