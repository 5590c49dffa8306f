//! A whole split, encoded once and kept in memory.

use crate::batch::{Batch, PaddedBatch, Padding};
use crate::encode::Encoding;
use crate::example::PairExample;
use crate::label::Label;
use crate::statistics::EncodingStatistics;
use crate::tokenizer::{BertTokenizer, PairTemplate, TokenizerError};
use crate::windows::{Pooling, Windows};

/// Encoded examples with labels L, from which batches are taken: an example is one sequence, or
/// several that belong together, as the choices of a question do.
///
/// MRPC's 3,668 training pairs take about 3 MB, so encoding them once beats encoding each epoch.
#[derive(Debug, Clone)]
pub struct EncodedDataset<L = Label> {
    encodings: Vec<Encoding>,
    /// Where each example's encodings begin, and one past the last.
    firsts: Vec<usize>,
    /// Of the longest sequence of each example.
    lengths: Vec<usize>,
    labels: Vec<Option<L>>,
    statistics: EncodingStatistics,
    max_seq_length: usize,
    pad_id: u32,
    pooling: Pooling,
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
        let texts: Vec<_> = examples.iter().map(PairExample::texts).collect();
        let labels = examples.iter().map(|example| example.label.clone());
        Self::encode_groups(tokenizer, &texts, &[], labels.collect(), max_seq_length)
    }

    /// [`encode`](Self::encode), or [`encode_windows`](Self::encode_windows) where there are some.
    ///
    /// # Errors
    /// As these.
    pub fn encode_with(
        tokenizer: &BertTokenizer,
        examples: &[PairExample],
        max_seq_length: usize,
        windows: Option<Windows>,
    ) -> Result<Self, TokenizerError> {
        match windows {
            None => Self::encode(tokenizer, examples, max_seq_length),
            Some(windows) => Self::encode_windows(tokenizer, examples, max_seq_length, windows),
        }
    }

    /// [`encode`](Self::encode), with a row for every window of a text that is longer than
    /// `max_seq_length`.
    ///
    /// # Errors
    /// If a window has no room for tokens of its own.
    pub fn encode_windows(
        tokenizer: &BertTokenizer,
        examples: &[PairExample],
        max_seq_length: usize,
        windows: Windows,
    ) -> Result<Self, TokenizerError> {
        let texts: Vec<_> = examples.iter().map(PairExample::texts).collect();
        let rows = tokenizer.encode_all_windows(&texts, max_seq_length, windows.stride)?;
        let labels = examples.iter().map(|example| example.label.clone());
        let counts = rows.iter().map(Vec::len).collect();
        let are_pairs = rows.iter().zip(&texts);
        let are_pairs = are_pairs.flat_map(|(rows, (_, b))| rows.iter().map(|_| b.is_some()));
        let are_pairs = are_pairs.collect();
        let encodings = rows.into_iter().flatten().collect();
        let dataset = Self::of_encodings(
            tokenizer,
            (encodings, are_pairs),
            counts,
            labels.collect(),
            max_seq_length,
        );
        Ok(Self {
            pooling: windows.pooling,
            ..dataset
        })
    }
}

impl<L: Clone> EncodedDataset<L> {
    /// Encodes texts, or pairs of them, of which the first `rows[0]` are the first example, the
    /// next `rows[1]` the second, and so on; no `rows` is one each.
    ///
    /// # Errors
    /// If `max_seq_length` leaves no room for the special tokens.
    ///
    /// # Panics
    /// If `rows` and `labels` do not make up the texts.
    pub fn encode_groups(
        tokenizer: &BertTokenizer,
        texts: &[(&str, Option<&str>)],
        rows: &[usize],
        labels: Vec<Option<L>>,
        max_seq_length: usize,
    ) -> Result<Self, TokenizerError> {
        let encodings = tokenizer.encode_pairs(texts, max_seq_length)?;
        let counts = match rows {
            [] => vec![1; texts.len()],
            rows => rows.to_vec(),
        };
        Ok(Self::of_encodings(
            tokenizer,
            (encodings, texts.iter().map(|(_, b)| b.is_some()).collect()),
            counts,
            labels,
            max_seq_length,
        ))
    }

    /// Of sequences, with whether each is a pair; the first `rows[0]` are the first example, and so
    /// on.
    pub(crate) fn of_encodings(
        tokenizer: &BertTokenizer,
        (encodings, are_pairs): (Vec<Encoding>, Vec<bool>),
        rows: Vec<usize>,
        labels: Vec<Option<L>>,
        max_seq_length: usize,
    ) -> Self {
        let mut firsts = vec![0];
        firsts.extend(rows.iter().scan(0, |end, rows| {
            *end += rows;
            Some(*end)
        }));
        assert_eq!(
            firsts.last(),
            Some(&encodings.len()),
            "every text is of an example"
        );
        assert_eq!(
            firsts.len(),
            labels.len() + 1,
            "every example has its label"
        );
        let mut statistics = EncodingStatistics {
            examples: encodings.len(),
            ..EncodingStatistics::default()
        };
        for (&is_pair, encoding) in are_pairs.iter().zip(&encodings) {
            let special_tokens = PairTemplate::special_tokens(1 + usize::from(is_pair));
            statistics.tokens += encoding.len() - special_tokens;
            statistics.unknown_tokens += tokenizer.count_unknown(&encoding.input_ids);
            statistics.truncated_texts += usize::from(encoding.num_truncated_tokens > 0);
        }
        let longest = |example: &[usize]| {
            let rows = encodings[example[0]..example[1]].iter();
            rows.map(Encoding::len).max().unwrap_or(0)
        };
        Self {
            statistics,
            lengths: firsts.windows(2).map(longest).collect(),
            firsts,
            encodings,
            labels,
            max_seq_length,
            pad_id: tokenizer.pad_id(),
            pooling: Pooling::default(),
        }
    }

    /// Number of examples.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no example.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Tokens of each example's longest sequence, special tokens included.
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

    /// What is known of each example.
    pub fn labels(&self) -> &[Option<L>] {
        &self.labels
    }

    /// The sequences of an example.
    ///
    /// # Panics
    /// If `index` is not below [`len`](Self::len).
    pub fn rows(&self, index: usize) -> &[Encoding] {
        &self.encodings[self.firsts[index]..self.firsts[index + 1]]
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
    pub fn batch(&self, indices: &[usize], padding: Padding) -> Batch<L> {
        let width = if padding == Padding::Max {
            self.max_seq_length
        } else {
            0
        };
        let encodings: Vec<&Encoding> = indices.iter().flat_map(|&at| self.rows(at)).collect();
        Batch {
            tokens: PaddedBatch::new(encodings.into_iter(), width, self.pad_id),
            indices: indices.to_vec(),
            rows: indices.iter().map(|&at| self.rows(at).len()).collect(),
            labels: indices.iter().map(|&at| self.labels[at].clone()).collect(),
            pooling: self.pooling,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::Casing;

    fn dataset(max_seq_length: usize) -> EncodedDataset {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vocab.txt");
        // [PAD] is not id 0 here: padding must use the vocabulary's own id.
        std::fs::write(&path, "a\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n[PAD]\n").unwrap();
        let tokenizer = BertTokenizer::from_vocab(path, Casing::Uncased).unwrap();
        let example = |id, text_a: &str, label: Option<usize>| PairExample {
            id,
            text_a: text_a.to_owned(),
            text_b: Some("a".to_owned()),
            label: label.map(Label::Class),
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
        let labels = [Some(Label::Class(1)), Some(Label::Class(0)), None];
        assert_eq!(dataset.labels(), labels);
    }

    #[test]
    fn a_batch_is_as_wide_as_its_padding_says() {
        let dataset = dataset(12);
        for padding in [Padding::Grouped, Padding::Longest] {
            let batch = dataset.batch(&[2, 1], padding);
            assert_eq!((batch.indices, batch.rows), (vec![2, 1], vec![1, 1]));
            assert_eq!(batch.labels, [None, Some(Label::Class(0))]);
            let tokens = batch.tokens;
            assert_eq!((tokens.batch_size, tokens.seq_len), (2, 5));
            assert_eq!(tokens.input_ids, [2, 3, 0, 3, 5, 2, 1, 3, 0, 3]);
        }
        assert_eq!(dataset.batch(&[2, 1], Padding::Max).tokens.seq_len, 12);
        assert_eq!(dataset.batch(&[], Padding::Longest).tokens.batch_size, 0);
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
