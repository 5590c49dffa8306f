//! From the scores of a text's pieces to what is said of it.

use std::ops::Range;

use super::aggregation::{
    AggregationStrategy, Group, Labelled, OUTSIDE, each, group, label_of_word,
};
use super::crf::{Chain, Neighbours};
use super::pieces::{Pieces, Word};
use crate::prediction::PredictionError;
use crate::scores::{highest, probabilities};

/// What is found in a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tagged {
    /// In the order of the text.
    pub entities: Vec<TaggedEntity>,
    /// Every word: those that the caller gave, else those of the tokenizer.
    pub words: Vec<TaggedWord>,
}

/// A part of a text that names something.
#[derive(Clone, Debug, PartialEq)]
pub struct TaggedEntity {
    /// What it is, such as `PER`. With [`AggregationStrategy::None`] the label of a piece, `B-PER`.
    pub label: String,
    /// The mean probability of the labels of its pieces, or of its words.
    pub score: f64,
    /// `text[bytes]`.
    pub text: String,
    /// The bytes of the text.
    pub bytes: Range<usize>,
    /// The characters (Unicode code points) of the text, as Python counts.
    pub chars: Range<usize>,
}

/// A word with its label.
#[derive(Clone, Debug, PartialEq)]
pub struct TaggedWord {
    /// The label, such as `B-PER`; `O` for a word that the tokenizer leaves nothing of.
    pub label: String,
    /// Its probability; 0 for such a word.
    pub score: f64,
    /// The bytes of the text.
    pub bytes: Range<usize>,
}

/// What the labels of a text's pieces come to.
pub(super) struct Tagger<'a> {
    pub names: &'a [String],
    pub strategy: AggregationStrategy,
    pub crf: Option<&'a (Chain, Neighbours)>,
}

impl Tagger<'_> {
    /// A CRF is on words.
    pub fn check(&self) -> Result<(), PredictionError> {
        match self.strategy {
            AggregationStrategy::First => Ok(()),
            strategy if self.crf.is_some() => Err(PredictionError::StrategyOfCrf {
                strategy: strategy.name(),
            }),
            _ => Ok(()),
        }
    }

    /// `logits` are `[pieces, labels]`, row-major.
    pub fn tag(&self, text: &str, pieces: &Pieces, logits: &[f32]) -> Tagged {
        let rows = logits.chunks_exact(self.names.len());
        let rows: Vec<Vec<f64>> = rows.map(probabilities).collect();
        // The tokenizer may leave nothing of a word of the caller's.
        let words = pieces.words.iter();
        let words: Vec<&Word> = words.filter(|word| !word.pieces.is_empty()).collect();
        let labels = match self.crf {
            Some((chain, neighbours)) => self.decode(chain, neighbours, &words, logits),
            None => {
                let label = |word: &&Word| label_of_word(&rows[word.pieces.clone()], self.strategy);
                words.iter().map(label).collect()
            }
        };
        let labelled = |((label, score), bytes): ((usize, f64), &Range<usize>)| Labelled {
            label,
            score,
            bytes: bytes.clone(),
        };
        let of_words = labels.into_iter().zip(words.iter().map(|word| &word.bytes));
        let of_words: Vec<Labelled> = of_words.map(labelled).collect();
        let of_pieces = rows.iter().map(|row| highest(row)).zip(&pieces.bytes);
        let groups = match self.strategy {
            AggregationStrategy::None => each(of_pieces.map(labelled), self.names),
            AggregationStrategy::Simple => {
                group(&of_pieces.map(labelled).collect::<Vec<_>>(), self.names)
            }
            _ => group(&of_words, self.names),
        };
        Tagged {
            entities: entities(text, groups),
            words: self.words(&pieces.words, of_words),
        }
    }

    /// The most probable labels of the words together, and how probable each is.
    fn decode(
        &self,
        chain: &Chain,
        neighbours: &Neighbours,
        words: &[&Word],
        logits: &[f32],
    ) -> Vec<(usize, f64)> {
        let labels = self.names.len();
        let first = |word: &&Word| &logits[word.pieces.start * labels..][..labels];
        let emissions: Vec<f32> = words.iter().flat_map(first).copied().collect();
        chain.label(&emissions, neighbours)
    }

    fn words(&self, words: &[Word], labelled: Vec<Labelled>) -> Vec<TaggedWord> {
        let mut labelled = labelled.into_iter();
        let mut word = |word: &Word| {
            let labelled = match word.pieces.is_empty() {
                true => None,
                false => labelled.next(),
            };
            let (label, score) = labelled.map_or((OUTSIDE, 0.0), |labelled| {
                (&self.names[labelled.label], labelled.score)
            });
            TaggedWord {
                label: label.to_owned(),
                score,
                bytes: word.bytes.clone(),
            }
        };
        words.iter().map(&mut word).collect()
    }
}

/// Groups in the order of the text, with their characters.
fn entities(text: &str, groups: Vec<Group<'_>>) -> Vec<TaggedEntity> {
    let (mut bytes, mut chars) = (0, 0);
    let mut char_of = |byte: usize| {
        // Pieces of one character may stand for the same bytes.
        if byte >= bytes {
            chars += text[bytes..byte].chars().count();
            bytes = byte;
            return chars;
        }
        chars - text[byte..bytes].chars().count()
    };
    let entity = |group: Group<'_>| TaggedEntity {
        label: group.name.to_owned(),
        score: group.score,
        text: text[group.bytes.clone()].to_owned(),
        chars: char_of(group.bytes.start)..char_of(group.bytes.end),
        bytes: group.bytes,
    };
    groups.into_iter().map(entity).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["O", "B-PER", "I-PER"].map(str::to_owned).to_vec()
    }

    const TEXT: &str = "Ärzte \u{301} x";

    /// "Ärzte", cut in two, a word of nothing, and "x".
    fn pieces() -> Pieces {
        let word = |pieces, bytes| Word { pieces, bytes };
        Pieces {
            ids: vec![7, 8, 9],
            bytes: vec![0..3, 3..6, 10..11],
            words: vec![word(0..2, 0..6), word(2..2, 7..9), word(2..3, 10..11)],
        }
    }

    fn tag(strategy: AggregationStrategy, crf: Option<&(Chain, Neighbours)>) -> Tagged {
        let names = names();
        let tagger = Tagger {
            names: &names,
            strategy,
            crf,
        };
        let logits = [0.0, 3.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 5.0];
        tagger.tag(TEXT, &pieces(), &logits)
    }

    fn found(tagged: &Tagged) -> Vec<(&str, &str)> {
        let entities = tagged.entities.iter();
        entities
            .map(|found| (found.label.as_str(), found.text.as_str()))
            .collect()
    }

    #[test]
    fn places_are_bytes_and_characters() {
        let tagged = tag(AggregationStrategy::First, None);
        // A word of nothing is no gap.
        assert_eq!(found(&tagged), [("PER", TEXT)]);
        let entity = &tagged.entities[0];
        assert_eq!((entity.bytes.clone(), entity.chars.clone()), (0..11, 0..9));
        let words = tagged.words.iter();
        let words: Vec<_> = words
            .map(|word| (word.label.as_str(), &TEXT[word.bytes.clone()]))
            .collect();
        assert_eq!(
            words,
            [("B-PER", "Ärzte"), ("O", "\u{301}"), ("I-PER", "x")]
        );
        assert_eq!(tagged.words[1].score, 0.0);
    }

    #[test]
    fn pieces_may_be_entities() {
        let tagged = tag(AggregationStrategy::None, None);
        assert_eq!(found(&tagged), [("B-PER", "Är"), ("I-PER", "x")]);
        assert_eq!(tagged.entities[1].chars, 8..9);
        let tagged = tag(AggregationStrategy::Simple, None);
        assert_eq!(found(&tagged), [("PER", "Är"), ("PER", "x")]);
    }

    #[test]
    fn a_crf_decides_about_all_words_together() {
        let chain = Chain {
            start: vec![0.0; 3],
            end: vec![0.0; 3],
            // From B to I is worth nothing.
            transitions: vec![0.0, 0.0, 0.0, 0.0, 0.0, -9.0, 0.0, 0.0, 0.0],
        };
        let crf = (chain, Neighbours::of_names(&names()));
        let tagged = tag(AggregationStrategy::First, Some(&crf));
        assert_eq!(found(&tagged), [("PER", "Ärzte")]);
        let probable = |word: &TaggedWord| word.label == "O" || word.score > 0.0;
        assert!(tagged.words.iter().all(probable));
        let names = names();
        let tagger = Tagger {
            names: &names,
            strategy: AggregationStrategy::Max,
            crf: Some(&crf),
        };
        let error = tagger.check().unwrap_err().to_string();
        assert!(error.contains("`aggregation_strategy` max"), "{error}");
    }
}
