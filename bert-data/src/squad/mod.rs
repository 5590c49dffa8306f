//! Questions on passages, as SQuAD has them: from its JSON to windows of tokens.
//!
//! - `json` is the shapes of a file, `file` reads one and names its places, for messages;
//!   `parquet`, behind a feature, has the rows of Parquet as the same shapes.
//! - [`read_squad`] makes [`SquadExample`]s of a file. What is wrong with a question or an answer
//!   goes into a [`SquadReport`]; [`BadExamples`] says what to do about it. `answer` finds where
//!   an answer is.
//! - `window` cuts a long passage into overlapping windows and finds an answer's tokens in one.
//! - [`EncodedSquad`] keeps a whole split encoded, and gives the windows one by one as
//!   [`SpanFeature`]s: `[CLS] question [SEP] passage [SEP]`, with the way back to the passage's
//!   text. [`SpanBatch`] is a batch of them.
//!
//! Every place in a text is a range of bytes of the original passage, on character boundaries: an
//! answer is always `&context[range]`, never a text put together from tokens.
//!
//! ```
//! use bert_data::squad::{BadExamples, EncodedSquad, SpanConfig, read_squad};
//! use bert_data::{BertTokenizer, Casing};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let (vocab_txt, train_json) = (dir.path().join("vocab.txt"), dir.path().join("train.json"));
//! # std::fs::write(&vocab_txt, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nwho\nsat\nthe\ncat\n?\n.\n")?;
//! # std::fs::write(
//! #     &train_json,
//! #     r#"{"data": [{"title": "Cats", "paragraphs": [{"context": "The cat sat.", "qas": [
//! #         {"id": "1", "question": "Who sat?", "answers": [{"text": "cat", "answer_start": 4}]}
//! #     ]}]}]}"#,
//! # )?;
//! let tokenizer = BertTokenizer::from_vocab(&vocab_txt, Casing::Uncased)?;
//! let (examples, report) = read_squad(&train_json, BadExamples::Correct)?;
//! assert!(report.issues.is_empty(), "{report}");
//! let split = EncodedSquad::encode(&tokenizer, &examples, SpanConfig::default(), |_done| {})?;
//!
//! let feature = split.feature(0); // [CLS] who sat ? [SEP] the cat sat . [SEP]
//! assert_eq!((feature.start, feature.end), (6, 6));
//! assert_eq!(feature.cut(feature.start, feature.end), Some("cat"));
//! # Ok(())
//! # }
//! ```

mod answer;
mod batch;
mod encode;
mod error;
mod example;
mod feature;
mod file;
mod json;
#[cfg(feature = "parquet")]
mod parquet;
mod read;
mod report;
mod window;

pub use batch::SpanBatch;
pub use encode::EncodedSquad;
pub use error::SquadError;
pub use example::{Answer, SquadExample};
pub use feature::SpanFeature;
pub use file::{JsonPath, Root};
pub use read::read_squad;
pub use report::{BadExamples, Issue, Problem, Remedy, SquadReport};
pub use window::SpanConfig;
