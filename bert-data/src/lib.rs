//! From text to batches for BERT.
//!
//! The way of the data, one module a step:
//!
//! 1. [`glue`] reads a benchmark's files into [`PairExample`]s: a sentence or two, and a label.
//!    [`table`] does so for any table of texts with labels.
//! 2. [`tokenizer`] opens a vocabulary: [`BertTokenizer`], the same ids as Hugging Face's.
//! 3. [`encode`] turns a pair into `[CLS] A [SEP] B [SEP]`, cut to a length: an [`Encoding`].
//! 4. [`dataset`] keeps a whole split encoded: an [`EncodedDataset`]; [`statistics`] says what was
//!    unknown or cut.
//! 5. [`batch`] decides which examples go together ([`train_batches`], [`eval_batches`]) and
//!    lays each group out as padded rows, a [`PaddedBatch`] of plain vectors, with what is known of
//!    each example, its [`Label`]: a [`Batch`].
//!
//! [`squad`] goes this way for questions on passages: it reads their files, cuts long passages into
//! windows, and keeps the way back from tokens to the passage's text. [`choice`] goes it for
//! questions with choices, [`tags`] for sentences whose words have tags. [`corpus`] goes it for plain
//! text of any size: it makes a vocabulary, token ids on disk, and sequences for pretraining.
//!
//! [`inspect`] looks at examples before a training, and says what is wrong with them.
//!
//! Nothing here knows of heads, training or tensors. Nothing prints or panics on what comes from
//! outside: a bad file is a [`DataError`], a [`TableError`], a [`SquadError`], a [`TagError`], a
//! [`CorpusError`] or a [`TokenizerError`] that says what is wrong, where, and what to do. The order of an epoch is a
//! pure function of (seed, epoch), so a run can be resumed at any step.
//!
//! ```
//! use bert_data::{
//!     BertTokenizer, Casing, EncodedDataset, GlueTask, Padding, Split, read_split, train_batches,
//! };
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let vocab_txt = dir.path().join("vocab.txt");
//! # std::fs::write(&vocab_txt, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\nsat\n.\n")?;
//! # let data_dir = dir.path();
//! # std::fs::write(
//! #     data_dir.join("train.tsv"),
//! #     "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n\
//! #      1\t1\t2\tThe cat sat.\tThe cat sat.\n0\t3\t4\tThe cat.\tThe mat sat.\n",
//! # )?;
//! let tokenizer = BertTokenizer::from_vocab(&vocab_txt, Casing::Uncased)?;
//! let examples = read_split(GlueTask::Mrpc, data_dir, Split::Train)?;
//! let dataset = EncodedDataset::encode(&tokenizer, &examples, 128)?;
//!
//! let batch_size = std::num::NonZeroUsize::new(32).ok_or("a batch needs a row")?;
//! for indices in train_batches(dataset.lengths(), batch_size, Padding::Grouped, 42, 0) {
//!     let batch = dataset.batch(&indices, Padding::Grouped);
//!     let tokens = batch.tokens;
//!     assert_eq!((tokens.batch_size, tokens.seq_len), (2, 11)); // [CLS] A [SEP] B [SEP]
//!     assert_eq!(tokens.input_ids.len(), tokens.batch_size * tokens.seq_len);
//! }
//! # Ok(())
//! # }
//! ```
#![warn(missing_docs)]

pub mod batch;
pub mod choice;
pub mod corpus;
pub mod dataset;
pub mod encode;
pub mod error;
pub mod example;
mod foreign;
pub mod glue;
pub mod inspect;
pub mod label;
#[cfg(feature = "parquet")]
mod parquet_features;
#[cfg(feature = "parquet")]
mod parquet_file;
pub mod squad;
pub mod statistics;
pub mod table;
pub mod tags;
mod text;
pub mod tokenizer;
pub mod windows;

pub use batch::{Batch, PaddedBatch, Padding, eval_batches, train_batches};
pub use choice::{ChoiceBatch, ChoiceError, ChoiceExample, EncodedChoices, read_choices};
pub use corpus::{CorpusError, PretrainingBatch, PretrainingCorpus, TokenizedCorpus};
pub use dataset::EncodedDataset;
pub use encode::Encoding;
pub use error::{LineLooks, UnknownName};
pub use example::PairExample;
pub use foreign::Foreign;
pub use glue::{
    DataError, GlueRead, GlueTask, ShortRows, Split, read_file, read_file_with, read_named,
    read_split, read_split_with,
};
pub use inspect::{DataReport, InspectedSplit};
pub use label::{Label, Span};
pub use squad::{
    BadExamples, EncodedSquad, SpanBatch, SpanConfig, SpanFeature, SquadError, SquadExample,
    read_squad,
};
pub use statistics::EncodingStatistics;
pub use table::{
    LabelKind, LabelNames, Table, TableError, TableFormat, TableOptions, TableReader, TableWriter,
    read_tables,
};
pub use tags::{
    EncodedTags, TagError, TagFormat, TagNames, TagOptions, TagScheme, TaggedData, TaggedSentence,
    TokenLabels, read_tagged,
};
pub use tokenizer::{BertTokenizer, Casing, CasingGuess, TokenizerError};
pub use windows::{Pooling, Windows};
