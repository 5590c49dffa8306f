//! A split of tagged sentences as tokens.

use rayon::prelude::*;

use super::error::TagError;
use super::labels::{LostWords, TokenLabels, WordPlace};
use super::names::TagNames;
use super::sentence::TaggedSentence;
use super::windows::{best_windows, windows};
use crate::dataset::EncodedDataset;
use crate::encode::Encoding;
use crate::tokenizer::{BertTokenizer, PairTemplate, TokenizerError};

/// Sentences with the labels of their tokens.
pub type EncodedTags = EncodedDataset<TokenLabels>;

impl EncodedTags {
    /// Encodes sentences on all of rayon's threads. The words of each are cut into pieces one by
    /// one, with the ids of `is_split_into_words=True` in transformers. A sentence of more than
    /// `max_seq_length` tokens has a row for every window of whole words, which shares up to
    /// `stride` tokens with the one before; of a word that alone is longer, the first pieces are
    /// read.
    ///
    /// The first piece of a word has its class; with `label_all_pieces` the further pieces are
    /// learned, too, as [`TagNames::of_further_pieces`]. A word has its class in the row that has
    /// its place ([`TokenLabels::places`]) and in no other.
    ///
    /// # Errors
    /// If a tag is none of `names`; if there is no room for the special tokens, or a window is
    /// needed and has no room for more than it shares.
    pub fn encode_tags(
        tokenizer: &BertTokenizer,
        sentences: &[TaggedSentence],
        names: &TagNames,
        max_seq_length: usize,
        stride: usize,
        label_all_pieces: bool,
    ) -> Result<Self, TagError> {
        let encoder = Encoder {
            tokenizer,
            names,
            max_seq_length,
            stride,
            label_all_pieces,
        };
        let encoded = sentences
            .par_iter()
            .map(|sentence| encoder.encode(sentence));
        let encoded: Result<Vec<_>, TagError> = encoded.collect();
        let (rows, labels): (Vec<_>, Vec<_>) = encoded?.into_iter().unzip();
        let counts: Vec<usize> = rows.iter().map(Vec::len).collect();
        let encodings: Vec<Encoding> = rows.into_iter().flatten().collect();
        let are_pairs = vec![false; encodings.len()];
        let labels = labels.into_iter().map(Some).collect();
        Ok(Self::of_encodings(
            tokenizer,
            (encodings, are_pairs),
            counts,
            labels,
            max_seq_length,
        ))
    }

    /// What of the words no token stands for.
    pub fn lost_words(&self) -> LostWords {
        let labels = self.labels().iter().flatten();
        LostWords {
            without_pieces: labels
                .map(|labels| labels.words_without_pieces().len())
                .sum(),
            cut: self.statistics().truncated_texts,
        }
    }
}

struct Encoder<'a> {
    tokenizer: &'a BertTokenizer,
    names: &'a TagNames,
    max_seq_length: usize,
    stride: usize,
    label_all_pieces: bool,
}

impl Encoder<'_> {
    fn encode(&self, sentence: &TaggedSentence) -> Result<(Vec<Encoding>, TokenLabels), TagError> {
        let special_tokens = PairTemplate::special_tokens(1);
        let max_seq_length = self.max_seq_length;
        let Some(room) = max_seq_length.checked_sub(special_tokens) else {
            return Err(TagError::Tokenizer(TokenizerError::MaxSeqLength {
                max_seq_length,
                special_tokens,
            }));
        };
        let words = self.tokenizer.pieces_of_words(&sentence.words)?;
        let pieces: Vec<usize> = words.iter().map(|ids| ids.len().min(room.max(1))).collect();
        let windows = windows(&pieces, room, self.stride);
        let windows = windows.ok_or(TokenizerError::NoWindow {
            max_seq_length,
            special_tokens,
            stride: self.stride,
        })?;
        let tags = self.classes(sentence)?;
        let best = best_windows(&pieces, &windows);
        let (mut rows, mut labels) = (
            Vec::new(),
            TokenLabels {
                words: words.len(),
                ..TokenLabels::default()
            },
        );
        for (number, window) in windows.into_iter().enumerate() {
            let row = self.row(&words[window.clone()], room);
            let mut classes = vec![None; row.len()];
            let mut places = Vec::new();
            let mut token = 1;
            for word in window {
                let place = WordPlace {
                    word,
                    token,
                    pieces: pieces[word],
                };
                token += place.pieces;
                if best[word] != number || place.pieces == 0 {
                    continue;
                }
                places.push(place);
                if let Some(tags) = &tags {
                    self.label(&mut classes[place.token..token], tags[word]);
                }
            }
            rows.push(row);
            labels.places.push(places);
            labels.classes.push(classes);
        }
        labels.tags = tags;
        Ok((rows, labels))
    }

    /// The words of a window as a sequence.
    fn row(&self, words: &[Vec<u32>], room: usize) -> Encoding {
        let kept = words.iter().flat_map(|ids| &ids[..ids.len().min(room)]);
        let ids: Vec<u32> = kept.copied().collect();
        let cut = words.iter().map(|ids| ids.len().saturating_sub(room));
        Encoding {
            num_truncated_tokens: cut.sum(),
            ..self.tokenizer.encode_pieces(&ids)
        }
    }

    /// The class of each word.
    fn classes(&self, sentence: &TaggedSentence) -> Result<Option<Vec<usize>>, TagError> {
        let file = || sentence.source.file.to_path_buf();
        let Some(tags) = &sentence.tags else {
            return Ok(None);
        };
        if tags.len() != sentence.words.len() {
            return Err(TagError::Lengths {
                file: file(),
                line: sentence.source.line,
                words: sentence.words.len(),
                tags: tags.len(),
            });
        }
        let classes = tags.iter().enumerate().map(|(word, tag)| {
            self.names.find(tag).map_err(|source| TagError::Tag {
                file: file(),
                line: sentence.line_of(word),
                source: Box::new(source),
            })
        });
        classes.collect::<Result<_, _>>().map(Some)
    }

    /// Gives the pieces of a word the classes that are learned.
    fn label(&self, pieces: &mut [Option<usize>], class: usize) {
        pieces[0] = Some(class);
        if self.label_all_pieces {
            pieces[1..].fill(Some(self.names.of_further_pieces(class)));
        }
    }
}

#[cfg(test)]
mod tests;
