//! A whole split, encoded once and kept in memory.

use crate::batch::{PaddedBatch, Padding};
use crate::encode::Encoding;
use crate::example::PairExample;
use crate::statistics::EncodingStatistics;
use crate::tokenizer::{BertTokenizer, TokenizerError};

/// The encodings, labels and ids of a split, from which batches are taken.
///
/// MRPC's 3,668 training pairs take about 3 MB, so encoding them once beats encoding each epoch.
#[derive(Debug, Clone)]
pub struct EncodedDataset {
    encodings: Vec<Encoding>,
    lengths: Vec<usize>,
    labels: Vec<Option<usize>>,
    ids: Vec<usize>,
    statistics: EncodingStatistics,
    max_seq_length: usize,
    pad_id: u32,
}

impl EncodedDataset {
    /// Encodes `examples` on all of rayon's threads, each as at most `max_seq_length` tokens.
    ///
    /// # Errors
    /// If `max_seq_length` leaves no room for the special tokens.
    pub fn encode(
        tokenizer: &BertTokenizer,
        examples: &[PairExample],
        max_seq_length: usize,
    ) -> Result<Self, TokenizerError> {
        let pairs: Vec<_> = examples
            .iter()
            .map(|example| (example.text_a.as_str(), example.text_b.as_deref()))
            .collect();
        let encodings = tokenizer.encode_pairs(&pairs, max_seq_length)?;
        let mut statistics = EncodingStatistics {
            examples: examples.len(),
            ..EncodingStatistics::default()
        };
        for ((_, text_b), encoding) in pairs.iter().zip(&encodings) {
            let special_tokens = if text_b.is_some() { 3 } else { 2 };
            statistics.tokens += encoding.len() - special_tokens;
            statistics.unknown_tokens += tokenizer.count_unknown(&encoding.input_ids);
            statistics.truncated_texts += usize::from(encoding.num_truncated_tokens > 0);
        }
        Ok(Self {
            statistics,
            lengths: encodings.iter().map(Encoding::len).collect(),
            encodings,
            labels: examples.iter().map(|example| example.label).collect(),
            ids: examples.iter().map(|example| example.id).collect(),
            max_seq_length,
            pad_id: tokenizer.pad_id(),
        })
    }

    /// Number of examples.
    pub fn len(&self) -> usize {
        self.encodings.len()
    }

    /// Whether there is no example.
    pub fn is_empty(&self) -> bool {
        self.encodings.is_empty()
    }

    /// Tokens of each example, special tokens included.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// Tokens of the longest example; 0 if there is none.
    pub fn max_length(&self) -> usize {
        self.lengths.iter().copied().max().unwrap_or(0)
    }

    /// Mean number of tokens; 0 if there is no example.
    pub fn mean_length(&self) -> f64 {
        self.lengths.iter().sum::<usize>() as f64 / self.len().max(1) as f64
    }

    /// What was unknown or cut.
    pub fn statistics(&self) -> EncodingStatistics {
        self.statistics
    }

    /// Class of each example; `None` where the file has no label.
    pub fn labels(&self) -> &[Option<usize>] {
        &self.labels
    }

    /// Number of each example in its file, from 0.
    pub fn ids(&self) -> &[usize] {
        &self.ids
    }

    /// The encoding of each example.
    pub fn encodings(&self) -> &[Encoding] {
        &self.encodings
    }

    /// The maximum length the examples were encoded with, in tokens.
    pub fn max_seq_length(&self) -> usize {
        self.max_seq_length
    }

    /// Lays out the examples at `indices` as a batch: rows of `max_seq_length` tokens with
    /// [`Padding::Max`], of as many as the longest of them has otherwise.
    ///
    /// # Panics
    /// If an index is not below [`len`](Self::len).
    pub fn batch(&self, indices: &[usize], padding: Padding) -> PaddedBatch {
        let width = if padding == Padding::Max {
            self.max_seq_length
        } else {
            0
        };
        let examples = indices
            .iter()
            .map(|&index| (index, &self.encodings[index], self.labels[index]));
        PaddedBatch::new(examples, width, self.pad_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::NO_LABEL;
    use crate::tokenizer::Casing;

    fn dataset(max_seq_length: usize) -> EncodedDataset {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vocab.txt");
        // [PAD] is not id 0 here: padding must use the vocabulary's own id.
        std::fs::write(&path, "a\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n[PAD]\n").unwrap();
        let tokenizer = BertTokenizer::from_vocab(path, Casing::Uncased).unwrap();
        let example = |id, text_a: &str, label| PairExample {
            id,
            text_a: text_a.to_owned(),
            text_b: Some("a".to_owned()),
            label,
        };
        let examples = [
            example(0, "a a a a", Some(1)),
            example(1, "x", Some(0)),
            example(2, "", None),
        ];
        EncodedDataset::encode(&tokenizer, &examples, max_seq_length).unwrap()
    }

    #[test]
    fn a_split_knows_its_lengths() {
        let dataset = dataset(7);
        assert_eq!((dataset.len(), dataset.is_empty()), (3, false));
        assert_eq!(dataset.lengths(), [7, 5, 4]);
        assert_eq!(dataset.max_length(), 7);
        let statistics = EncodingStatistics {
            examples: 3,
            tokens: 7,
            unknown_tokens: 1,
            truncated_texts: 1,
        };
        assert_eq!(dataset.statistics(), statistics);
        assert!((dataset.mean_length() - 16.0 / 3.0).abs() < 1e-12);
        assert_eq!(dataset.labels(), [Some(1), Some(0), None]);
        assert_eq!(dataset.ids(), [0, 1, 2]);
    }

    #[test]
    fn a_batch_is_as_wide_as_its_padding_says() {
        let dataset = dataset(12);
        for padding in [Padding::Grouped, Padding::Longest] {
            let batch = dataset.batch(&[2, 1], padding);
            assert_eq!((batch.batch_size, batch.seq_len), (2, 5));
            assert_eq!(batch.input_ids, [2, 3, 0, 3, 5, 2, 1, 3, 0, 3]);
            assert_eq!(batch.labels, [NO_LABEL, 0]);
        }
        assert_eq!(dataset.batch(&[2, 1], Padding::Max).seq_len, 12);
        assert_eq!(dataset.batch(&[], Padding::Longest).batch_size, 0);
    }

    #[test]
    fn no_room_for_special_tokens_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vocab.txt");
        std::fs::write(&path, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n").unwrap();
        let tokenizer = BertTokenizer::from_vocab(path, Casing::Uncased).unwrap();
        let example = PairExample {
            id: 0,
            text_a: String::new(),
            text_b: None,
            label: None,
        };
        let error = EncodedDataset::encode(&tokenizer, &[example], 1).unwrap_err();
        assert!(matches!(
            error,
            TokenizerError::MaxSeqLength {
                special_tokens: 2,
                ..
            }
        ));
        let none = EncodedDataset::encode(&tokenizer, &[], 128).unwrap();
        assert_eq!((none.max_length(), none.mean_length()), (0, 0.0));
    }
}
