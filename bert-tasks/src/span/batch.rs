//! A batch of windows with the places of their answers.

use bert_data::batch::PaddedBatch;

use crate::training::PassInput;

/// Windows of questions and passages, and where their answers begin and end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanBatch {
    /// The tokens; its labels are not used.
    pub tokens: PaddedBatch,
    /// The first token of each answer, `[batch]`; 0, `[CLS]`, where the window has none.
    pub starts: Vec<i64>,
    /// The last token of each answer, `[batch]`; 0 where the window has none.
    pub ends: Vec<i64>,
}

impl PassInput for SpanBatch {
    fn seed_pass(&mut self, seed: u64) {
        self.tokens.seed_pass(seed);
    }

    fn examples(&self) -> usize {
        self.tokens.batch_size
    }

    fn tokens(&self) -> usize {
        self.tokens.tokens()
    }

    fn split(self, parts: usize) -> Vec<Self> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_keep_each_answer_with_its_window() {
        let rows = 5;
        let tokens = PaddedBatch {
            indices: (0..rows).collect(),
            input_ids: (0..2 * rows as i64).collect(),
            token_type_ids: vec![0; 2 * rows],
            attention_mask: vec![1; 2 * rows],
            labels: vec![0; rows],
            batch_size: rows,
            seq_len: 2,
            pass_seed: None,
        };
        let mut batch = SpanBatch {
            tokens,
            starts: (10..15).collect(),
            ends: (20..25).collect(),
        };
        batch.seed_pass(7);
        assert_eq!((batch.examples(), PassInput::tokens(&batch)), (5, 10));
        let parts = batch.split(2);
        let starts: Vec<_> = parts.iter().map(|part| part.starts.clone()).collect();
        assert_eq!(starts, [vec![10, 11, 12], vec![13, 14]]);
        assert_eq!(parts[1].ends, [23, 24]);
        assert_eq!(parts[1].tokens.indices, [3, 4]);
        assert!(parts.iter().all(|part| part.tokens.pass_seed == Some(7)));
    }
}
