//! Which documents are trained on and which are held out.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::batch::shuffle::mix;

/// A part of a corpus. The two parts share no document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Documents to train on.
    Train,
    /// Documents to evaluate on.
    HeldOut,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Train => "train",
            Self::HeldOut => "held-out",
        })
    }
}

impl Part {
    /// Whether a document is in this part, when `held_out_share` of all documents are held out.
    ///
    /// It depends on the document's text alone. So equal documents are in one part, documents
    /// that come or go move no other, and a larger share keeps held out what a smaller one does.
    pub(super) fn contains(self, document: u64, held_out_share: f64) -> bool {
        let uniform = (mix(document) >> 11) as f64 / (1u64 << 53) as f64;
        (uniform < held_out_share) == (self == Self::HeldOut)
    }
}

/// Takes in the sentences of a document and gives a number that stands for its text.
#[derive(Default)]
pub(super) struct DocumentHash {
    crc: crc32fast::Hasher,
    bytes: u64,
}

impl DocumentHash {
    pub(super) fn update(&mut self, sentence: &str) {
        self.crc.update(sentence.as_bytes());
        self.crc.update(b"\n");
        self.bytes += sentence.len() as u64 + 1;
    }

    /// The number of the document so far; the next sentence begins another.
    pub(super) fn take(&mut self) -> u64 {
        let Self { crc, bytes } = std::mem::take(self);
        u64::from(crc.finalize()) << 32 ^ bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_held_out_and_the_rest_trained_on() {
        let documents = 0..20_000;
        let held_out = |share| {
            documents
                .clone()
                .filter(|&d| Part::HeldOut.contains(d, share))
                .collect::<Vec<u64>>()
        };
        let small = held_out(0.05);
        // 1000 expected with a standard deviation of 31.
        assert!((880..1120).contains(&small.len()), "{}", small.len());
        assert!(small.iter().all(|&d| !Part::Train.contains(d, 0.05)));
        assert!(small.iter().all(|&d| Part::HeldOut.contains(d, 0.1)));
        assert!(held_out(0.0).is_empty());
        assert_eq!(held_out(1.0).len(), 20_000);
    }

    #[test]
    fn a_document_is_its_sentences() {
        let hash = |sentences: &[&str]| {
            let mut hash = DocumentHash::default();
            sentences.iter().for_each(|sentence| hash.update(sentence));
            (hash.take(), hash.take())
        };
        let (ab, nothing) = hash(&["a", "b"]);
        assert_eq!(hash(&["a", "b"]).0, ab);
        assert_ne!(hash(&["b", "a"]).0, ab);
        assert_ne!(hash(&["ab"]).0, ab);
        assert_eq!(nothing, hash(&[]).0);
    }
}
