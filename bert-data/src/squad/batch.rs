//! A batch of windows with the places of their answers.

use super::{EncodedSquad, SpanFeature};
use crate::batch::{Batch, PaddedBatch, Padding};
use crate::encode::Encoding;
use crate::label::Span;

/// Windows of questions and passages, and where their answers are.
pub type SpanBatch = Batch<Span>;

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
        let windows = || features.iter().map(|&index| self.feature(index));
        let spans = windows().map(|SpanFeature { start, end, .. }| Some(Span { start, end }));
        let encodings: Vec<Encoding> = windows()
            .map(|window| Encoding {
                input_ids: window.input_ids,
                token_type_ids: window.token_type_ids,
                num_truncated_tokens: 0,
            })
            .collect();
        let tokens = PaddedBatch::new(encodings.iter(), width, self.pad_id());
        Batch::of_rows(tokens, features.iter().copied(), spans)
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
        assert_eq!(batch.indices, [1, 0]);
        // [CLS] a [SEP] a a a c b [SEP], [CLS] a [SEP] b c [SEP]
        assert_eq!(batch.tokens.input_ids[..9], [2, 5, 3, 5, 5, 5, 7, 6, 3]);
        assert_eq!(batch.tokens.input_ids[9..], [2, 5, 3, 6, 7, 3, 0, 0, 0]);
        let span = |at| Some(Span { start: at, end: at });
        assert_eq!(batch.labels, [span(6), span(4)]);
        let padded = split.batch(&[0], Padding::Max);
        assert_eq!(padded.tokens.seq_len, 9);
    }
}
