//! Tagged sentences as the training knows them.

use std::num::NonZeroUsize;

use bert_core::config::BertConfig;
use bert_data::batch::{Batch, Padding};
use bert_data::tags::{EncodedTags, LostWords, TagError, TagNames, TaggedSentence, TokenLabels};
use bert_data::{BertTokenizer, EncodingStatistics, TagScheme};
use crc32fast::Hasher;

use crate::training::{BatchPlan, Dataset, Outside, Target, TrainOrder};

/// Some sentences with the labels of their tokens.
pub type TokenBatch = Batch<TokenLabels>;

/// How sentences become tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenConfig {
    /// Longest row in tokens; longer sentences have several.
    pub max_seq_length: usize,
    /// Tokens that a row of such a sentence shares with the one before.
    pub stride: usize,
    /// Whether the further pieces of a word are learned, too.
    pub label_all_pieces: bool,
}

impl TokenConfig {
    /// Rows of so many tokens that share a quarter of them; the first piece of a word stands for
    /// it.
    pub fn new(max_seq_length: usize) -> Self {
        Self {
            max_seq_length,
            stride: max_seq_length / 4,
            label_all_pieces: false,
        }
    }
}

/// Sentences as people wrote them, and as tokens for a model.
#[derive(Debug)]
pub struct TokenSplit {
    sentences: Vec<TaggedSentence>,
    names: TagNames,
    /// Of each class, the tag that entities are read from.
    entity_tags: Vec<String>,
    encoded: EncodedTags,
}

impl TokenSplit {
    /// Encodes sentences whose tags have these names.
    ///
    /// # Errors
    /// See [`EncodedTags::encode_tags`].
    pub fn encode(
        tokenizer: &BertTokenizer,
        sentences: Vec<TaggedSentence>,
        names: &TagNames,
        config: TokenConfig,
    ) -> Result<Self, TagError> {
        let encoded = EncodedTags::encode_tags(
            tokenizer,
            &sentences,
            names,
            config.max_seq_length,
            config.stride,
            config.label_all_pieces,
        )?;
        Ok(Self {
            sentences,
            names: names.clone(),
            entity_tags: entity_tags(names),
            encoded,
        })
    }

    /// The sentences.
    pub fn sentences(&self) -> &[TaggedSentence] {
        &self.sentences
    }

    /// What their tags are called.
    pub fn names(&self) -> &TagNames {
        &self.names
    }

    /// What is known of the tokens of each sentence.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = &TokenLabels> {
        let labels = self.encoded.labels().iter();
        labels.map(|labels| labels.as_ref().expect("every sentence has them"))
    }

    /// What of the words no token stands for.
    pub fn lost_words(&self) -> LostWords {
        self.encoded.lost_words()
    }

    /// Whether the tags make entities: they have prefixes, or some words are outside. All others,
    /// such as parts of speech, are classes of words.
    pub fn has_entities(&self) -> bool {
        self.names.scheme() != TagScheme::Plain || self.names.outside().is_some()
    }

    /// The scheme of [`entity_tags`](Self::entity_tags).
    pub(super) fn entity_scheme(&self) -> TagScheme {
        match self.names.scheme() {
            TagScheme::Bilou => TagScheme::Iobes,
            scheme => scheme,
        }
    }

    /// For every word's class the tag that entities are read from.
    pub(super) fn entity_tags<'a>(&'a self, classes: &[usize]) -> Vec<&'a str> {
        let tag = |&class: &usize| self.entity_tags[class].as_str();
        classes.iter().map(tag).collect()
    }

    /// The name of every word's class.
    pub(super) fn tags<'a>(&'a self, classes: &[usize]) -> Vec<&'a str> {
        let name = |&class: &usize| self.names.name(class).unwrap_or_default();
        classes.iter().map(name).collect()
    }
}

/// BILOU is read as IOBES, which it is with two other letters: seqeval knows L and U in its strict
/// mode only.
fn entity_tags(names: &TagNames) -> Vec<String> {
    let tags = names.entity_tags().into_iter();
    let as_iobes = |tag: String| match tag.split_at_checked(1) {
        Some(("L", kind)) => format!("E{kind}"),
        Some(("U", kind)) => format!("S{kind}"),
        _ => tag,
    };
    match names.scheme() {
        TagScheme::Bilou => tags.map(as_iobes).collect(),
        _ => tags.collect(),
    }
}

impl Target for TokenLabels {
    fn update(&self, checksum: &mut Hasher) {
        for classes in &self.classes {
            classes.len().update(checksum);
            for class in classes {
                class.map_or(usize::MAX, |class| class).update(checksum);
            }
        }
    }
}

impl Dataset for TokenSplit {
    type Batch = TokenBatch;

    fn num_examples(&self) -> usize {
        self.encoded.num_examples()
    }

    fn train_batches(&self, order: TrainOrder) -> BatchPlan<'_> {
        self.encoded.train_batches(order)
    }

    fn eval_batches(&self, batch_size: NonZeroUsize, padding: Padding) -> BatchPlan<'_> {
        self.encoded.eval_batches(batch_size, padding)
    }

    fn batch(&self, examples: &[usize], padding: Padding, draw: u64) -> TokenBatch {
        Dataset::batch(&self.encoded, examples, padding, draw)
    }

    fn statistics(&self) -> EncodingStatistics {
        self.encoded.statistics()
    }

    fn max_seq_length(&self) -> usize {
        self.encoded.max_seq_length()
    }

    fn outside(&self, config: &BertConfig) -> Option<Outside> {
        self.encoded.outside(config)
    }

    fn update(&self, checksum: &mut Hasher) {
        self.encoded.update(checksum);
    }
}
