//! Which tokens of the corpus make each training sequence.

use std::ops::Range;

use super::error::{check, check_share};
use super::store::{Array, ArrayWriter, Record};
use super::{CorpusError, Part, PretrainingConfig, TokenizedCorpus};
use crate::batch::shuffle::{SplitMix64, mix};

/// How often B is not what follows A.
const RANDOM_NEXT: f64 = 0.5;
/// Marks in the length of B that B does not follow A.
const RANDOM_BIT: u32 = 1 << 31;
/// Marks in the length of B that B is mixed into a copy of A.
const COPY_BIT: u32 = 1 << 30;

/// One sequence: segments A and B, or A alone, as ranges of the corpus's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instance {
    a: u64,
    b: u64,
    a_len: u32,
    /// 0 where there is no B.
    b_len: u32,
}

impl Instance {
    pub(super) fn a(&self) -> Range<u64> {
        self.a..self.a + u64::from(self.a_len)
    }

    pub(super) fn b(&self) -> Option<Range<u64>> {
        let len = self.b_len & !(RANDOM_BIT | COPY_BIT);
        (len > 0).then(|| self.b..self.b + u64::from(len))
    }

    /// Whether B does not follow A: it comes from another document, or from another place of A's.
    pub(super) fn is_random_next(&self) -> bool {
        self.b_len & RANDOM_BIT != 0
    }

    /// Whether the second segment is a [`copy`](super::copies::copy) of A, with B as the other text.
    pub(super) fn is_copy(&self) -> bool {
        self.b_len & COPY_BIT != 0
    }

    /// Tokens, special tokens included.
    pub(super) fn len(&self) -> usize {
        let b = self.b().map_or(0, |b| b.end - b.start + 1);
        (u64::from(self.a_len) + 2 + b) as usize
    }
}

impl Record for Instance {
    type Bytes = [u8; 24];

    fn to_bytes(self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&self.a.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.b.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.a_len.to_le_bytes());
        bytes[20..].copy_from_slice(&self.b_len.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: [u8; 24]) -> Self {
        let [a, b, lengths] =
            [0, 8, 16].map(|at| u64::from_le_bytes(std::array::from_fn(|byte| bytes[at + byte])));
        Self {
            a,
            b,
            a_len: lengths as u32,
            b_len: (lengths >> 32) as u32,
        }
    }
}

/// Opens the plan for a part of the corpus in its cache folder, or makes it there.
///
/// It is a pure function of the corpus, the configuration and the part. Documents are gone
/// through in order, each with its own random numbers, and one instance is in memory at a time.
pub(super) fn plan(
    corpus: &TokenizedCorpus,
    config: &PretrainingConfig,
    part: Part,
) -> Result<(Array<Instance>, u64), CorpusError> {
    let least = if config.next_sentence { 5 } else { 3 };
    check(
        (least..=1 << 16).contains(&config.max_seq_length),
        "max_seq_length",
        config.max_seq_length,
        "from 5 (3 with `next_sentence: false`) to 65,536",
    )?;
    check(
        (1..=1000).contains(&config.dupe_factor),
        "dupe_factor",
        config.dupe_factor,
        "from 1 to 1,000",
    )?;
    check_share("short_seq_probability", config.short_seq_probability)?;
    check_share("same_document_share", config.same_document_share)?;
    check_share("copy_share", config.copy_share)?;
    check_share("held_out_share", config.held_out_share)?;
    let planner = Planner::new(corpus, config, part)?;
    let name = format!("instances-{part}-{}.bin", config.max_seq_length);
    let (path, fingerprint) = (corpus.folder().join(name), planner.fingerprint());
    let instances = match Array::open(&path, fingerprint) {
        Some(instances) => instances,
        None => planner.write(ArrayWriter::create(path, fingerprint)?)?,
    };
    Ok((instances, fingerprint))
}

struct Planner<'a> {
    corpus: &'a TokenizedCorpus,
    config: &'a PretrainingConfig,
    part: Part,
    /// Tokens of a full sequence, special tokens not counted.
    max_tokens: u64,
}

impl<'a> Planner<'a> {
    fn new(
        corpus: &'a TokenizedCorpus,
        config: &'a PretrainingConfig,
        part: Part,
    ) -> Result<Self, CorpusError> {
        let documents = corpus.num_documents_in(part, config.held_out_share);
        let needed = if config.next_sentence { 2 } else { 1 };
        if documents < needed {
            return Err(CorpusError::TooFewDocuments {
                part,
                documents: documents as u64,
                total: corpus.num_documents() as u64,
                needed: needed as u64,
                held_out_share: config.held_out_share,
                without_pairs: config.next_sentence && documents > 0,
            });
        }
        let special_tokens = if config.next_sentence { 3 } else { 2 };
        Ok(Self {
            corpus,
            config,
            part,
            max_tokens: (config.max_seq_length - special_tokens) as u64,
        })
    }

    fn fingerprint(&self) -> u64 {
        let choices = u64::from(self.config.next_sentence) << 1 | self.part as u64;
        [
            self.config.max_seq_length as u64,
            self.config.short_seq_probability.to_bits(),
            self.config.held_out_share.to_bits(),
            self.config.seed,
            self.rounds(),
            self.config.same_document_share.to_bits(),
            self.config.copy_share.to_bits(),
            choices,
        ]
        .into_iter()
        .fold(self.corpus.fingerprint(), |so_far, number| {
            mix(mix(so_far) ^ number)
        })
    }

    fn write(&self, mut writer: ArrayWriter<Instance>) -> Result<Array<Instance>, CorpusError> {
        for round in 0..self.rounds() {
            let seed = self.config.seed ^ mix(round);
            for document in (0..self.corpus.num_documents()).filter(|&at| self.has(at)) {
                let mut random = SplitMix64::of_epoch(seed, document as u64);
                if self.config.next_sentence {
                    self.pairs(document, &mut random, &mut writer)?;
                } else {
                    self.slices(document, &mut random, &mut writer)?;
                }
            }
        }
        writer.finish()
    }

    /// How often the part is cut anew; what is scored once.
    fn rounds(&self) -> u64 {
        match self.part {
            Part::Train => self.config.dupe_factor as u64,
            Part::HeldOut => 1,
        }
    }

    fn has(&self, document: usize) -> bool {
        self.corpus
            .contains(self.part, self.config.held_out_share, document)
    }

    /// Tokens to aim at: seldom fewer than a sequence holds.
    fn target(&self, random: &mut SplitMix64) -> u64 {
        if random.chance(self.config.short_seq_probability) {
            // A sequence of a single token has no room to be short.
            2.min(self.max_tokens) + random.below(self.max_tokens.saturating_sub(1).max(1))
        } else {
            self.max_tokens
        }
    }

    /// The next tokens of the document, again and again, wherever sentences end.
    fn slices(
        &self,
        document: usize,
        random: &mut SplitMix64,
        writer: &mut ArrayWriter<Instance>,
    ) -> Result<(), CorpusError> {
        let Range { start: mut a, end } = self.corpus.tokens_of(self.corpus.sentences(document));
        while a < end {
            let a_len = self.target(random).min(end - a);
            writer.push(Instance {
                a,
                b: 0,
                a_len: a_len as u32,
                b_len: 0,
            })?;
            a += a_len;
        }
        Ok(())
    }

    fn pairs(
        &self,
        document: usize,
        random: &mut SplitMix64,
        writer: &mut ArrayWriter<Instance>,
    ) -> Result<(), CorpusError> {
        let Range { mut start, end } = self.corpus.sentences(document);
        while start < end {
            let target = self.target(random);
            let chunk = self.fill(start, end, target);
            let split = match chunk.len() as u64 {
                1 => chunk.end,
                sentences => start + 1 + random.below(sentences - 1) as usize,
            };
            let mut a = self.corpus.tokens_of(start..split);
            if let Some(copy) = self.copy(document, start..split, random) {
                writer.push(copy)?;
                start = split;
                continue;
            }
            let is_random_next = split == chunk.end || random.chance(RANDOM_NEXT);
            let mut b = if is_random_next {
                let near = chunk.start..chunk.end.max(split + 1).min(end);
                let target = target.saturating_sub(len(&a));
                let b = self.random_next(document, &near, target, random);
                self.corpus.tokens_of(b)
            } else {
                self.corpus.tokens_of(split..chunk.end)
            };
            // What was to be B and is not comes again in the next sequence.
            start = if is_random_next { split } else { chunk.end };
            truncate(&mut a, &mut b, self.max_tokens, random);
            writer.push(Instance {
                a: a.start,
                b: b.start,
                a_len: len(&a) as u32,
                b_len: len(&b) as u32 | if is_random_next { RANDOM_BIT } else { 0 },
            })?;
        }
        Ok(())
    }

    /// Sentences from `start` on, as many as it takes to have `target` tokens; one at least.
    fn fill(&self, start: usize, end: usize, target: u64) -> Range<usize> {
        let mut stop = start + 1;
        while stop < end && len(&self.corpus.tokens_of(start..stop)) < target {
            stop += 1;
        }
        start..stop
    }

    /// Now and then, the sentences and others of the document, to be copied and mixed.
    fn copy(
        &self,
        document: usize,
        sentences: Range<usize>,
        random: &mut SplitMix64,
    ) -> Option<Instance> {
        if self.part == Part::HeldOut || !falls_to(self.config.copy_share, random) {
            return None;
        }
        let a = self.corpus.tokens_of(sentences.clone());
        let b = self.elsewhere_in(document, &sentences, len(&a), random)?;
        let b = self.corpus.tokens_of(b);
        let both = len(&a).min(len(&b)).min(self.max_tokens / 2) as u32;
        Some(Instance {
            a: a.start,
            b: b.start,
            a_len: both,
            b_len: both | COPY_BIT,
        })
    }

    /// Sentences that do not follow A: of another document, or not `near` in its own.
    fn random_next(
        &self,
        document: usize,
        near: &Range<usize>,
        target: u64,
        random: &mut SplitMix64,
    ) -> Range<usize> {
        falls_to(self.config.same_document_share, random)
            .then(|| self.elsewhere_in(document, near, target, random))
            .flatten()
            .unwrap_or_else(|| self.elsewhere(document, target, random))
    }

    /// Sentences from anywhere in another document of the part.
    fn elsewhere(&self, document: usize, target: u64, random: &mut SplitMix64) -> Range<usize> {
        let documents = self.corpus.num_documents() as u64;
        // It ends: the part has two documents at least.
        let other = loop {
            let other = random.below(documents) as usize;
            if other != document && self.has(other) {
                break other;
            }
        };
        let sentences = self.corpus.sentences(other);
        let start = sentences.start + random.below(sentences.len() as u64) as usize;
        self.fill(start, sentences.end, target)
    }

    /// Sentences from another place of the same document, where there is more of it than is `near`.
    fn elsewhere_in(
        &self,
        document: usize,
        near: &Range<usize>,
        target: u64,
        random: &mut SplitMix64,
    ) -> Option<Range<usize>> {
        let Range { start, end } = self.corpus.sentences(document);
        let places = (end - start) - near.len();
        if places == 0 {
            return None;
        }
        let place = start + random.below(places as u64) as usize;
        Some(if place < near.start {
            self.fill(place, near.start, target)
        } else {
            self.fill(place + near.len(), end, target)
        })
    }
}

fn len(tokens: &Range<u64>) -> u64 {
    tokens.end - tokens.start
}

/// No draw for a share of 0: such plans are as they were before there was a choice.
fn falls_to(share: f64, random: &mut SplitMix64) -> bool {
    share > 0.0 && random.chance(share)
}

/// Takes tokens off the longer segment, B on a tie, at its front or its back, until both together
/// have at most `max_tokens`.
fn truncate(a: &mut Range<u64>, b: &mut Range<u64>, max_tokens: u64, random: &mut SplitMix64) {
    while len(a) + len(b) > max_tokens {
        let longer = if len(a) > len(b) { &mut *a } else { &mut *b };
        if random.chance(0.5) {
            longer.start += 1;
        } else {
            longer.end -= 1;
        }
    }
}

#[cfg(test)]
mod tests;
