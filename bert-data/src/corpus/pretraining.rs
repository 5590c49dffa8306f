//! The sequences of a part of a corpus, with fresh masks each time.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::copies::copy;
use super::instances::{Instance, plan};
use super::store::Array;
use super::{CorpusError, MaskingConfig, Part, ShuffledBatches, TokenizedCorpus};
use crate::batch::Padding;
use crate::batch::shuffle::SplitMix64;

/// How a corpus is cut into sequences. Names and defaults are those of create_pretraining_data.py
/// of google-research/bert where it has them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PretrainingConfig {
    /// Longest sequence in tokens, special tokens included: 128.
    pub max_seq_length: usize,
    /// Share of sequences that are made shorter, of any length from two tokens up: 0.1. Google
    /// draws once a document; here, as in Megatron-LM, once a sequence, so that a corpus of a few
    /// long documents has its share, too.
    pub short_seq_probability: f64,
    /// How often the training part is cut into sequences, each time otherwise and with other random
    /// Bs: 1; Google's 10. Pairs that come again in every epoch are soon known by heart.
    pub dupe_factor: usize,
    /// Share of the random Bs that come from another place of A's document: 0, as in Google's. From
    /// another document they are often told by their style alone; from the same one, only by what
    /// they are about.
    pub same_document_share: f64,
    /// Share of the training part's sequences whose B is a copy of A, with tokens of another place
    /// of the document in some of its places, and counts as following A if half of it is A's: 0.
    /// Tasks on pairs are about words that both segments have, which little text does not teach a
    /// small model otherwise.
    pub copy_share: f64,
    /// Whether sequences are pairs for next-sentence prediction: true. Otherwise each is one
    /// segment, the next tokens of a document wherever sentences end.
    pub next_sentence: bool,
    /// Share of documents that is held out: 0.05.
    pub held_out_share: f64,
    /// Decides what is random in the cutting: 42. Masks have their own.
    pub seed: u64,
    /// Which tokens are predicted.
    pub masking: MaskingConfig,
}

impl Default for PretrainingConfig {
    fn default() -> Self {
        Self {
            max_seq_length: 128,
            short_seq_probability: 0.1,
            dupe_factor: 1,
            same_document_share: 0.0,
            copy_share: 0.0,
            next_sentence: true,
            held_out_share: 0.05,
            seed: 42,
            masking: MaskingConfig::default(),
        }
    }
}

/// One sequence to learn from: `[CLS] A [SEP] B [SEP]`, or `[CLS] A [SEP]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PretrainingExample {
    /// Token ids as the model sees them, special tokens included.
    pub input_ids: Vec<u32>,
    /// Segment of each token: 0 up to and including the first `[SEP]`, 1 after it.
    pub token_type_ids: Vec<u32>,
    /// Places in `input_ids` of the tokens to predict, ascending; one at least.
    pub masked_positions: Vec<usize>,
    /// The token of the text at each of these places.
    pub masked_labels: Vec<u32>,
    /// 0 if B follows A in the text, 1 if it does not, as in Hugging Face's `next_sentence_label`;
    /// `None` without B.
    pub next_sentence_label: Option<u32>,
}

/// The training sequences of one part of a corpus.
///
/// Where each sequence is in the corpus is planned once and kept in the corpus's cache folder, 24
/// bytes a sequence; the masks are drawn when a sequence is asked for. So memory does not grow
/// with the corpus. Pairs for next-sentence prediction follow `create_instances_from_document` in
/// create_pretraining_data.py of google-research/bert: sentences of a document are taken until
/// the sequence is full and split at random into A and B; half of the Bs are replaced by
/// sentences of another document of the same part, and what was to be B comes again later; then
/// the longer loses tokens at either end until both fit. As there, a sentence that fills a
/// sequence alone always has a random B, so rather more than half of the Bs are random. On
/// request, random Bs come from [A's document](PretrainingConfig::same_document_share), too, and
/// Bs are [copies of A](PretrainingConfig::copy_share).
pub struct PretrainingCorpus {
    corpus: Arc<TokenizedCorpus>,
    config: PretrainingConfig,
    part: Part,
    instances: Array<Instance>,
    fingerprint: u64,
}

impl PretrainingCorpus {
    /// Plans the sequences of a part, or opens their plan if it is in the cache folder.
    ///
    /// # Errors
    /// If a number of `config` is out of range, the part has too few documents (one; two for
    /// pairs), or the cache folder cannot be written.
    pub fn open(
        corpus: Arc<TokenizedCorpus>,
        config: PretrainingConfig,
        part: Part,
    ) -> Result<Self, CorpusError> {
        config.masking.check()?;
        let (instances, fingerprint) = plan(&corpus, &config, part)?;
        Ok(Self {
            corpus,
            config,
            part,
            instances,
            fingerprint,
        })
    }

    /// Number of sequences.
    pub fn len(&self) -> usize {
        self.instances.len()
    }

    /// Whether there is no sequence; never, as a document makes one.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Tokens of a sequence, special tokens included.
    ///
    /// # Panics
    /// If `index` is not below [`len`](Self::len).
    pub fn length(&self, index: usize) -> usize {
        self.instances.get(index).len()
    }

    /// The choices it was opened with.
    pub fn config(&self) -> &PretrainingConfig {
        &self.config
    }

    /// The part of the corpus.
    pub fn part(&self) -> Part {
        self.part
    }

    /// The corpus.
    pub fn corpus(&self) -> &Arc<TokenizedCorpus> {
        &self.corpus
    }

    /// A number that stands for the corpus, the tokenizer and how sequences are cut; not for the
    /// masks.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// A sequence with masks, and with a mixture where it has a copy, that are a pure function of
    /// (`index`, `seed`): an epoch that passes another seed sees others.
    ///
    /// # Panics
    /// If `index` is not below [`len`](Self::len).
    pub fn example(&self, index: usize, seed: u64) -> PretrainingExample {
        let instance = self.instances.get(index);
        let special = self.corpus.special();
        let mut sequence = Sequence {
            input_ids: Vec::with_capacity(instance.len()),
            words: Vec::with_capacity(instance.len()),
        };
        sequence.input_ids.push(special.cls);
        self.push_segment(&mut sequence, instance.a());
        let mut token_type_ids = vec![0; sequence.input_ids.len()];
        let mut random = SplitMix64::of_epoch(seed, index as u64);
        let next_sentence_label = instance.b().map(|b| {
            if instance.is_copy() {
                let copied = copy(instance.a(), b, &mut random);
                self.push_segment(&mut sequence, copied.places);
                u32::from(copied.is_mostly_other)
            } else {
                self.push_segment(&mut sequence, b);
                u32::from(instance.is_random_next())
            }
        });
        token_type_ids.resize(sequence.input_ids.len(), 1);
        let Sequence {
            mut input_ids,
            words,
        } = sequence;
        let masking = self.config.masking;
        let (masked_positions, masked_labels) =
            masking.mask(&mut input_ids, words, special, &mut random);
        PretrainingExample {
            input_ids,
            token_type_ids,
            masked_positions,
            masked_labels,
            next_sentence_label,
        }
    }

    /// The batches of one epoch, a pure function of the arguments; see [`ShuffledBatches`].
    pub fn train_batches(
        &self,
        batch_size: NonZeroUsize,
        padding: Padding,
        seed: u64,
        epoch: u64,
    ) -> ShuffledBatches<impl Fn(usize) -> usize> {
        let length = |index| self.length(index);
        ShuffledBatches::new(self.len(), length, batch_size, padding, seed, epoch)
    }

    /// Adds tokens of the corpus and a `[SEP]`.
    fn push_segment(&self, sequence: &mut Sequence, places: impl IntoIterator<Item = u64>) {
        let special = self.corpus.special();
        let first = sequence.input_ids.len();
        let mut next_place = None;
        for (at, place) in (first..).zip(places) {
            let token = self.corpus.token(place);
            // A piece that follows another text's token is a word of its own.
            let together =
                self.config.masking.whole_word_mask && token.continues && next_place == Some(place);
            next_place = Some(place + 1);
            sequence.input_ids.push(token.id);
            // A text can spell "[SEP]" out, and its tokenizer takes that for the token.
            if token.id == special.cls || token.id == special.sep {
                continue;
            }
            match sequence.words.last_mut() {
                Some(word) if together && word.end == at => word.end += 1,
                _ => sequence.words.push(at..at + 1),
            }
        }
        sequence.input_ids.push(special.sep);
    }
}

struct Sequence {
    input_ids: Vec<u32>,
    /// Places of the tokens that can be predicted, together or not at all.
    words: Vec<Range<usize>>,
}

#[cfg(test)]
mod tests;
