//! A batch of windows with the places of their answers.

use super::EncodedSquad;
use crate::batch::{PaddedBatch, Padding};
use crate::encode::Encoding;

/// Windows of questions and passages, and where their answers begin and end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanBatch {
    /// The tokens; its labels are not used.
    pub tokens: PaddedBatch,
    /// The first token of each answer, `[batch]`; 0, `[CLS]`, where the window has none.
    pub starts: Vec<i64>,
    /// The last token of each answer, `[batch]`; 0 where the window has none.
    pub ends: Vec<i64>,
}

impl SpanBatch {
    /// The same windows as `parts` batches of nearly equal size; fewer where there are fewer rows.
    pub fn split(self, parts: usize) -> Vec<Self> {
        let mut first = 0;
        let part = |tokens: PaddedBatch| {
            let rows = first..first + tokens.batch_size;
            first = rows.end;
            Self {
                starts: self.starts[rows.clone()].to_vec(),
                ends: self.ends[rows].to_vec(),
                tokens,
            }
        };
        self.tokens.split(parts).into_iter().map(part).collect()
    }
}

impl EncodedSquad {
    /// Lays out the windows at `features` as a batch: rows of `max_seq_length` tokens with
    /// [`Padding::Max`], of as many as the longest of them has otherwise.
    ///
    /// # Panics
    /// If an index is not below [`len`](Self::len).
    pub fn batch(&self, features: &[usize], padding: Padding) -> SpanBatch {
        let width = match padding {
            Padding::Max => self.config().max_seq_length,
            _ => 0,
        };
        let windows: Vec<_> = features.iter().map(|&index| self.feature(index)).collect();
        let places = |place: fn(&(usize, usize)) -> usize| -> Vec<i64> {
            let labels = windows.iter().map(|window| (window.start, window.end));
            labels.map(|label| place(&label) as i64).collect()
        };
        let (starts, ends) = (places(|label| label.0), places(|label| label.1));
        let encodings: Vec<Encoding> = windows
            .into_iter()
            .map(|window| Encoding {
                input_ids: window.input_ids,
                token_type_ids: window.token_type_ids,
                num_truncated_tokens: 0,
            })
            .collect();
        let rows = features.iter().zip(&encodings);
        let rows = rows.map(|(&index, encoding)| (index, encoding, None));
        SpanBatch {
            tokens: PaddedBatch::new(rows, width, self.pad_id()),
            starts,
            ends,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::squad::{Answer, SpanConfig, SquadExample};
    use crate::tokenizer::{BertTokenizer, Casing};

    fn split() -> EncodedSquad {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vocab.txt");
        std::fs::write(&path, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\n").unwrap();
        let tokenizer = BertTokenizer::from_vocab(path, Casing::Uncased).unwrap();
        let example = |id: &str, context: &str, start: usize| SquadExample {
            id: id.to_owned(),
            title: Arc::from(""),
            question: "a".to_owned(),
            context: Arc::from(context),
            answers: vec![Answer {
                text: "c".to_owned(),
                start,
            }],
            is_impossible: false,
        };
        let examples = [example("1", "b c", 2), example("2", "a a a c b", 6)];
        let config = SpanConfig {
            max_seq_length: 9,
            doc_stride: 1,
            max_query_length: 2,
        };
        EncodedSquad::encode(&tokenizer, &examples, config, |_| {}).unwrap()
    }

    #[test]
    fn rows_are_windows_and_labels_their_answers() {
        let split = split();
        let batch = split.batch(&[1, 0], Padding::Longest);
        assert_eq!((batch.tokens.batch_size, batch.tokens.seq_len), (2, 9));
        assert_eq!(batch.tokens.indices, [1, 0]);
        // [CLS] a [SEP] a a a c b [SEP], [CLS] a [SEP] b c [SEP]
        assert_eq!(batch.tokens.input_ids[..9], [2, 5, 3, 5, 5, 5, 7, 6, 3]);
        assert_eq!(batch.tokens.input_ids[9..], [2, 5, 3, 6, 7, 3, 0, 0, 0]);
        assert_eq!((batch.starts, batch.ends), (vec![6, 4], vec![6, 4]));
        let padded = split.batch(&[0], Padding::Max);
        assert_eq!(padded.tokens.seq_len, 9);
    }

    #[test]
    fn parts_keep_each_answer_with_its_window() {
        let mut batch = split().batch(&[0, 1, 0, 1, 0], Padding::Longest);
        (batch.starts, batch.ends) = ((10..15).collect(), (20..25).collect());
        let parts = batch.split(2);
        let starts: Vec<_> = parts.iter().map(|part| part.starts.clone()).collect();
        assert_eq!(starts, [vec![10, 11, 12], vec![13, 14]]);
        assert_eq!(parts[1].ends, [23, 24]);
        assert_eq!(parts[1].tokens.indices, [1, 0]);
    }
}
