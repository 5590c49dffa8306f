//! Sentence pairs for fine-tuning on next-sentence prediction.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::check_share;
use super::part::DocumentHash;
use super::read::{TextItem, TextLayout, TextReader};
use super::{CorpusError, Part, Permutation};
use crate::batch::shuffle::SplitMix64;
use crate::example::PairExample;

/// Names of the classes, by label: as in Hugging Face's `BertForNextSentencePrediction` 0 is a
/// true neighbour.
pub const NSP_LABELS: [&str; 2] = ["is_next", "not_next"];

/// Which pairs are made of a text.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NspPairsConfig {
    /// What a line of the text is.
    pub layout: TextLayout,
    /// Most pairs that are made: 100,000. There are never more than neighbouring sentences.
    pub max_pairs: usize,
    /// Share of documents that is held out: 0.05; the same documents as in a
    /// [`PretrainingCorpus`](super::PretrainingCorpus) of this text, layout and share.
    pub held_out_share: f64,
    /// Decides what is random: 42.
    pub seed: u64,
}

impl Default for NspPairsConfig {
    fn default() -> Self {
        Self {
            layout: TextLayout::default(),
            max_pairs: 100_000,
            held_out_share: 0.05,
            seed: 42,
        }
    }
}

/// Pairs of single sentences from one part of a text, in random order: a sentence with the one
/// after it (label 0) and with one from another document of the part (label 1) in turn, so that
/// half of them are each. No sentence is the first of two pairs.
///
/// The text is read twice. In memory are the pairs and, for each document, three numbers.
///
/// # Errors
/// If a file cannot be read or is not UTF-8, `held_out_share` is no share, the part has fewer than
/// two documents, or none of them has two sentences.
pub fn nsp_pairs(
    files: &[PathBuf],
    config: &NspPairsConfig,
    part: Part,
) -> Result<Vec<PairExample>, CorpusError> {
    check_share("held_out_share", config.held_out_share)?;
    if files.is_empty() {
        return Err(CorpusError::NoFiles);
    }
    let places = Documents::read(files, config, part)?.draw(config);
    with_text(files, config.layout, &places)
}

struct Document {
    /// Number of its first sentence in all files.
    first: usize,
    /// Sentences in it and in the documents of the part before it.
    sentences: usize,
    /// Of these, sentences that have another after them in their document.
    neighbours: usize,
}

/// Where sentences are: only documents of the part.
struct Documents(Vec<Document>);

impl Documents {
    fn read(files: &[PathBuf], config: &NspPairsConfig, part: Part) -> Result<Self, CorpusError> {
        let mut documents: Vec<Document> = Vec::new();
        let mut hash = DocumentHash::default();
        let (mut first, mut next, mut total) = (0, 0, 0);
        for item in TextReader::new(files, config.layout) {
            if let TextItem::Sentence(sentence) = item? {
                hash.update(&sentence);
                next += 1;
                continue;
            }
            total += 1;
            if part.contains(hash.take(), config.held_out_share) {
                let (sentences, neighbours) = documents
                    .last()
                    .map_or((0, 0), |last| (last.sentences, last.neighbours));
                documents.push(Document {
                    first,
                    sentences: sentences + next - first,
                    neighbours: neighbours + next - first - 1,
                });
            }
            first = next;
        }
        if total == 0 {
            let files = files.to_vec();
            return Err(CorpusError::Empty { files });
        }
        if documents.len() < 2 {
            return Err(CorpusError::TooFewDocuments {
                part,
                documents: documents.len() as u64,
                total,
                needed: 2,
                held_out_share: config.held_out_share,
                without_pairs: false,
            });
        }
        let documents = Self(documents);
        match documents.neighbours() {
            0 => Err(CorpusError::NoNeighbours { part }),
            _ => Ok(documents),
        }
    }

    fn neighbours(&self) -> usize {
        self.0.last().map_or(0, |last| last.neighbours)
    }

    /// The sentence in all files of the `at`th place that `count` counts, and its document.
    fn find(&self, at: usize, count: fn(&Document) -> usize) -> (usize, usize) {
        let document = self.0.partition_point(|document| count(document) <= at);
        let before = document.checked_sub(1).map_or(0, |d| count(&self.0[d]));
        (self.0[document].first + at - before, document)
    }

    /// The two sentences of each pair.
    fn draw(&self, config: &NspPairsConfig) -> Vec<[usize; 2]> {
        let order = Permutation::new(self.neighbours(), config.seed, 0);
        let mut random = SplitMix64::of_epoch(config.seed, 1);
        let sentences = self.0.last().map_or(0, |last| last.sentences) as u64;
        let pair = |at: usize| {
            let (a, document) = self.find(order.get(at), |document| document.neighbours);
            if at.is_multiple_of(2) {
                return [a, a + 1];
            }
            loop {
                let at = random.below(sentences) as usize;
                let (b, other) = self.find(at, |document| document.sentences);
                if other != document {
                    return [a, b];
                }
            }
        };
        (0..order.len().min(config.max_pairs)).map(pair).collect()
    }
}

fn with_text(
    files: &[PathBuf],
    layout: TextLayout,
    places: &[[usize; 2]],
) -> Result<Vec<PairExample>, CorpusError> {
    let mut wanted: Vec<(usize, usize, usize)> = (0..)
        .zip(places)
        .flat_map(|(pair, &[a, b])| [(a, pair, 0), (b, pair, 1)])
        .collect();
    wanted.sort_unstable();
    let mut texts = vec![[const { String::new() }; 2]; places.len()];
    let mut wanted = wanted.into_iter().peekable();
    let mut number = 0;
    for item in TextReader::new(files, layout) {
        let TextItem::Sentence(sentence) = item? else {
            continue;
        };
        while let Some((_, pair, side)) = wanted.next_if(|&(place, ..)| place == number) {
            texts[pair][side].clone_from(&sentence);
        }
        number += 1;
    }
    if wanted.peek().is_some() {
        let changed = std::io::Error::other("the text became shorter while it was read");
        return Err(CorpusError::reading(&files[0])(changed));
    }
    let examples = texts
        .into_iter()
        .enumerate()
        .map(|(id, [a, b])| PairExample {
            id,
            text_a: a,
            text_b: Some(b),
            label: Some((id % 2).into()),
        });
    Ok(examples.collect())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::label::Label;

    /// Documents whose sentences name their document and place.
    fn text(documents: usize, sentences: usize) -> String {
        let document = |d| {
            (0..sentences)
                .map(move |s| format!("{d} {s}\n"))
                .collect::<String>()
        };
        let documents: Vec<_> = (0..documents).map(document).collect();
        documents.join("\n")
    }

    fn pairs(
        text: &str,
        config: &NspPairsConfig,
        part: Part,
    ) -> Result<Vec<PairExample>, CorpusError> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("text.txt");
        std::fs::write(&file, text).unwrap();
        nsp_pairs(&[file], config, part)
    }

    fn place(text: &str) -> (usize, usize) {
        let (document, sentence) = text.split_once(' ').unwrap();
        (document.parse().unwrap(), sentence.parse().unwrap())
    }

    #[test]
    fn half_are_neighbours_and_half_from_another_document() {
        let text = text(40, 7);
        let config = NspPairsConfig {
            held_out_share: 0.3,
            ..NspPairsConfig::default()
        };
        let mut documents = HashSet::new();
        for part in [Part::Train, Part::HeldOut] {
            let pairs = pairs(&text, &config, part).unwrap();
            let mut firsts = HashSet::new();
            let mut of_part = HashSet::new();
            for (id, pair) in pairs.iter().enumerate() {
                let label = pair.label.as_ref().and_then(Label::class);
                assert_eq!((pair.id, label), (id, Some(id % 2)));
                let (a, b) = (place(&pair.text_a), place(pair.text_b.as_ref().unwrap()));
                assert!(firsts.insert(a));
                of_part.extend([a.0, b.0]);
                match label {
                    Some(0) => assert_eq!(b, (a.0, a.1 + 1)),
                    _ => assert_ne!(a.0, b.0),
                }
            }
            assert_eq!(pairs.len(), of_part.len() * 6);
            assert!(of_part.iter().all(|&document| documents.insert(document)));
        }
        assert_eq!(documents.len(), 40);
    }

    #[test]
    fn pairs_are_a_function_of_the_seed_and_a_sample_if_few() {
        let text = text(10, 5);
        let some = |seed, max_pairs| {
            let config = NspPairsConfig {
                held_out_share: 0.0,
                max_pairs,
                seed,
                ..NspPairsConfig::default()
            };
            pairs(&text, &config, Part::Train).unwrap()
        };
        assert_eq!(some(1, 100), some(1, 100));
        assert_ne!(some(1, 100), some(2, 100));
        assert_eq!(some(1, 100).len(), 40);
        assert_eq!(some(1, 100)[..7], some(1, 7));
        assert!(some(1, 0).is_empty());
    }

    #[test]
    fn texts_without_pairs_are_refused() {
        let config = NspPairsConfig {
            held_out_share: 0.0,
            ..NspPairsConfig::default()
        };
        let error = |text: &str| pairs(text, &config, Part::Train).unwrap_err();
        assert!(matches!(error(""), CorpusError::Empty { .. }));
        assert!(matches!(
            error("a\n\nb\n"),
            CorpusError::NoNeighbours { .. }
        ));
        assert_eq!(
            error("a\nb\n").to_string(),
            "the train part has 1 of the corpus's 1 documents and needs 2; separate documents by a \
             blank line, or change `held_out_share` (0)"
        );
        assert!(matches!(
            nsp_pairs(&[], &config, Part::Train),
            Err(CorpusError::NoFiles)
        ));
    }
}
