//! Token classification: sentences whose words have tags.
//!
//! - [`read_tagged`] reads the files of a split as [`TaggedData`], and [`TagReader`] one file, of any
//!   [`TagFormat`]: `conll` has columns, `rows` JSON lines and Parquet; `spans` makes tags of spans of
//!   characters, and `words` finds the words of a text. A [`TagReport`] counts what was mended.
//! - A [`TaggedSentence`] is words with their tags, and where they stand in a file.
//! - A [`TagScheme`] is the way in which tags write entities: IOB2 and its relatives. [`entities`]
//!   reads them from tags as seqeval does; [`convert`](TagScheme::convert) writes tags of one scheme
//!   in another.
//! - [`TagNames`] are the tags that a model tells apart.
//! - [`EncodedTags`] are sentences as tokens: `pieces` has the words cut into word pieces, `windows`
//!   the rows of a sentence that is longer than the model. [`TokenLabels`] say which token stands
//!   for which word, and what is learned of it.
//!
//! What is wrong is a [`TagError`] with file and line, and what to do.
//!
//! ```
//! use bert_data::table::LabelUse;
//! use bert_data::tags::{EncodedTags, TagOptions, entities, read_tagged};
//! # use bert_data::{BertTokenizer, Casing};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let (vocab_txt, train_conll) = (dir.path().join("vocab.txt"), dir.path().join("train.conll"));
//! # std::fs::write(&vocab_txt, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nin\nnew\nyo\n##rk\n")?;
//! # std::fs::write(&train_conll, "In\tO\nNew\tI-LOC\nYork\tI-LOC\n")?;
//! let tokenizer = BertTokenizer::from_vocab(&vocab_txt, Casing::Uncased)?;
//! let data = read_tagged(&[train_conll], &TagOptions::default(), LabelUse::Required)?;
//! let names = data.names()?;
//! assert_eq!(names.names(), ["B-LOC", "I-LOC", "O"]);
//!
//! let encoded = EncodedTags::encode_tags(&tokenizer, &data.sentences, &names, 128, 32, false)?;
//! let labels = encoded.labels()[0].as_ref().ok_or("every sentence has labels")?;
//! // [CLS] in new yo ##rk [SEP]
//! assert_eq!(labels.classes[0], [None, Some(2), Some(0), Some(1), None, None]);
//! assert_eq!(labels.places[0][2].token, 3);
//!
//! let tags = data.sentences[0].tags.as_ref().ok_or("the file has tags")?;
//! assert_eq!((entities(tags)[0].kind, entities(tags)[0].words.clone()), ("LOC", 1..3));
//! # Ok(())
//! # }
//! ```

mod conll;
mod encode;
mod entities;
mod error;
mod format;
mod labels;
mod names;
mod options;
mod read;
mod reader;
mod report;
mod rows;
mod scheme;
mod sentence;
mod span_error;
mod spans;
mod windows;
mod words;

pub use encode::EncodedTags;
pub use entities::{Entity, entities, entities_of};
pub use error::TagError;
pub use format::TagFormat;
pub use labels::{LostWords, TokenLabels, WordPlace};
pub use names::TagNames;
pub use options::TagOptions;
pub use read::{TaggedData, read_tagged};
pub use reader::TagReader;
pub use report::{Counted, TagReport};
pub use scheme::TagScheme;
pub use sentence::{Source, SourceText, TaggedSentence};
pub use span_error::SpanError;
pub use words::words_of;
