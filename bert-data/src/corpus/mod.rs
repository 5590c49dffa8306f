//! Plain text for pretraining: masked language modelling and next-sentence prediction.
//!
//! - [`TextReader`] streams files as documents of sentences, one sentence or one paragraph a line,
//!   a blank line between documents; [`split_sentences`] finds the sentences of a paragraph.
//! - [`train_vocabulary`] makes a WordPiece vocabulary of them.
//! - [`TokenizedCorpus`] is the text as token ids in a cache folder (`store` is its files), made
//!   once and mapped into memory.
//! - [`PretrainingCorpus`] is one [`Part`] of it as training sequences: `instances` plans where
//!   they are, `copies` makes the segments that nobody wrote, [`MaskingConfig`] says what is hidden
//!   in them, and [`PretrainingBatch`] is some of them laid out as rows.
//! - [`ShuffledBatches`] is the order of an epoch, from a [`Permutation`] that needs no memory.
//! - [`nsp_pairs`] makes [`PairExample`](crate::PairExample)s for next-sentence fine-tuning.
//!
//! Nothing here takes more memory for a larger text but the words of a vocabulary's training and
//! the list of documents in [`nsp_pairs`]. Everything random is a pure function of a seed, and
//! nothing depends on the number of threads.
//!
//! ```
//! use std::num::NonZeroUsize;
//! use std::sync::Arc;
//!
//! use bert_data::Padding;
//! use bert_data::corpus::{
//!     Part, PretrainingConfig, PretrainingCorpus, TextLayout, TokenizedCorpus, VocabularyConfig,
//!     train_vocabulary,
//! };
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let (text, cache) = (dir.path().join("text.txt"), dir.path().join("cache"));
//! # std::fs::write(&text, "The cat sat. It purred.\n\nThe dog ran. It barked.\n")?;
//! let files = [text];
//! let tokenizer = train_vocabulary(&files, &VocabularyConfig::default())?;
//! let corpus = TokenizedCorpus::open(&files, TextLayout::Paragraphs, &tokenizer, cache)?;
//! let config = PretrainingConfig {
//!     held_out_share: 0.0,
//!     ..PretrainingConfig::default()
//! };
//! let train = PretrainingCorpus::open(Arc::new(corpus), config, Part::Train)?;
//!
//! let batch_size = NonZeroUsize::new(32).ok_or("a batch needs a row")?;
//! for (seed, epoch) in [(7, 0), (8, 1)] {
//!     for indices in train.train_batches(batch_size, Padding::Grouped, 42, epoch) {
//!         let batch = train.batch(&indices, Padding::Grouped, seed);
//!         assert_eq!(batch.masked_positions.len(), batch.masked_labels.len());
//!         assert_eq!(batch.next_sentence_labels.len(), batch.tokens.batch_size);
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod batch;
mod batches;
mod copies;
mod error;
mod instances;
mod masking;
mod nsp_pairs;
mod part;
mod permutation;
mod pretraining;
mod read;
mod sentences;
mod store;
mod tokenized;
mod vocabulary;

pub use batch::{PretrainingBatch, StepTotals};
pub use batches::ShuffledBatches;
pub use error::CorpusError;
pub use masking::MaskingConfig;
pub use nsp_pairs::{NSP_LABELS, NspPairsConfig, nsp_pairs};
pub use part::Part;
pub use permutation::Permutation;
pub use pretraining::{PretrainingConfig, PretrainingCorpus, PretrainingExample};
pub use read::{TextItem, TextLayout, TextReader, read_text};
pub use sentences::split_sentences;
pub use tokenized::TokenizedCorpus;
pub use vocabulary::{VocabularyConfig, train_vocabulary};
